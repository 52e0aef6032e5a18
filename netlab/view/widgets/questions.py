"""Questions to the reader: `quiz` after a lesson, `predict` before an experiment. Both work offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from ..kit import plural

WIDE = "min(100%, 56em)"  # about 100 letters a line: longer lines are hard to read
GOOD, BAD = "#1a7f37", "#b3261e"
LETTERS = "ABCDEFGH"

_kept: dict[str, Any] = {}  # committed predictions by question: a cell that runs again remembers


def rich(text: str) -> str:
    """Text as HTML: everything escaped, `code` between backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def plain(text: str) -> str:
    """Text without the backticks."""
    return re.sub(r"`([^`]+)`", r"\1", text)


def _html(text: str, **style: str) -> widgets.HTML:
    # `overflow` and `min-width`, because ipywidgets would rather scroll or cut a text than wrap it.
    css = "".join(f"{key.replace('_', '-')}: {value}; " for key, value in style.items())
    layout = widgets.Layout(width="auto", min_width="0", flex="1 1 0", margin="0 2px")
    return widgets.HTML(
        f'<div style="line-height: 1.5; overflow-wrap: anywhere; {css}">{text}</div>', layout=layout
    )


class Described(widgets.VBox):
    """A box whose text form is `words`: shown where widgets do not run, and compared by the tests."""

    words = ""

    def __repr__(self) -> str:
        return self.words

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = repr(self)  # ipywidgets would cut it after 110 letters
        return bundle


def _lettered(choice: str, letter: str, click: Callable[[], None]) -> tuple[widgets.Button, widgets.HBox]:
    """A button with a choice's letter, and the row in which the choice stands beside it."""
    button = widgets.Button(
        description=letter,
        tooltip=f"{letter}: {plain(choice)}",
        layout=widgets.Layout(width="3.4em", min_width="3.4em", padding="0", flex="0 0 auto"),
    )
    button.on_click(lambda _: click())
    text = _html(rich(choice), margin="0.3em 0 0 0.4em")
    return button, widgets.HBox([button, text], layout=widgets.Layout(width="100%"))


class _Asked(widgets.VBox):
    """One question: each choice is a button with its text beside it, and is answered where it stands."""

    def __init__(self, number: int, ask: str, choices: Mapping[str, str], right: str, done: Any) -> None:
        self.choices, self.right, self._done = choices, right, done
        self.first: str | None = None
        self.solved = False
        self.buttons: dict[str, widgets.Button] = {}
        self.verdicts: dict[str, widgets.HTML] = {}
        rows: list[widgets.Widget] = [_html(f"<b>{number}.</b> {rich(ask)}", margin="0.5em 0 0.2em")]
        for letter, choice in zip(LETTERS, self.choices, strict=False):
            self.buttons[choice], row = _lettered(choice, letter, partial(self.answer, choice))
            self.verdicts[choice] = verdict = _html("", margin="0 0 0.4em 4em")
            verdict.layout.display = "none"
            rows += [row, verdict]
        super().__init__(rows, layout=widgets.Layout(width=WIDE, margin="0 0 0.6em"))

    def answer(self, choice: str) -> None:
        """Answer with one of the choices, as a click on it does."""
        good = choice == self.right
        self.first = self.first or choice
        self.solved = self.solved or good
        sign, word, color = ("✓", "Right.", GOOD) if good else ("✗", "Not this one.", BAD)
        button, verdict = self.buttons[choice], self.verdicts[choice]
        button.description = f"{button.description[0]} {sign}"
        button.button_style = "success" if good else "danger"
        edge = f"border-left: 4px solid {color}; padding: 0.1em 0.6em; margin: 0 0 0.4em 4em"
        verdict.value = (
            f'<div style="line-height: 1.5; overflow-wrap: anywhere; {edge}" role="status">'
            f"<b>{sign} {word}</b> {rich(self.choices[choice])}</div>"
        )
        verdict.layout.display = None
        self._done()


class Quiz(Described):
    """What `quiz()` gives. `score` is how many were right at the first try."""

    def __init__(self, questions: Sequence[tuple[str, dict[str, str], str]]) -> None:
        self.questions: list[_Asked] = []
        lines = [f"Quiz: {len(questions)} {plural(len(questions), 'question')} (run the notebook to answer)."]
        for number, (ask, choices, right) in enumerate(questions, 1):
            self.questions.append(_Asked(number, ask, choices, right, self._tell))
            lines.append(f"{number}. {plain(ask)}")
            lines += [f"   {letter}  {plain(choice)}" for letter, choice in zip(LETTERS, choices)]
        self.words = "\n".join(lines)
        self.line = _html("")
        self._tell()
        super().__init__([*self.questions, self.line], layout=widgets.Layout(width="100%"))

    @property
    def score(self) -> int:
        return sum(question.first == question.right for question in self.questions)

    def _tell(self) -> None:
        open_ = sum(not question.solved for question in self.questions)
        left = f" · {open_} still open" if open_ else ""
        self.line.value = f"<b>{self.score} of {len(self.questions)} right at first try</b>{left}"


def quiz(questions: Iterable[Mapping[str, Any]]) -> Quiz:
    """Multiple-choice questions with an explanation for every choice.

    Each question is a mapping: `ask`, the question; `choices`, a dict from each choice to what is said
    to whoever picks it; `right`, the one right choice, written as in `choices`. Text between backticks
    is set as code. A wrong pick says why and can be corrected; the score counts first tries.
    ValueError says which question is malformed and how.
    """
    if isinstance(questions, Mapping):
        questions = [questions]
    checked = [_check(number, question) for number, question in enumerate(questions, 1)]
    if not checked:
        raise ValueError("A quiz needs at least one question.")
    return Quiz(checked)


def _check(number: int, question: Mapping[str, Any]) -> tuple[str, dict[str, str], str]:
    if not isinstance(question, Mapping) or set(question) != {"ask", "choices", "right"}:
        raise ValueError(f"Question {number} must be a dict with exactly the keys ask, choices and right.")
    ask, choices, right = question["ask"], question["choices"], question["right"]
    if not isinstance(choices, Mapping) or not 2 <= len(choices) <= 8:
        raise ValueError(
            f"Question {number} needs 2 to 8 choices: a dict from each choice to its explanation."
        )
    if right not in choices:
        raise ValueError(f"Question {number}: right={right!r} is not one of its choices.")
    if silent := [choice for choice, why in choices.items() if not str(why).strip()]:
        raise ValueError(f"Question {number}: say why {silent[0]!r} is right or wrong.")
    return str(ask), {str(choice): str(why) for choice, why in choices.items()}, str(right)


@dataclass(repr=False)
class Verdict:
    """What happened, beside what was predicted."""

    text: str
    right: bool | None  # None: nothing was predicted

    def __repr__(self) -> str:
        return plain(self.text)

    def _repr_html_(self) -> str:
        color = {True: GOOD, False: BAD, None: "#6b7785"}[self.right]
        edge = f"border-left: 4px solid {color}; padding: 0.2em 0.7em; margin: 0.2em 0; max-width: 56em"
        return f'<p style="{edge}">{rich(self.text)}</p>'


class Prediction(Described):
    """What `predict()` gives. `choice` is what was committed, or None."""

    def __init__(
        self, question: str, why: Mapping[Any, str] | None, unit: str, answer: Callable[[Any], Any]
    ) -> None:
        self.question, self.why, self.unit, self._answer = question, why, unit, answer
        self.choice: Any = None
        self.buttons: dict[Any, widgets.Button] = {}
        self.line = _html("")
        if why is None:
            self.input = widgets.Text(placeholder="a number", layout=widgets.Layout(width="10em"))
            self.button = widgets.Button(description="Commit", tooltip="Commit to this prediction")
            self.button.on_click(lambda _: self._commit_number())
            body = [widgets.HBox([self.input, widgets.Label(unit), self.button])]
            asked = f"your answer: a number{' of ' + unit if unit else ''}"
        else:
            body = []
            for letter, choice in zip(LETTERS, why, strict=False):
                self.buttons[choice], row = _lettered(_say(choice), letter, partial(self.commit, choice))
                body.append(row)
            asked = "\n".join(f"   ○ {plain(_say(choice))}" for choice in why)
        self.words = f"Predict: {plain(question)}\n{asked}"
        head = _html(f"<b>Predict.</b> {rich(question)}", margin="0.2em 0")
        layout = widgets.Layout(
            width=WIDE, padding="0.3em 0.8em 0.5em", border_left="4px solid #0b5c8a", margin="0.2em 0"
        )
        super().__init__([head, *body, self.line], layout=layout)
        self.add_class("netlab-predict")
        kept = _kept.get(question)
        if isinstance(kept, float) if why is None else kept in why:
            self.commit(kept)

    def commit(self, choice: Any) -> None:
        """Commit to a choice, as its button does. ValueError if it is none of the choices."""
        if self.why is None:
            choice = _number(choice)
        elif choice not in self.why:
            raise ValueError(f"{choice!r} is not one of the choices: {', '.join(map(_say, self.why))}.")
        _kept[self.question] = self.choice = choice
        for other, button in self.buttons.items():
            button.button_style, chosen = ("info", " ●") if other == choice else ("", "")
            button.description = button.description[0] + chosen
        self.line.value = f"<b>Noted:</b> {rich(self._sentence(choice))} Now run the next cell."

    def outcome(self, result: Any) -> Verdict:
        """What really happened, beside the prediction. Display it: make it the cell's last line.

        `result` is a choice, or what `answer` of predict() makes one of.
        """
        actual = self._answer(result)
        happened = f"It happened: {self._sentence(actual)}"
        if self.choice is None:
            told = [happened, self._reason(actual), "You had not committed to a prediction."]
            return Verdict(" ".join(filter(None, told)), None)
        right = self.choice == actual
        said = "You said so." if right else f"You said: {self._sentence(self.choice)}"
        return Verdict(" ".join(filter(None, [happened, said, self._reason(self.choice)])), right)

    def _reason(self, choice: Any) -> str:
        return next((why for other, why in (self.why or {}).items() if other == choice), "")

    def _commit_number(self) -> None:
        try:
            self.commit(self.input.value)
        except ValueError as error:
            self.line.value = rich(str(error))

    def _sentence(self, value: Any) -> str:
        text = f"{_say(value)} {self.unit}" if self.unit and not isinstance(value, str) else _say(value)
        return text if text.endswith((".", "?")) else f"{text}."


def predict(
    question: str,
    choices: Mapping[Any, str] | Iterable[Any] | None = None,
    *,
    unit: str = "",
    answer: Callable[[Any], Any] = lambda result: result,
) -> Prediction:
    """Ask for a prediction before an experiment; `prediction.outcome(result)` compares afterwards.

    `choices` is a dict from each choice, a text or a value, to the sentence that whoever picks it reads
    afterwards: why one believes it, and what the run shows. A list has choices without sentences; without
    choices a number is asked for, in `unit`. `answer` turns the experiment's result into the choice that it
    shows. What was committed is remembered while the kernel runs, so running the cell again is safe.
    ValueError for an empty question, fewer than two or more than eight choices, or two that read alike.
    """
    if not question.strip():
        raise ValueError("predict() needs a question.")
    if choices is not None:
        listed = list(choices)
        if not 2 <= len(listed) <= len(LETTERS) or len({_say(choice) for choice in listed}) < len(listed):
            raise ValueError(
                "predict() needs two to eight choices, each different; or none, to ask for a number."
            )
        choices = choices if isinstance(choices, Mapping) else dict.fromkeys(listed, "")
    return Prediction(question, choices, unit, answer)


def _say(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else repr(value)


def _number(text: Any) -> float:
    try:
        return float(str(text).replace("\u202f", "").replace(" ", ""))
    except ValueError:
        raise ValueError(f"{text!r} is not a number: write for example 11 or 0.5.") from None
