"""The pictures, the playgrounds and the questions. Names load when they are first used.

Modules are named differently from what they offer, so that `view.ladder` is always the function.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accepting import accept_queue as accept_queue
    from .addressing import address_block as address_block
    from .arrivals import ages as ages
    from .arrivals import chunks as chunks
    from .arrivals import shares as shares
    from .byte_rulers import byte_ruler as byte_ruler
    from .datagram_tales import datagram_stories as datagram_stories
    from .hexdumps import Hexdump as Hexdump
    from .hexdumps import hexdump as hexdump
    from .http_pictures import chunked_body as chunked_body
    from .http_pictures import message_anatomy as message_anatomy
    from .ladder_caption import describe as describe
    from .ladder_drawing import ladder as ladder
    from .limit_boxes import limit_box as limit_box
    from .mailboxes import mailbox as mailbox
    from .measured import dots as dots
    from .network_player import NetworkPlayer as NetworkPlayer
    from .packet_drawing import packet_ladder as packet_ladder
    from .packet_words import describe_packets as describe_packets
    from .picture import Picture as Picture
    from .playground import Playground as Playground
    from .questions import predict as predict
    from .questions import quiz as quiz
    from .sequence_graphs import sequence_graph as sequence_graph
    from .small_ladders import small_ladders as small_ladders
    from .timelines import latencies as latencies
    from .timelines import pair as pair
    from .timelines import timeline as timeline
    from .waterfalls import cache_walk as cache_walk
    from .waterfalls import exchanges as exchanges
    from .waterfalls import waterfall as waterfall
    from .which_socket import demultiplexing as demultiplexing

_HOME = {
    "Hexdump": "hexdumps",
    "NetworkPlayer": "network_player",
    "Picture": "picture",
    "Playground": "playground",
    "accept_queue": "accepting",
    "address_block": "addressing",
    "ages": "arrivals",
    "byte_ruler": "byte_rulers",
    "cache_walk": "waterfalls",
    "chunked_body": "http_pictures",
    "chunks": "arrivals",
    "datagram_stories": "datagram_tales",
    "demultiplexing": "which_socket",
    "describe": "ladder_caption",
    "describe_packets": "packet_words",
    "dots": "measured",
    "exchanges": "waterfalls",
    "hexdump": "hexdumps",
    "ladder": "ladder_drawing",
    "latencies": "timelines",
    "limit_box": "limit_boxes",
    "mailbox": "mailboxes",
    "message_anatomy": "http_pictures",
    "packet_ladder": "packet_drawing",
    "pair": "timelines",
    "predict": "questions",
    "quiz": "questions",
    "sequence_graph": "sequence_graphs",
    "shares": "arrivals",
    "small_ladders": "small_ladders",
    "timeline": "timelines",
    "waterfall": "waterfalls",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"netlab.view has no {name!r}. It offers: {', '.join(__all__)}.")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
