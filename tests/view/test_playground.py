"""Playgrounds: a change of a control redraws, the last change wins, errors and waiting are shown."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from netlab.view import Playground
from netlab.view.widgets import playground


class Drawn:
    """A picture that costs nothing."""

    width = 640

    def __init__(self, caption: str) -> None:
        self.caption = caption

    def png(self) -> bytes:
        return self.caption.encode()


def echo(**values: Any) -> Drawn:
    return Drawn(" ".join(f"{name}={value}" for name, value in values.items()))


def test_it_draws_at_once_and_again_on_each_change() -> None:
    play = Playground(echo, size=(1, 9), loss=(0.0, 0.5, 0.1))
    assert play.caption == "size=1 loss=0.0"
    assert play._image.value == b"size=1 loss=0.0"
    assert play._image.width == "640"
    assert "size=1 loss=0.0" in play._caption.value
    play.controls["size"].value = 4
    assert play._image.value == b"size=4 loss=0.0"
    play.controls["loss"].value = 0.2
    assert "size=4 loss=0.2" in play._caption.value
    assert play.values == {"size": 4, "loss": 0.2}


def test_it_begins_at_the_defaults_of_the_experiment() -> None:
    def experiment(size: int = 3, kind: str = "b", far: int = 99, way: Any = None, rest: int = 5) -> Drawn:
        return Drawn(f"{size} {kind} {far} {way} {rest}")

    play = Playground(experiment, size=(1, 9), kind=["a", "b"], far=(1, 9), way=["x", None])
    assert Playground(lambda way: Drawn(f"{way}"), way=["x", None]).caption == "x"
    assert play.values == {"size": 3, "kind": "b", "far": 1, "way": None}
    assert play.caption == "3 b 1 None 5"


def test_text_form_is_a_sentence_with_the_caption() -> None:
    play = Playground(echo, size=(1, 9), loss=(0.0, 0.5))
    assert repr(play) == "Playground: size=1 loss=0.0 (run the notebook to move the controls: size, loss)"
    bundle: Any = play._repr_mimebundle_()
    assert (bundle[0] if isinstance(bundle, tuple) else bundle)["text/plain"] == repr(play)


def test_short_forms_of_controls() -> None:
    play = Playground(echo, a_b=(1, 5), c=(0, 1, 0.5), d=["x", "y"], e=list(range(30)),
                      f={"one": 1, "two": 2}, g=True, h="text")  # fmt: skip
    kinds = {name: type(control).__name__ for name, control in play.controls.items()}
    assert kinds == {
        "a_b": "IntSlider", "c": "FloatSlider", "d": "ToggleButtons", "e": "Dropdown", "f": "ToggleButtons",
        "g": "Checkbox", "h": "Text",
    }  # fmt: skip
    assert play.values == {"a_b": 1, "c": 0, "d": "x", "e": 0, "f": 1, "g": True, "h": "text"}
    assert play.controls["a_b"].description == "a b"
    assert not any(getattr(c, "continuous_update", False) for c in play.controls.values())


@pytest.mark.parametrize("bad", [(5, 1), (1, 2, 0), (1,), (1, 2, 3, 4), ("a", "b"), (True, False)])
def test_a_slider_that_cannot_be(bad: Any) -> None:
    with pytest.raises(ValueError, match="a slider is"):
        Playground(echo, x=bad)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((None,), {"x": (1, 2)}), TypeError, "needs a function that returns a Picture, not None"),
        (((echo,), {}), TypeError, "at least one control"),
        (((echo,), {"x": []}), ValueError, "at least one choice"),
        (((echo,), {"x": 5}), TypeError, "The control 'x' is 5"),
        (((lambda y: y,), {"x": (1, 2)}), TypeError, "no parameter 'x': it takes y"),
        (((lambda x: 3,), {"x": (1, 2)}), TypeError, "must return a Picture, not 3"),
    ],
)
def test_bad_input(arguments: Any, error: type[Exception], message: str) -> None:
    args, controls = arguments
    with pytest.raises(error, match=message):
        Playground(*args, **controls)


def test_an_error_is_shown_and_raised_and_the_next_change_recovers() -> None:
    def fragile(size: int) -> Drawn:
        if size == 2:
            raise OSError("no <room> left")
        return Drawn(f"size {size}")

    play = Playground(fragile, size=(1, 9))
    with pytest.raises(OSError, match="no <room> left"):
        play.controls["size"].value = 2
    assert "failed with size = 2: OSError: no &lt;room&gt; left" in play._caption.value
    assert play._image.value == b"size 1"
    play.controls["size"].value = 3
    assert "size 3" in play._caption.value and play.caption == "size 3"


def test_an_error_at_the_start_is_raised_by_the_constructor() -> None:
    def broken(size: int) -> Drawn:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Playground(broken, size=(1, 9))


def test_changes_during_a_run_are_gathered_and_the_last_one_wins() -> None:
    runs: list[int] = []
    running, go_on = threading.Event(), threading.Event()

    def slow(size: int) -> Drawn:
        runs.append(size)
        if size == 2:
            running.set()
            assert go_on.wait(20)
        return Drawn(f"size {size}")

    play = Playground(slow, size=(1, 9))
    thread = threading.Thread(target=setattr, args=(play.controls["size"], "value", 2))
    thread.start()
    assert running.wait(20)
    for size in (3, 4, 5):  # returns at once each time
        play.controls["size"].value = size
    assert runs == [1, 2]
    go_on.set()
    thread.join(20)
    assert runs == [1, 2, 5]
    assert play.caption == "size 5"


def test_an_experiment_that_moves_its_own_control_ends() -> None:
    def restless(size: int) -> Drawn:
        if boxes:
            boxes[0].controls["size"].value = size % 9 + 1
        return Drawn(f"size {size}")

    boxes: list[Playground] = []
    play = Playground(restless, size=(1, 9))
    boxes.append(play)
    play.controls["size"].value = 5
    assert play.caption.startswith("size ")


def test_a_long_experiment_says_that_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playground, "SLOW", 0.0)
    said = threading.Event()

    def slow(size: int) -> Drawn:
        if size > 1:
            assert said.wait(20)
        return Drawn(f"size {size}")

    play = Playground(slow, size=(1, 9))
    play._caption.observe(lambda change: said.set() if "running" in change["new"] else None, "value")
    play.controls["size"].value = 2
    assert said.is_set()
    assert "size 2" in play._caption.value


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    play = Playground(echo, size=(1, 9))
    for size in (2, 3, 4):
        play.controls["size"].value = size
    assert threading.active_count() == before


def test_a_real_picture() -> None:
    from netlab.lessons import accept_queue

    play = Playground(
        lambda waiting: accept_queue(accepted=0, waiting=waiting, knocking=0, backlog=3), waiting=(0, 4)
    )
    play.controls["waiting"].value = 2
    assert bytes(play._image.value).startswith(b"\x89PNG")
    assert "2 clients in the accept queue" in repr(play)
