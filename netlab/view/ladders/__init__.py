"""Ladders: lanes side by side, time running down, and arrows for what went from one lane to another.

marks      what there is to place: lanes, and moments on them
stack      the height of each moment
painter    what all ladders draw alike
call_…     the ladder of a recording of socket calls: rows, arrows, lanes, their places, its caption
packet_…   the ladder of packets, in the same order
"""
