"""Controls that run a real experiment again, and the picture of what came out."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any, Protocol

import ipywidgets as widgets

from ..kit import caption_html
from .questions import BAD, Described, rich

SLOW = 1.0  # seconds after which an experiment that still runs says so
MOST_REDRAWS = 10  # for one change: an experiment that moves its own controls must not go on for ever


class Drawn(Protocol):
    """What an experiment returns: a Picture, or anything else with these three."""

    caption: str
    width: int

    def png(self) -> bytes: ...


class Playground(Described):
    """Controls, a picture and its caption; the picture is drawn again whenever a control changes.

    `experiment(**values)` gets one value for each control and returns a Picture. A control is a widget,
    or a short form: `(low, high)` or `(low, high, step)` a slider, a list or a dict (label to value) a
    choice, True or False a check box, a str a text field. Sliders and choices begin at the default value of
    the experiment's parameter, if it has one that fits, else at the first.

    The first picture is drawn by the constructor, and an error in it is raised there. Later errors
    stand in the caption and are raised where the value was changed. While one experiment runs, further
    changes are gathered; the last one wins. An experiment that takes over 1 s shows that it runs.
    """

    def __init__(self, experiment: Callable[..., Drawn], *, title: str = "", **controls: Any) -> None:
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
        self.drawn: Drawn | None = None
        self._busy, self._stale = threading.Lock(), False
        self._image, self._caption = image_and_caption()
        self._image.add_class("netlab-picture")
        head = [widgets.HTML(f"<b>{rich(title)}</b>")] if title else []
        super().__init__([*head, *self.controls.values(), self._image, self._caption])
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
    try:
        parameters = inspect.signature(experiment).parameters
    except ValueError:  # some built-in functions do not tell
        return {}
    anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for name in controls:
        if name not in parameters and not anything:
            takes = ", ".join(parameters) or "none"
            raise TypeError(f"The experiment has no parameter {name!r}: it takes {takes}.")
    return {name: p.default for name, p in parameters.items() if p.default is not p.empty}


def _control(name: str, spec: Any, begin: Any) -> Any:
    label = name.replace("_", " ")
    if isinstance(spec, widgets.Widget):
        if not spec.has_trait("value"):
            raise TypeError(f"The control {name!r} has no value: {type(spec).__name__} cannot be used here.")
        control: Any = spec
        control.description = control.description or label
    elif isinstance(spec, bool):
        control = widgets.Checkbox(spec, description=label, indent=False)
    elif isinstance(spec, tuple):
        control = _slider(name, label, spec)
        if isinstance(begin, (int, float)) and spec[0] <= begin <= spec[1]:
            control.value = begin
    elif isinstance(spec, (list, dict)):
        if not spec:
            raise ValueError(f"The control {name!r} needs at least one choice.")
        labels, values = (
            [str(entry) for entry in spec],
            [*(spec.values() if isinstance(spec, dict) else spec)],
        )
        options = list(zip(labels, values, strict=True))
        short = len(labels) <= 5 and sum(map(len, labels)) <= 60
        control = (widgets.ToggleButtons if short else widgets.Dropdown)(options=options, description=label)
        if begin in values:
            control.value = begin
        if short:
            control.style.button_width = "auto"
            control.layout.display = "flex"  # else ipywidgets puts the description above the buttons
    elif isinstance(spec, str):
        control = widgets.Text(spec, description=label)
    else:
        said = f"The control {name!r} is {spec!r}: give (low, high, step), a list, True, False or a widget."
        raise TypeError(said)
    if control.has_trait("continuous_update"):
        control.continuous_update = False
    sliders = (widgets.IntSlider, widgets.FloatSlider, widgets.SelectionSlider)
    if isinstance(control, sliders) and not control.layout.width:
        control.layout.width = "min(100%, 34em)"
    return control


def _align(controls: Iterable[Any]) -> None:
    """One width for all descriptions: none is cut off, and the controls stand below each other."""
    described = [c for c in controls if hasattr(c, "style") and c.style.has_trait("description_width")]
    width = max((len(c.description) for c in described), default=0)
    for control in described:
        control.style.description_width = f"{0.6 * width + 1:.1f}em" if width <= 40 else "initial"


def _slider(name: str, label: str, spec: tuple[Any, ...]) -> Any:
    numbers = all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in spec)
    if not numbers or len(spec) not in (2, 3) or not spec[0] < spec[1] or not (len(spec) == 2 or spec[2] > 0):
        said = f"The control {name!r} is {spec!r}: a slider is (low, high) or (low, high, step), low < high."
        raise ValueError(said)
    low, high, *step = spec
    whole = all(isinstance(part, int) for part in spec)
    kind, usual = (widgets.IntSlider, 1) if whole else (widgets.FloatSlider, (high - low) / 100)
    return kind(low, min=low, max=high, step=step[0] if step else usual, description=label)
