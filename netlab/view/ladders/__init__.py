"""Ladders: lanes side by side, time running down, and arrows for what went from one lane to another.

stack      lanes, moments on them, and the height of each moment
painter    what all ladders draw alike
call_…     the ladder of a recording of socket calls: rows, arrows, lanes, their places, its caption
packet_…   the ladder of packets, in the same order
"""
