"""Controls that run a real experiment again, and the picture of what came out."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from ..kit import Picture, caption_html
from .questions import BAD, Described

SLOW = 1.0  # seconds after which an experiment that still runs says so
MOST_REDRAWS = 10  # for one change: an experiment that moves its own controls must not go on for ever


class Playground(Described):
    """Controls, a picture and its caption; the picture is drawn again whenever a control changes.

    `experiment(**values)` gets one value for each control and returns a Picture. A control is `(low, high)`
    or `(low, high, step)` for a slider, a list or a dict (label to value) for a choice, a bool for a check
    box, a str for a text field. Sliders and choices begin at the default value of the experiment's parameter,
    if it has one that fits, else at the first.

    The first picture is drawn by the constructor, and an error in it is raised there. Later errors
    stand in the caption and are raised where the value was changed. While one experiment runs, further
    changes are gathered; the last one wins. An experiment that takes over 1 s shows that it runs.
    """

    def __init__(self, experiment: Callable[..., Picture], **controls: Any) -> None:
        if not callable(experiment):
            raise TypeError(f"Playground() needs a function that returns a Picture, not {experiment!r}.")
        if not controls:
            raise TypeError("Playground() needs at least one control, for example size=(1, 20).")
        self.experiment = experiment
        defaults = _defaults(experiment, controls)
        none = inspect.Parameter.empty
        self.controls = {
            name: _control(name, spec, defaults.get(name, none)) for name, spec in controls.items()
        }
        _align(self.controls.values())
        self.drawn: Picture | None = None
        self._busy, self._stale = threading.Lock(), False
        self._image, self._caption = image_and_caption()
        self._image.add_class("netlab-picture")
        super().__init__([*self.controls.values(), self._image, self._caption])
        self._redraw()
        for control in self.controls.values():
            control.observe(self._changed, "value")

    @property
    def values(self) -> dict[str, Any]:
        """What the controls say now."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def caption(self) -> str:
        """What is seen now."""
        return self.drawn.caption if self.drawn else ""

    @property
    def words(self) -> str:  # type: ignore[override]
        names = ", ".join(self.controls)
        return f"Playground: {self.caption} (run the notebook to move the controls: {names})"

    def _changed(self, _: Any) -> None:
        self._stale = True
        # A change while the experiment runs (from itself, or from another thread) only leaves word.
        for _again in range(MOST_REDRAWS):
            if not self._stale or not self._busy.acquire(blocking=False):
                return
            try:
                self._stale = False
                self._redraw()
            finally:
                self._busy.release()

    def _redraw(self) -> None:
        values = self.values
        slow = threading.Timer(SLOW, setattr, (self._caption, "value", caption_html("running …")))
        slow.daemon, slow.name = True, "playground progress"
        slow.start()
        try:
            try:
                drawn = self.experiment(**values)
                if not hasattr(drawn, "png"):
                    raise TypeError(f"The experiment must return a Picture, not {drawn!r}.")
                png = drawn.png()
            finally:
                slow.cancel()
                slow.join()  # so that a late 'running' never covers the result
        except BaseException as error:
            self._caption.value = _error_html(error, values)
            raise
        self.drawn = drawn
        with self.hold_sync():
            self._image.width = str(drawn.width)
            self._image.value = png
        self._caption.value = caption_html(drawn.caption)


def image_and_caption() -> tuple[widgets.Image, widgets.HTML]:
    """The places of a picture and of its caption."""
    fitting = widgets.Layout(max_width="calc(100% - 4px)", height="auto")  # ipywidgets adds 2 px a side
    return widgets.Image(format="png", layout=fitting), widgets.HTML(layout=widgets.Layout(width="auto"))


def _error_html(error: BaseException, values: Mapping[str, Any]) -> str:
    with_values = ", ".join(f"{name} = {value}" for name, value in values.items())
    words = f"The experiment failed with {with_values}: {type(error).__name__}: {error}"
    style = f"border-left: 4px solid {BAD}; padding: 0.2em 0.7em; max-width: 56em"
    return f'<p role="alert" style="{style}"><b>✗</b> {escape(words, quote=False)}</p>'


def _defaults(experiment: Callable[..., Any], controls: Iterable[str]) -> dict[str, Any]:
    """Default values of the experiment's parameters. TypeError for a control that it has no parameter for."""
    parameters = inspect.signature(experiment).parameters
    anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for name in controls:
        if name not in parameters and not anything:
            takes = ", ".join(parameters) or "none"
            raise TypeError(f"The experiment has no parameter {name!r}: it takes {takes}.")
    return {name: parameter.default for name, parameter in parameters.items()}


def _control(name: str, spec: Any, begin: Any) -> Any:
    label = name.replace("_", " ")
    if isinstance(spec, bool):
        return widgets.Checkbox(spec, description=label, indent=False)
    if isinstance(spec, str):
        return widgets.Text(spec, description=label, continuous_update=False)
    if isinstance(spec, tuple):
        return _slider(name, label, spec, begin)
    if not isinstance(spec, (list, dict)):
        said = f"The control {name!r} is {spec!r}: give (low, high, step), a list, a text, True or False."
        raise TypeError(said)
    if not spec:
        raise ValueError(f"The control {name!r} needs at least one choice.")
    labels, values = [str(entry) for entry in spec], list(spec.values() if isinstance(spec, dict) else spec)
    short = len(labels) <= 5 and sum(map(len, labels)) <= 60
    kind = widgets.ToggleButtons if short else widgets.Dropdown
    control = kind(options=list(zip(labels, values)), description=label)
    if begin in values:
        control.value = begin
    if short:
        control.style.button_width = "auto"
        control.layout.display = "flex"  # else ipywidgets puts the description above the buttons
    return control


def _slider(name: str, label: str, spec: tuple[Any, ...], begin: Any) -> Any:
    numbers = all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in spec)
    if not numbers or len(spec) not in (2, 3) or not spec[0] < spec[1] or not (len(spec) == 2 or spec[2] > 0):
        said = f"The control {name!r} is {spec!r}: a slider is (low, high) or (low, high, step), low < high."
        raise ValueError(said)
    low, high, *step = spec
    whole = all(isinstance(part, int) for part in spec)
    kind, usual = (widgets.IntSlider, 1) if whole else (widgets.FloatSlider, (high - low) / 100)
    fits = isinstance(begin, (int, float)) and low <= begin <= high
    wide = widgets.Layout(width="min(100%, 34em)")
    return kind(begin if fits else low, min=low, max=high, step=step[0] if step else usual, description=label,
                continuous_update=False, layout=wide)  # fmt: skip


def _align(controls: Iterable[Any]) -> None:
    """One width for all descriptions: none is cut off, and the controls stand below each other."""
    width = max(len(control.description) for control in controls)
    for control in controls:
        control.style.description_width = f"{0.6 * width + 1:.1f}em" if width <= 40 else "initial"
