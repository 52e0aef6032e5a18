"""Pictures: what is drawn, how it shows in a notebook, and that it leaves the reader's matplotlib alone."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest

from netlab.lessons import accept_queue
from netlab.view import Picture, dots, ladder
from netlab.view.kit import Canvas
from netlab.view.kit import theme as theme_module
from netlab.view.kit.theme import (
    CLIENTS,
    ERROR,
    FAINT,
    FIELDS,
    INK,
    MONO,
    MUTED,
    PAPER,
    SANS,
    SERVERS,
    WIDEST,
    text_width,
)
from netlab.view.ladders.call_paths import Paths
from netlab.view.ladders.calls import lay_out
from netlab.wire import Recording

from . import stories
from .test_layout import events

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def image_of(picture: Picture) -> Any:
    from PIL import Image

    return Image.open(BytesIO(picture.png())).convert("RGB")


def texts_of(picture: Picture) -> list[str]:
    from matplotlib.text import Text

    return [artist.get_text() for artist in picture.figure.findobj(Text)]


def output_of(code: str) -> str:
    """What a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


# theme


@pytest.mark.parametrize("color", [INK, MUTED, ERROR, *CLIENTS, *SERVERS])
def test_text_can_be_read_on_paper_and_paper_on_it(color: str) -> None:
    assert contrast(color, PAPER) >= 4.5


def test_fields_carry_dark_text() -> None:
    assert all(contrast(color, INK) >= 7 for color in FIELDS)


def test_clients_and_servers_differ_in_greyscale() -> None:
    assert contrast(CLIENTS[0], SERVERS[0]) > 1.35
    assert all(luminance(server) > luminance(client) for client in CLIENTS for server in SERVERS)
    assert luminance(FAINT) > 0.6


@pytest.mark.parametrize(
    "text",
    [
        "handshake, not accepted",
        "127.0.0.1:54964",
        "waits in accept, 1.1 ms",
        "server",
        "ConnectionRefusedError",
        "time runs down, not to scale",
        "WWW mmm",
        "fill it",
    ],
)
@pytest.mark.parametrize("mono", [False, True])
def test_estimated_width_is_enough_but_not_wasteful(text: str, mono: bool) -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), text, size=14, prop=FontProperties(family=MONO if mono else SANS))
    real = path.get_extents().width
    assert real <= text_width(text, 14, mono=mono) <= real * 1.35 + 6


# picture


def test_a_picture_needs_a_caption() -> None:
    for caption in ("", "  \n", None):
        with pytest.raises(ValueError, match="needs a caption"):
            Picture(Canvas(100, 100).figure, caption)  # type: ignore[arg-type]


def test_png_is_twice_as_fine_as_its_width() -> None:
    picture = ladder(stories.echo())
    assert image_of(picture).size[0] == pytest.approx(2 * picture.width, abs=2)
    assert picture.figure.dpi == 100


def test_paper_is_white_whatever_style_the_reader_has() -> None:
    import matplotlib

    with matplotlib.rc_context(
        {"figure.facecolor": "black", "axes.facecolor": "black", "savefig.facecolor": "black"}
    ):
        plot = dots([1, 2], [1, 2], xlabel="x (s)", ylabel="y (s)", caption="Two dots.")
        for picture in (ladder(stories.echo()), plot):
            image = image_of(picture)
            assert image.getpixel((1, 1)) == (255, 255, 255)
            assert image.getpixel((image.width - 2, image.height - 2)) == (255, 255, 255)


def test_repr_is_the_caption_in_one_line() -> None:
    assert repr(Picture(Canvas(10, 10).figure, " Three\n   sends. ")) == "Three sends."
    assert "1\u202f000" in repr(Picture(Canvas(10, 10).figure, "1\u202f000 bytes"))


def test_in_a_notebook_the_caption_stands_below_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    import IPython.display

    shown: list[tuple[dict[str, Any], dict[str, Any]]] = []
    monkeypatch.setattr(
        IPython.display,
        "display",
        lambda data, metadata=None, raw=False: shown.append((data, metadata or {})),
    )
    picture = Picture(Canvas(321, 50).figure, "1 < 2 & so on.")
    picture._ipython_display_()
    (image, metadata), (caption, _) = shown
    assert image == {"image/png": picture.png(), "text/plain": "1 < 2 & so on."}
    assert metadata == {"image/png": {"width": 321}}
    assert caption["text/plain"] == "1 < 2 & so on."
    assert "1 &lt; 2 &amp; so on." in caption["text/html"]


def test_no_pyplot_and_no_widgets_for_a_ladder() -> None:
    code = (
        "import sys; from netlab.wire import Event, Recording; from netlab.view import ladder\n"
        "ladder(Recording([Event(1.0, 0.5, 'client', 'connect', 1)])).png()\n"
        "print([m for m in ('matplotlib.pyplot', 'ipywidgets', 'IPython') if m in sys.modules])"
    )
    assert output_of(code) == "[]"


def test_no_matplotlib_for_questions_and_playgrounds() -> None:
    code = (
        "import sys; from netlab.view import quiz, predict, Playground, hexdump, Picture\n"
        "print([m for m in ('matplotlib', 'numpy') if m in sys.modules])"
    )
    assert output_of(code) == "[]"


def test_unknown_name_says_what_there_is() -> None:
    import netlab.view

    with pytest.raises(AttributeError, match="has no 'leiter'.*ladder"):
        netlab.view.leiter  # noqa: B018
    assert set(netlab.view.__all__) <= set(dir(netlab.view))


# ladder


@pytest.mark.parametrize("name", stories.ALL)
def test_every_story_is_drawn(name: str) -> None:
    picture = ladder(stories.ALL[name]())
    image = image_of(picture)
    assert picture.width <= WIDEST
    assert len(image.getcolors(1 << 24)) > 20  # something is there


def test_the_ladder_says_calls_sizes_errors_and_lanes() -> None:
    words = texts_of(ladder(stories.reset()))
    for wanted in (
        "client",
        "server",
        "connect",
        "handshake",
        "3 bytes",
        "ConnectionResetError",
        "reset",
        "close",
    ):
        assert wanted in words


def test_data_with_dollars_is_no_formula() -> None:
    from matplotlib.text import Text

    picture = ladder(stories.Story().conversation().send(b"$x^2$").recv(b"$x^2$").recording())
    assert 'send(b"$x^2$")' in texts_of(picture)
    assert not any(text.get_parse_math() for text in picture.figure.findobj(Text))


def test_arrows_that_meet_end_at_pieces_as_high_as_their_share() -> None:
    layout = lay_out(stories.three_sends_one_recv())
    pieces = Paths(layout).pieces
    ends = [pieces[arrow, True] for arrow in layout.arrows if arrow.kind == "data"]
    assert ends == sorted(set(ends))
    assert ends[2] - ends[1] > ends[1] - ends[0]  # 5 bytes take more than 3


def test_nothing_drawn_is_outside() -> None:
    for name in ("three_sends_one_recv", "crowd", "reset", "both_wait"):
        image = image_of(ladder(stories.ALL[name]()))
        edge = [image.getpixel((x, y)) for x in (0, image.width - 1) for y in range(0, image.height, 7)]
        assert set(edge) == {(255, 255, 255)}, name


def test_own_caption_wins() -> None:
    assert ladder(stories.echo(), caption="Hello and back.").caption == "Hello and back."


def test_an_empty_recording_is_a_picture_too() -> None:
    picture = ladder(Recording([]))
    assert picture.caption == "No socket call was recorded."
    assert picture.png()


def test_bad_input_to_ladder() -> None:
    with pytest.raises(TypeError, match=r"draws what watch\(\) recorded, not list"):
        ladder([1, 2])
    with pytest.raises(ValueError, match='show=\'some\' is unknown: use "calls" or "data"'):
        ladder(stories.echo(), show="some")  # type: ignore[arg-type]


@hypothesis.settings(max_examples=15, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(st.lists(events(), max_size=40))
def test_any_recording_is_drawn(recorded: list[Any]) -> None:
    picture = ladder(Recording(recorded))
    assert picture.caption.endswith(".")
    assert picture.png().startswith(b"\x89PNG")


# dots


def test_dots_hold_every_value_and_the_formula() -> None:
    picture = dots([1, 2, 3], [[2, 2.2, 9], [4], [6, 6]], formula=lambda x: 2 * x, formula_label="$y = 2x$",
                   xlabel="time (ms)", ylabel="size (bytes)", caption="On the line.")  # fmt: skip
    line, each, middle = picture.figure.axes[0].lines
    assert sorted(zip(*each.get_data(), strict=True)) == [(1, 2), (1, 2.2), (1, 9), (2, 4), (3, 6), (3, 6)]
    assert list(middle.get_ydata()) == [2.2, 4, 6]
    assert all(y == pytest.approx(2 * x) for x, y in zip(*line.get_data(), strict=True))
    assert [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()] == [
        "$y = 2x$", "each measurement", "median",
    ]  # fmt: skip
    assert (picture.figure.axes[0].get_xlabel(), repr(picture)) == ("time (ms)", "On the line.")
    assert picture.png()


@pytest.mark.parametrize(("x", "whole"), [([0, 1, 2], True), ([0.0, 0.5, 1.0], False)])
def test_counts_have_whole_ticks(x: list[float], whole: bool) -> None:
    drawn = dots(x, [1, 2, 3], xlabel="clients (count)", ylabel="served (count)", caption="More clients.")
    (axes,) = drawn.figure.axes
    assert all(tick == round(tick) for tick in axes.get_yticks())
    assert all(tick == round(tick) for tick in axes.get_xticks()) == whole


def test_dots_with_given_points_and_log_axes() -> None:
    picture = dots(
        [1, 10], [1, 10], formula=([1, 10], [2, 20]), xlabel="x (1)", ylabel="y (s)", caption="c.", log="xy"
    )
    axes = picture.figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert list(axes.lines[0].get_ydata()) == [2, 20]
    assert picture.png()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xlabel": "time"}, "xlabel='time' needs its unit"),
        ({"ylabel": "time ()"}, "needs its unit"),
        ({"measured": [1]}, "2 x and 1 measurements"),
        ({"x": [], "measured": []}, "0 x and 0"),
        ({"measured": [1, []]}, "empty or not finite"),
        ({"measured": [1, float("nan")]}, "empty or not finite"),
        ({"log": "z"}, "log='z' is unknown"),
        ({"log": "x", "x": [0, 1]}, "A log axis cannot show 0"),
        ({"formula": ([1], [1, 2])}, "1 x and 2 y"),
        ({"caption": ""}, "needs a caption"),
    ],
)
def test_bad_input_to_dots(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {
        "x": [1, 2],
        "measured": [1, 2],
        "xlabel": "x (s)",
        "ylabel": "y (s)",
        "caption": "c.",
    }
    arguments = {**good, **change}
    with pytest.raises(ValueError, match=message):
        dots(arguments.pop("x"), arguments.pop("measured"), **arguments)


# accept queue


def test_accept_queue_numbers_the_clients_as_they_came() -> None:
    picture = accept_queue(accepted=1, waiting=2, knocking=1, backlog=1)
    words = texts_of(picture)
    assert {"1", "2", "3", "4", "listen(1)", "2 of 2 places taken", "1 knocks in vain", "1 accepted"} <= set(
        words
    )
    assert picture.caption == (
        "listen(1) has room for 2: 2 clients in the accept queue, 1 client accepted, "
        "1 client knocking in vain."
    )


@pytest.mark.parametrize("n", [0, 1, 4, 17, 500])
def test_accept_queue_of_any_size_fits(n: int) -> None:
    picture = accept_queue(accepted=n, waiting=n, knocking=n, backlog=n)
    assert picture.width <= WIDEST
    assert picture.figure.get_figheight() < 5
    assert picture.png()


@pytest.mark.parametrize("bad", [-1, 1.5, None])
def test_bad_input_to_accept_queue(bad: Any) -> None:
    with pytest.raises(ValueError, match="needs waiting= a whole number from 0 on"):
        accept_queue(accepted=0, waiting=bad, knocking=0, backlog=1)


def test_theme_needs_nothing_heavy() -> None:
    assert not {"matplotlib", "np"} & set(vars(theme_module))
