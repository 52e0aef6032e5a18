"""The lessons: each has a folder, and everything that only one notebook needs is in its folder.

    nb03/e1_read_exact.py   exercise 03-1: the contract and the cases of `check.read_exact`
    nb03/hints.md           what the exercises of notebook 03 say to those who are stuck
    nb03/pictures/          what only this notebook draws

An exercise is found by the name of its file. What else a notebook imports from netlab has a line here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from .. import lazy

if TYPE_CHECKING:
    from .nb01.books import what_changed as what_changed
    from .nb01.first_packet import syn_anatomy as syn_anatomy
    from .nb01.line import waiting_line as waiting_line
    from .nb01.pictures import accept_queue as accept_queue
    from .nb02.eyeballs import race_lanes as race_lanes
    from .nb02.eyeballs import run_race as run_race
    from .nb02.pictures.blocks import address_block as address_block
    from .nb02.pictures.which_socket import demultiplexing as demultiplexing
    from .nb02.ports import bind_beside as bind_beside
    from .nb02.ports import client_within as client_within
    from .nb02.ports import ephemeral_range as ephemeral_range
    from .nb02.ports import free_port_at as free_port_at
    from .nb02.ports import free_ports as free_ports
    from .nb03.buffers import queues as queues
    from .nb03.experiments import far_pipe as far_pipe
    from .nb03.experiments import fill as fill
    from .nb03.experiments import first_flights as first_flights
    from .nb03.experiments import flights as flights
    from .nb03.experiments import in_the_pipe as in_the_pipe
    from .nb03.experiments import sent_sizes as sent_sizes
    from .nb03.experiments import share_split as share_split
    from .nb03.experiments import six_messages as six_messages
    from .nb03.experiments import stopped_reader as stopped_reader
    from .nb03.experiments import wait_for as wait_for
    from .nb03.pictures.byte_rulers import byte_ruler as byte_ruler
    from .nb03.pictures.small_ladders import small_ladders as small_ladders
    from .nb03.pictures.timelines import timeline as timeline
    from .nb03.sampling import sample as sample
    from .nb04.damage import swapped_words as swapped_words
    from .nb04.damage import turned_bits as turned_bits
    from .nb04.error_queue import network_errors as network_errors
    from .nb04.error_queue import watch_errors as watch_errors
    from .nb04.experiments import charge as charge
    from .nb04.experiments import drain as drain
    from .nb04.experiments import first_answered as first_answered
    from .nb04.experiments import kernel_books as kernel_books
    from .nb04.experiments import largest_datagram as largest_datagram
    from .nb04.experiments import lost_in_rounds as lost_in_rounds
    from .nb04.experiments import send_through as send_through
    from .nb04.experiments import sixteen_cards as sixteen_cards
    from .nb04.experiments import wait_for_packets as wait_for_packets
    from .nb04.groups import only_own_groups as only_own_groups
    from .nb04.groups import shared_socket as shared_socket
    from .nb04.groups import who_hears as who_hears
    from .nb04.pictures.datagram_tales import datagram_stories as datagram_stories
    from .nb04.pictures.mailboxes import mailbox as mailbox
    from .nb05.experiments import ages_of as ages_of
    from .nb05.experiments import before_first_ack as before_first_ack
    from .nb05.experiments import carry as carry
    from .nb05.experiments import late_ones as late_ones
    from .nb05.experiments import late_with as late_with
    from .nb05.experiments import lost_first as lost_first
    from .nb05.experiments import round_trips as round_trips
    from .nb05.experiments import sent_until as sent_until
    from .nb05.pictures.arrivals import chunks as chunks
    from .nb05.pictures.arrivals import shares as shares
    from .nb05.pictures.hellos import by_protocol as by_protocol
    from .nb05.pictures.hellos import hello_playground as hello_playground
    from .nb05.pictures.hellos import two_hellos as two_hellos
    from .nb05.pictures.network_player import NetworkPlayer as NetworkPlayer
    from .nb05.pictures.readings import late_by_streams as late_by_streams
    from .nb05.pictures.readings import law_of_order as law_of_order
    from .nb05.pictures.readings import reading_ages as reading_ages
    from .nb05.pictures.readings import weather_playground as weather_playground
    from .nb05.pictures.sequence_graphs import sequence_graph as sequence_graph
    from .nb07.editor import RequestEditor as RequestEditor
    from .nb07.experiments import hit_ratios as hit_ratios
    from .nb07.experiments import page_on as page_on
    from .nb07.experiments import page_over as page_over
    from .nb07.experiments import sent_by as sent_by
    from .nb07.experiments import thirteen_pages as thirteen_pages
    from .nb07.experiments import trips_in_a_row as trips_in_a_row
    from .nb07.lenient import MISTAKES as MISTAKES
    from .nb07.lenient import answers_to as answers_to
    from .nb07.lenient import library_server as library_server
    from .nb07.pictures.caches import cache_walk as cache_walk
    from .nb07.pictures.plans import in_chunks as in_chunks
    from .nb07.pictures.plans import page_plan as page_plan
    from .nb07.pictures.plans import page_times as page_times
    from .nb07.pictures.waterfalls import waterfall as waterfall
    from .nb08.asgi import serve_asgi as serve_asgi
    from .nb08.attackers import TemptingFolder as TemptingFolder
    from .nb08.attackers import ask as ask
    from .nb08.attackers import attack as attack
    from .nb08.attackers import drop_by_drop as drop_by_drop
    from .nb08.attackers import meet_limits as meet_limits
    from .nb08.attackers import unkind_clients as unkind_clients
    from .nb08.experiments import Frame as Frame
    from .nb08.experiments import answer_times as answer_times
    from .nb08.experiments import fetch as fetch
    from .nb08.experiments import four_answers as four_answers
    from .nb08.experiments import post as post
    from .nb08.experiments import running as running
    from .nb08.experiments import said_to as said_to
    from .nb08.experiments import slowest_answer as slowest_answer
    from .nb08.experiments import times_in_pieces as times_in_pieces
    from .nb08.experiments import twelve_answers as twelve_answers
    from .nb08.pictures import answer_dots as answer_dots
    from .nb08.pictures import limit_box as limit_box
    from .nb08.wsgi import serve_wsgi as serve_wsgi

__getattr__, __dir__, __all__ = lazy.offer(__name__)


def exercises() -> dict[str, dict[str, str]]:
    """By notebook, then by name in the order of their numbers: the module of each exercise.

    {"03": {"read_exact": "netlab.lessons.nb03.e1_read_exact", ...}, ...}
    """
    found: dict[str, dict[str, str]] = {}
    for file in sorted(Path(__file__).parent.glob("nb[0-9][0-9]/e[0-9]_*.py")):
        name = re.sub(r"^e\d_", "", file.stem)
        found.setdefault(file.parent.name[2:], {})[name] = f"{__name__}.{file.parent.name}.{file.stem}"
    return found
