"""One look for every picture: colors, sizes, and how wide a text is. Imports nothing heavy.

Lengths are CSS pixels: a picture 800 wide is 800 CSS pixels wide in the notebook, drawn twice as fine.
Every color carries white text or stands on white as text (contrast 4.5:1, WCAG 2 AA); clients are
darker than servers, so that the two differ in greyscale too. Never is color the only sign.
"""

from __future__ import annotations

INK = "#1b2733"
MUTED = "#5b6673"
FAINT = "#d5dbe1"
PAPER = "#ffffff"
ERROR = "#b00020"

CLIENTS = ("#0b5c8a", "#5b3fa8", "#00695c")  # blue, violet, teal
SERVERS = ("#b4530a", "#a8386a", "#7a6a00")  # orange, plum, olive

# Of several lines, so that color is not the only sign.
COLORS = (CLIENTS[0], SERVERS[0], CLIENTS[1], SERVERS[1], CLIENTS[2], SERVERS[2])
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))

# Pale grounds for text in INK, told apart by their labels; used in both of JupyterLab's themes.
FIELDS = ("#cfe8f7", "#fde0c2", "#d3efdd", "#f3d6e6", "#f6efb5", "#ddd6f5")

WIDEST = 900  # no picture is wider: it must fit beside JupyterLab's file browser
PER_INCH = 100  # CSS pixels for each inch of a figure
POINT = 72 / PER_INCH  # one CSS pixel in matplotlib's points
SCALE = 2  # image pixels for each CSS pixel

SANS, MONO = "DejaVu Sans", "DejaVu Sans Mono"  # both come with matplotlib, so every machine draws the same
HEAD, CODE, TEXT, NOTE, FINE = 17, 15, 14, 13, 12  # text sizes in CSS pixels

_MONO_ADVANCE = 0.602  # DejaVu Sans Mono: 1233 of 2048 units
_NARROW, _WIDE = frozenset("ijlI.,:;'|!()[]{} ftr/·"), frozenset("mwMW@%…→")


def text_width(text: str, size: float, *, mono: bool = False, bold: bool = False) -> float:
    """About how wide `text` is in CSS pixels; rather too wide than too narrow."""
    if mono:
        return len(text) * _MONO_ADVANCE * size
    ems = sum(0.42 if c in _NARROW else 1.0 if c in _WIDE else 0.72 if c.isupper() else 0.635 for c in text)
    return ems * size * (1.14 if bold else 1.0)
