"""The kit that every picture is made with: paper, axes, colors, shapes that many share, and words.

Everything is imported from here. The theme and the words load nothing heavy; what draws loads matplotlib when
it is first used.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ... import lazy
from .picture import Picture as Picture
from .picture import caption_html as caption_html
from .wording import *  # noqa: F403

if TYPE_CHECKING:
    from .canvas import Canvas as Canvas
    from .canvas import PointXY as PointXY
    from .plots import dress as dress
    from .plots import plot as plot
    from .plots import scaled as scaled
    from .plots import steps as steps
    from .shapes import Mark as Mark
    from .shapes import Swatch as Swatch
    from .shapes import cells as cells
    from .shapes import disc as disc
    from .shapes import legend as legend
    from .shapes import round_step as round_step


def _concerns_pictures(record: logging.LogRecord) -> bool:
    """Not that matplotlib keeps its fonts elsewhere, where the home folder can not be written."""
    return record.funcName != "_get_config_or_cache_dir"


logging.getLogger("matplotlib").addFilter(_concerns_pictures)

__getattr__, __dir__, __all__ = lazy.offer(__name__)
