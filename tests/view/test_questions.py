"""quiz and predict: answered by setting widgets, as a browser does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from netlab.view import predict, quiz
from netlab.view.widgets import questions

QUESTIONS: list[dict[str, Any]] = [
    {
        "ask": "What does `recv(1024)` return at the end?",
        "choices": {'`b""`': "Zero bytes are the sign.", "`None`": "It returns `bytes` <always>."},
        "right": '`b""`',
    },
    {
        "ask": "Who waits in `accept`?",
        "choices": {
            "the client": "It calls connect.",
            "the server": "Until somebody connects.",
            "both": "No.",
        },
        "right": "the server",
    },
]


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    questions._kept.clear()
    yield
    questions._kept.clear()


def click(quiz_: Any, number: int, choice: str) -> None:
    quiz_.questions[number].buttons[choice].click()


def test_the_score_counts_first_tries() -> None:
    asked = quiz(QUESTIONS)
    assert "0 of 2 right at first try" in asked.line.value and "2 still open" in asked.line.value
    click(asked, 0, '`b""`')
    assert "1 of 2 right at first try" in asked.line.value and "1 still open" in asked.line.value
    click(asked, 1, "both")
    click(asked, 1, "the server")
    assert asked.score == 1
    assert "1 of 2 right at first try" in asked.line.value and "open" not in asked.line.value
    click(asked, 0, "`None`")  # looking at the others afterwards costs nothing
    assert asked.score == 1


def test_each_choice_is_explained_where_it_stands() -> None:
    asked = quiz(QUESTIONS)
    verdicts = asked.questions[0].verdicts
    assert all(verdict.layout.display == "none" for verdict in verdicts.values())
    click(asked, 0, "`None`")
    assert verdicts["`None`"].layout.display is None
    assert "Not this one." in verdicts["`None`"].value
    assert "It returns <code>bytes</code> &lt;always&gt;." in verdicts["`None`"].value
    assert verdicts['`b""`'].layout.display == "none"
    button = asked.questions[0].buttons["`None`"]
    assert (button.description, button.button_style) == ("B ✗", "danger")
    click(asked, 0, '`b""`')
    assert "Right." in verdicts['`b""`'].value
    click(asked, 0, '`b""`')
    assert asked.questions[0].buttons['`b""`'].description == "A ✓"


def test_text_form_lists_questions_and_choices_but_no_answer() -> None:
    text = repr(quiz(QUESTIONS))
    assert text == (
        "Quiz: 2 questions (run the notebook to answer).\n"
        "1. What does recv(1024) return at the end?\n"
        '   A  b""\n'
        "   B  None\n"
        "2. Who waits in accept?\n"
        "   A  the client\n"
        "   B  the server\n"
        "   C  both"
    )
    asked = quiz(QUESTIONS)
    before = repr(asked)
    click(asked, 0, "`None`")
    assert repr(asked) == before == text


def test_the_notebook_gets_the_whole_text_form() -> None:
    bundle: Any = quiz(QUESTIONS)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == repr(quiz(QUESTIONS))
    assert "application/vnd.jupyter.widget-view+json" in data


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([], "at least one question"),
        ([{"ask": "?"}], "Question 1 must be a dict with exactly the keys ask, choices and right"),
        ([{**QUESTIONS[0], "answer": 1}], "exactly the keys"),
        (
            [QUESTIONS[0], {**QUESTIONS[1], "right": "nobody"}],
            "Question 2: right='nobody' is not one of its choices",
        ),
        ([{**QUESTIONS[0], "choices": {"a": "b"}, "right": "a"}], "needs 2 to 8 choices"),
        ([{**QUESTIONS[0], "choices": ["a", "b"], "right": "a"}], "needs 2 to 8 choices"),
        (
            [{**QUESTIONS[0], "choices": {"a": "yes", "b": " "}, "right": "a"}],
            "say why 'b' is right or",
        ),
    ],
)
def test_bad_quiz(wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quiz(wrong)


WHY = {
    '`b"one"`': "One send is not one `recv`.",
    '`b"onetwo"`': "Both waited in the buffer.",
}


def test_prediction_is_noted_and_compared() -> None:
    prediction = predict("What does `recv` give?", WHY)
    assert prediction.choice is None
    prediction.buttons['`b"one"`'].click()
    assert prediction.choice == '`b"one"`'
    assert "Noted:" in prediction.line.value and "Now run the next cell." in prediction.line.value
    verdict = prediction.outcome('`b"onetwo"`')
    assert repr(verdict) == 'It happened: b"onetwo". You said: b"one". One send is not one recv.'
    assert '<code>b"onetwo"</code>' in verdict._repr_html_()
    assert verdict.right is False


def test_a_right_prediction_reads_its_own_sentence() -> None:
    prediction = predict("What does `recv` give?", WHY)
    prediction.buttons['`b"onetwo"`'].click()
    verdict = prediction.outcome('`b"onetwo"`')
    assert verdict.right is True
    assert repr(verdict) == 'It happened: b"onetwo". You said so. Both waited in the buffer.'


def test_without_a_commitment_the_outcome_is_the_same_every_time() -> None:
    outcome = predict("Which is it?", {"this": "It waits.", "that": "It fails."}).outcome("this")
    assert repr(outcome) == "It happened: this. It waits. You had not committed to a prediction."
    assert outcome.right is None
    without = predict("Which of them?", ["this", "that"]).outcome("this")
    assert repr(without) == "It happened: this. You had not committed to a prediction."


def test_a_choice_can_be_changed_and_is_marked() -> None:
    prediction = predict("Which one?", ["this", "that"])
    prediction.buttons["this"].click()
    prediction.buttons["that"].click()
    assert prediction.choice == "that"
    assert [button.description for button in prediction.buttons.values()] == ["A", "B ●"]


def test_code_in_a_choice_is_set_as_code() -> None:
    row = predict("What comes?", ['`b"one"`', "an error after `recv`"]).children[2]
    assert "an error after <code>recv</code>" in row.children[1].value


def test_the_result_of_a_run_becomes_the_choice_that_it_shows() -> None:
    prediction = predict(
        "How far does it get?",
        {"none": "No.", "some": "Yes.", "all": "Too many."},
        answer=lambda got: "none" if not got else "some" if got < 10 else "all",
    )
    prediction.commit("all")
    assert repr(prediction.outcome(3)) == "It happened: some. You said: all. Too many."
    assert prediction.outcome(12).right


def test_a_result_that_is_no_choice_is_told_as_it_is() -> None:
    prediction = predict("What will be read?", WHY)
    prediction.commit('`b"one"`')
    verdict = prediction.outcome(["surprise"])
    assert repr(verdict) == "It happened: ['surprise']. You said: b\"one\". One send is not one recv."
    assert verdict.right is False


def test_numbers() -> None:
    prediction = predict("How many?", unit="bytes")
    prediction.input.value = "many"
    prediction.button.click()
    assert prediction.choice is None and "'many' is not a number" in prediction.line.value
    prediction.input.value = "1 000"
    prediction.button.click()
    assert prediction.choice == 1000
    assert repr(prediction.outcome(11)) == "It happened: 11 bytes. You said: 1000 bytes."
    assert repr(prediction.outcome(1000)) == "It happened: 1000 bytes. You said so."


def test_choices_may_be_values() -> None:
    prediction = predict("How many?", [1, 3, b"x"])
    prediction.commit(3)
    assert repr(prediction.outcome(1)) == "It happened: 1. You said: 3."
    with pytest.raises(ValueError, match="7 is not one of the choices: 1, 3, b'x'"):
        prediction.commit(7)


def test_a_cell_that_runs_again_remembers() -> None:
    predict("Which?", ["this", "that"]).commit("that")
    again = predict("Which?", ["this", "that"])
    assert again.choice == "that"
    assert predict("Another?", ["this", "that"]).choice is None


def test_a_remembered_choice_that_is_no_longer_offered_is_forgotten() -> None:
    predict("Which?", ["this", "that"]).commit("that")
    assert predict("Which?", ["this", "those"]).choice is None
    assert predict("Which?").choice is None


def test_prediction_text_form() -> None:
    text = 'Predict: What does recv give?\n   ○ b"one"\n   ○ an error'
    prediction = predict("What does `recv` give?", ['`b"one"`', "an error"])
    assert repr(prediction) == text
    prediction.commit("an error")
    assert repr(prediction) == text
    assert repr(predict("How many?", unit="bytes")) == "Predict: How many?\nyour answer: a number of bytes"


@pytest.mark.parametrize(
    ("question", "choices", "message"),
    [
        ("", ["a", "b"], "needs a question"),
        ("?", ["a"], "two to eight"),
        ("?", ["a", "a"], "each different"),
        ("?", list("ABCDEFGHI"), "two to eight"),
    ],
)
def test_bad_prediction(question: str, choices: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predict(question, choices)
