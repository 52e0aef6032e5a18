"""Hints as Markdown: what the reader takes, what it refuses, and what the course's files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from netlab import check, lessons
from netlab.check.hints import COMMON, ENGINE, TRUTHS, advice_of, read

TEXT = """# read_exact

Outline: while bytes are missing: recv.
Reread: 2 · recv (and send)

## start
- Which calls do you need?
- One recv may not be enough (see above).

## more (misconception 1, reread "1 · Where did they go?")
- Whose bytes are those?

## no handshake (misconception 7)
- Is it over?

## pause (reread "6 · Four endings")

# next

## start
- Begin.
"""
FILES = sorted(Path(lessons.__file__).parent.glob("nb*/hints.md"))


def test_everything_in_the_text_has_its_place() -> None:
    found = read(TEXT)
    assert list(found) == ["read_exact", "next"]
    advice = found["read_exact"]
    assert (advice.outline, advice.reread) == ("while bytes are missing: recv.", "2 · recv (and send)")
    hints = advice.hints
    assert hints["start"].steps == ("Which calls do you need?", "One recv may not be enough (see above).")
    assert (hints["start"].misconception, hints["start"].reread) == (None, None)
    assert (hints["more"].misconception, hints["more"].reread) == (1, "1 · Where did they go?")
    assert (hints["no handshake"].misconception, hints["no handshake"].reread) == (7, None)
    assert hints["pause"].reread == "6 · Four endings" and hints["pause"].steps == ()
    assert found["next"].outline == "" and found["next"].hints["start"].steps == ("Begin.",)


def test_a_hint_without_steps_is_the_common_one(tmp_path: Path) -> None:
    file = tmp_path / "hints.md"
    file.write_text(TEXT, encoding="utf-8")
    hint = advice_of(file)["read_exact"].hints["pause"]
    assert hint.steps == COMMON["pause"].steps and hint.misconception == COMMON["pause"].misconception
    assert hint.reread == "6 · Four endings"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Loose words.", "line 3 is no heading, step, outline or section: 'Loose words.'"),
        ("## more (about 7)", "line 3 is no heading of a hint: 'more (about 7)'"),
    ],
)
def test_a_line_without_a_place_is_refused(line: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^line 3") as error:
        read(f"# one\n\n{line}\n")
    assert str(error.value) == said


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_each_exercise_of_a_lesson_has_its_advice_and_no_other(file: Path) -> None:
    found = advice_of(file)
    assert list(found) == list(lessons.exercises()[file.parent.name[2:]])
    for name, advice in found.items():
        assert advice.hints["start"].steps and advice.outline, name
        assert advice.reread or advice.hints["start"].reread, name
        for key, hint in advice.hints.items():
            assert hint.steps, (name, key)
            assert hint.misconception is None or hint.misconception in TRUTHS
        assert getattr(check, name).advice is advice


def test_a_key_of_the_engines_keeps_its_steps(tmp_path: Path) -> None:
    file = tmp_path / "hints.md"
    file.write_text("# one\n\n## close\n- My own.\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"^the hint 'close' is the engine's: choose another key, or give no"
    ):
        advice_of(file)
    file = tmp_path / "more.md"
    file.write_text('# one\n\n## close (reread "1 · Here")\n', encoding="utf-8")
    hint = advice_of(file)["one"].hints["close"]
    assert (hint.steps, hint.reread) == (ENGINE["close"].steps, "1 · Here")
    assert "closes it at the end" in hint.steps[1] and not set(ENGINE) - set(COMMON)
