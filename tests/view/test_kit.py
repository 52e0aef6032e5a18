"""What pictures share: looks that differ without color, legends, cells, round steps, words."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from netlab.view.kit import Canvas, Mark, Swatch, cells, disc, legend, number, plural, round_step, shorten
from netlab.view.kit.theme import CLIENTS, ERROR, PAPER

LOOKS = {
    "hatched": Swatch(PAPER, CLIENTS[0], hatched=True),
    "dashed": Swatch(PAPER, CLIENTS[0], dashed=True),
    "outlined": Swatch(PAPER, CLIENTS[0]),
    "full": Swatch(CLIENTS[0], CLIENTS[0]),
}


def drawn(look: Swatch) -> bytes:
    canvas = Canvas(60, 40)
    look.draw(canvas, 10, 10, 40, 20)
    paper = FigureCanvasAgg(canvas.figure)
    paper.draw()
    return bytes(paper.buffer_rgba())


def test_looks_differ_without_color() -> None:
    assert len({drawn(look) for look in LOOKS.values()}) == len(LOOKS)


def test_a_chip_has_its_words_in_its_middle_in_its_ink() -> None:
    canvas = Canvas(200, 80)
    Swatch(CLIENTS[0], ink=PAPER).chip(canvas, 20, 10, 100, 40, "words", 14, bold=True)
    (text,) = canvas.figure.findobj(Text)
    assert text.get_text() == "words" and text.get_color() == PAPER and text.get_ha() == "center"
    FigureCanvasAgg(canvas.figure).draw()
    box = text.get_window_extent()
    assert (box.x0 + box.x1) / 2 == pytest.approx(70, abs=1)
    assert 80 - (box.y0 + box.y1) / 2 == pytest.approx(30, abs=3)


def test_a_legend_says_what_each_sign_means_and_nothing_overlaps() -> None:
    canvas = Canvas(800, 40)
    entries = [*((look, name) for name, look in LOOKS.items()), (Mark("X", ERROR), "a cross")]
    legend(canvas, 20, 20, entries)
    FigureCanvasAgg(canvas.figure).draw()
    shown = canvas.figure.findobj(Text)
    assert [text.get_text() for text in shown] == [words for _, words in entries]
    places = [text.get_window_extent() for text in shown]
    assert not any(one.overlaps(other) for one, other in combinations(places, 2))
    assert all(after.x0 - before.x1 > 8 + 14 for before, after in pairwise(places))  # room for a sign


@pytest.mark.parametrize("hollow", [False, True])
def test_a_disc_can_be_read(hollow: bool) -> None:
    canvas = Canvas(60, 60)
    disc(canvas, 30, 30, "7", CLIENTS[0], 34, hollow=hollow)
    (text,) = canvas.figure.findobj(Text)
    assert text.get_text() == "7" and text.get_color() == (CLIENTS[0] if hollow else PAPER)


def test_cells_go_row_by_row() -> None:
    assert list(cells(5, 2, 10, 20, 3)) == [(0, 10, 20), (1, 13, 20), (2, 10, 23), (3, 13, 23), (4, 10, 26)]
    assert list(cells(3, 2, 10, 20, -3, 7)) == [(0, 10, 20), (1, 7, 20), (2, 10, 27)]


@pytest.mark.parametrize("total", [0, 0.4, 1, 9, 10, 11, 99, 1234, 7_000_000, 10**12])
def test_a_round_step_is_the_smallest_that_is_not_too_many(total: float) -> None:
    step = round_step(total, 9)
    assert str(step).rstrip("0") in "125" and total / step <= 9
    smaller = {"1": step // 2, "2": step // 2, "5": step * 2 // 5}[str(step)[0]]
    assert step == 1 or total / smaller > 9


def test_words_for_counts_and_for_what_is_too_long() -> None:
    assert [plural(n, "bit") for n in (0, 1, 2)] == ["bits", "bit", "bits"]
    assert shorten("short", 5) == ("short", "")
    assert shorten("x" * 1200, 5) == ("xxxx…", f"{number(1200)} in all")


def test_a_home_that_can_not_be_written_needs_no_word(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    done = subprocess.run(
        [sys.executable, "-c", "import netlab.view.kit.canvas"],
        env=os.environ | {"MPLCONFIGDIR": str(no_folder / "below")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_pictures_can_be_read_in_the_dark_theme() -> None:
    """The filter of the style sheet keeps the contrast (Filter Effects Module Level 1)."""
    import re

    from netlab.view.kit import caption_html, theme
    from tests.view.test_pictures import contrast

    found = re.search(r"invert\((.+?)\) hue-rotate\(180deg\)", caption_html("Words."))
    assert found
    part, weights = float(found[1]), (0.213, 0.715, 0.072)

    def dark(color: str) -> str:
        inverted = [part + (1 - 2 * part) * int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        gray = sum(weight * value for weight, value in zip(weights, inverted, strict=True))
        turned = [min(1.0, max(0.0, 2 * gray - value)) for value in inverted]
        return "#" + "".join(f"{round(value * 255):02x}" for value in turned)

    paper = dark(theme.PAPER)
    assert contrast(paper, "#000000") < 1.5
    for ink in (theme.INK, theme.MUTED, theme.ERROR, *theme.CLIENTS, *theme.SERVERS):
        assert contrast(dark(ink), paper) >= 4.5
    assert all(contrast(dark(field), dark(theme.INK)) >= 4.5 for field in theme.FIELDS)
