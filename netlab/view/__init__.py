"""The pictures, the playgrounds and the questions. Names load when they are first used.

    ladders    who called what and when, and which packet went where
    kit        what every picture is made with: paper, axes, colors, shapes, words
    graphs     over time, or over a parameter
    messages   byte by byte
    widgets    what the reader moves and answers

Modules are named differently from what they offer, so that `view.ladder` is always the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import lazy

if TYPE_CHECKING:
    from .graphs import dots as dots
    from .graphs import latencies as latencies
    from .kit import Picture as Picture
    from .ladders.call_drawing import ladder as ladder
    from .ladders.call_words import describe as describe
    from .ladders.packet_drawing import packet_ladder as packet_ladder
    from .ladders.packet_words import describe_packets as describe_packets
    from .messages.chunk_pictures import chunked_body as chunked_body
    from .messages.hexdumps import hexdump as hexdump
    from .messages.http_pictures import message_anatomy as message_anatomy
    from .widgets.playground import Playground as Playground
    from .widgets.questions import predict as predict
    from .widgets.questions import quiz as quiz

__getattr__, __dir__, __all__ = lazy.offer(__name__)
