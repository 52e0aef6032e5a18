"""The pictures, the playgrounds and the questions. Names load when they are first used.

Modules are named differently from what they offer, so that `view.ladder` is always the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import lazy

if TYPE_CHECKING:
    from .hexdumps import Hexdump as Hexdump
    from .hexdumps import hexdump as hexdump
    from .http_pictures import chunked_body as chunked_body
    from .http_pictures import message_anatomy as message_anatomy
    from .ladders.call_drawing import ladder as ladder
    from .ladders.call_words import describe as describe
    from .ladders.packet_drawing import packet_ladder as packet_ladder
    from .ladders.packet_words import describe_packets as describe_packets
    from .measured import dots as dots
    from .picture import Picture as Picture
    from .playground import Playground as Playground
    from .questions import predict as predict
    from .questions import quiz as quiz
    from .sequence_graphs import sequence_graph as sequence_graph
    from .timelines import latencies as latencies
    from .timelines import pair as pair
    from .timelines import timeline as timeline
    from .waterfalls import exchanges as exchanges
    from .waterfalls import waterfall as waterfall

__getattr__, __dir__, __all__ = lazy.offer(__name__)
