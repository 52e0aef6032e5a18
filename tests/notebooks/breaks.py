"""Ways to break each rule in the good course: they prove that the rules can fail."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.notebooks.samples import shown, stream
from tests.notebooks.structure import WIDGET_VIEW, Cell, Notebook

Break = Callable[[Notebook], object]


def cell_with(notebook: Notebook, text: str) -> Cell:
    return next(cell for cell in notebook["cells"] if text in cell["source"])


def says(text: str) -> Break:
    """Add a sentence to the prose."""
    return lambda notebook: _append(cell_with(notebook, "**Application"), "\n\n" + text)


def runs(text: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> Break:
    """Add code, or outputs, to the cell that draws a ladder."""

    def add(notebook: Notebook) -> None:
        cell = cell_with(notebook, "ladder(wire)")
        _append(cell, "\n" + text)
        cell["outputs"] += copy.deepcopy(list(outputs))
        cell["metadata"]["tags"] = list(tags)

    return add


def replaces(old: str, new: str) -> Break:
    def replace(notebook: Notebook) -> None:
        cell = cell_with(notebook, old)
        cell["source"] = cell["source"].replace(old, new)

    return replace


def moves(text: str, place: int) -> Break:
    def move(notebook: Notebook) -> None:
        cell = cell_with(notebook, text)
        notebook["cells"].remove(cell)
        notebook["cells"].insert(place, cell)

    return move


def drops(text: str) -> Break:
    return lambda notebook: notebook["cells"].remove(cell_with(notebook, text))


def _append(cell: Cell, text: str) -> None:
    cell["source"] += text


def sets(*way: str | int, to: Any) -> Break:
    """notebook[way[0]][way[1]]... = to"""

    def put(notebook: Notebook) -> None:
        _walk(notebook, way)[way[-1]] = to

    return put


def lacks(*way: str | int) -> Break:
    """del notebook[way[0]][way[1]]..."""

    def take(notebook: Notebook) -> None:
        del _walk(notebook, way)[way[-1]]

    return take


def _walk(place: Any, way: tuple[str | int, ...]) -> Any:
    for step in way[:-1]:
        place = place[step]
    return place


def _without_netlab(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("from netlab import", "from elsewhere import")


ERROR = {"output_type": "error", "ename": "OSError", "evalue": "x", "traceback": []}

# For each rule: (how to break it, what it then says). Cell 0 is the bar, cell 4 draws a ladder.
BREAKS: dict[str, list[tuple[Break, str]]] = {
    "form.is_as_regenerate_writes_it": [
        (sets("cells", 0, "source", to="[elsewhere](00_start_here.ipynb)"), "nav-top"),
        (lacks("cells", -1), "nav-bottom"),
        (lacks("cells", 2, "metadata", "slideshow"), "slide_type"),
        (sets("metadata", "language_info", to={"name": "python", "version": "3.11.4"}), "3.11.4"),
        (sets("metadata", "kernelspec", "name", to="my-venv"), "my-venv"),
        (sets("cells", 4, "metadata", "execution", to={"iopub.status.idle": "now"}), "execution"),
        (replaces("return 2 * n", "return n + n"), "return n + n"),
        (sets("cells", 3, "id", to="0a1b2c3d"), "0a1b2c3d"),
    ],
    "form.ids_are_unique": [
        (sets("cells", 3, "id", to="nav-top"), "nav-top"),
        (lacks("cells", 3, "id"), "None"),
    ],
    "form.slide_type_on_every_cell": [
        (lacks("cells", 2, "metadata", "slideshow"), "cell 2"),
        (sets("cells", 2, "metadata", "slideshow", "slide_type", to="nice"), "nice"),
    ],
    "form.one_h1_and_no_skipped_level": [
        (says("# Another"), "second H1"),
        (says("#### Deep"), "skipped"),
        (replaces("# 01 · Doubling", "01 · Doubling"), "no H1"),
    ],
    "code.is_plain_python": [
        (runs("%timeit 1"), "magic"),
        (sets("cells", 4, "source", to="# nothing"), "empty"),
    ],
    "code.no_banned_call": [
        (runs("widgets.interact(f)"), "Playground"),
        (runs("asyncio.run(f())"), "top-level await"),
        (runs("name = input()"), "predict"),
        (runs("clear_output(wait=True)"), "clear_output"),
        (runs("widgets.Output()"), "elsewhere"),
        (runs("SVG('x')"), "SVG"),
    ],
    "code.an_executor_waits_last": [
        (
            runs("with watch(), ThreadPoolExecutor(1) as pool:\n    pass"),
            "ThreadPoolExecutor is not the first",
        ),
        (
            runs("with watch():\n    with futures.ThreadPoolExecutor() as pool:\n        pass"),
            "futures.Thread",
        ),
        (
            runs("def f():\n    if wire:\n        with watch(), ThreadPoolExecutor():\n            pass"),
            "not",
        ),
    ],
    "code.no_trailing_semicolon": [
        (runs("plot();"), "semicolon"),
        (runs("plot();  # quiet"), "semicolon"),
    ],
    "code.no_sleep_to_synchronize": [
        (runs("time.sleep(0.1)"), "wait for a condition"),
        (runs("await asyncio.sleep(0.1)"), "wait for a condition"),
    ],
    "code.no_fixed_port": [
        (runs('sock.bind(("", 8080))'), "8080"),
        (runs("EchoServer(port=7)"), "port 7"),
        (runs("PORT = 9000"), "9000"),
        (runs('address = ("127.0.0.1", 5000)'), "5000"),
    ],
    "code.no_print_from_a_thread": [
        (runs("def talk(sock):\n    print(1)\n\nserve(talk)"), "talk"),
        (runs("Thread(target=lambda: print(1)).start()"), "lambda"),
    ],
    "code.no_absolute_path": [
        (runs('open("/home/me/x")'), "/home/me"),
        (runs(r'open("C:\\x")'), "C:"),
        (says("Look into /Users/me."), "/Users/me"),
    ],
    "outputs.executed_in_order": [
        (sets("cells", 4, "execution_count", to=7), "7, should be 2"),
        (sets("cells", 4, "execution_count", to=None), "None"),
        (sets("cells", 4, "outputs", to=[]), "no outputs"),
    ],
    "outputs.no_error_and_no_stderr": [
        (runs("", stream("oh", "stderr")), "stderr"),
        (runs("", ERROR), "OSError"),
    ],
    "outputs.no_widget_state": [
        (sets("metadata", "widgets", to={}), "widget state"),
        (runs("", shown({WIDGET_VIEW: "x"})), "model id"),
    ],
    "outputs.no_svg": [
        (runs("", shown({"image/svg+xml": "<svg/>"})), "SVG"),
    ],
    "outputs.nothing_of_this_machine": [
        (runs("", stream("<socket at 0x7f12ab34cd>")), "0x7f"),
        (runs("", stream("File /home/me/a.py")), "/home/me"),
    ],
    "outputs.every_picture_has_a_caption": [
        (sets("cells", 4, "outputs", 0, "data", "text/plain", to=""), "no sentence"),
        (lacks("cells", 4, "outputs", 1), "not shown"),
    ],
    "text.no_forbidden_word": [
        (says("It is simply there."), "simply"),
        (says("This is Just a call."), "just"),
        (says("Obviously."), "obviously"),
        (says("Let's dive in."), "dive"),
        (replaces("What is `2", "What is just `2"), "just"),
    ],
    "text.no_exclamation_mark": [
        (says("Run it!"), "Run it!"),
    ],
    "text.american_spelling": [
        (says("Its colour and behaviour."), "'color'"),
        (says("Synchronise it."), "-ize"),
    ],
    "text.images_have_alt_text": [
        (says("![](map.png)"), "![]"),
        (says('<img src="map.png">'), "<img"),
    ],
    "text.minutes_add_up": [
        (replaces("*4 minutes*", "*5 minutes*"), "5 minutes are promised"),
        (replaces("*4 minutes* to read and run, ", ""), "does not say the notebook's"),
        (replaces("wild *(1 min)*", "wild"), "In the wild"),
    ],
    "links.links_lead_somewhere": [
        (says("[a](02_gone.ipynb)"), "leads to nothing"),
        (says("[a](00_start_here.ipynb#Nowhere)"), "no place"),
        (says("[a](#Nowhere)"), "no place"),
        (says("[a](#1-·-An-experiment-(1-min))"), "no place"),
        (says("[a](#cell-id=nowhere)"), "no place"),
        (says("[a](/README.md)"), "not relative"),
        (says("[a](file:///etc/passwd)"), "not relative"),
        (says('<a href="gone.html">a</a>'), "leads to nothing"),
        (says("![an image](gone.png)"), "leads to nothing"),
    ],
    "lesson.has_all_parts_in_order": [
        (replaces("Why is twice one two?", "Twice one."), "question"),
        (replaces("you will be able to", "one can"), "able to do"),
        (replaces("What you need", "Before"), "need first"),
        (drops("predict("), "no prediction"),
        (drops("Playground(draw"), "no playground"),
        (drops("$$"), "no formula"),
        (replaces("Exercise 01-1", "Task"), "no exercise"),
        (replaces("In the wild", "Outside"), "in the wild"),
        (replaces("## Recap", "## End"), "recap"),
        (replaces("中文", "Chinese"), "glossary"),
        (drops("quiz(["), "no quiz"),
        (moves("quiz([", 2), "before"),
    ],
    "lesson.three_views_are_named": [
        (replaces("**Kernel:**", "Kernel:"), "Kernel"),
    ],
    "lesson.quiz_has_five_questions": [
        (replaces("dict(), dict()]", "dict()]"), "4 questions"),
    ],
    "lesson.exercises_belong_together": [
        (drops("check.double(double)"), "no cell is its stub"),
        (replaces("\ncheck.double(double)", ""), "does not end with"),
        (replaces('NotImplementedError("01-1', 'NotImplementedError("01-2'), "does not raise"),
        (drops("```python\ndef double"), "tagged solution-01_1_double"),
        (replaces("Exercise 01-1", "Task"), "no heading"),
        (runs('raise NotImplementedError("01-9: your turn")', tags=("exercise-01-9",)), "no exercise 01-9"),
        (runs('raise NotImplementedError("01-1: your turn")'), "second stub"),
    ],
    "lesson.hints_name_sections_that_exist": [
        (replaces("1 · An experiment", "1 · A trial"), "1 · An experiment"),
    ],
    "page.cells_are_short": [
        (runs("\n".join(["send()"] * 19)), "shows 22 lines"),
    ],
    "page.notebook_shows_little_code": [
        (runs("\n".join(["send()"] * 360)), "350 at most"),
    ],
    "page.names_come_when_needed": [
        (runs("from netlab import serve"), "imports serve before"),
        (runs("from netlab import serve\nfrom netlab import serve\nserve"), "serve a second time"),
        (runs("from netlab import a, b, c, d, e, f, g\na, b, c, d, e, f, g"), "7 names"),
        (runs("import netlab.wire as wire"), "netlab.wire as a module"),
        (runs("from netlab.wire import watch\nwatch"), "imports netlab.wire"),
        (_without_netlab, "nothing is imported"),
    ],
    "page.numbers_before_verdicts": [
        (runs("print(a, b)", stream("fewer: True\nearlier: False\n")), "2 times True or False"),
    ],
    "page.each_choice_is_explained": [
        (replaces("It has been doubled once.", "Yes."), "say why somebody chooses 'twice one'"),
        (runs("predict('Which?', ['this one', 'that one'])"), "takes a dict"),
        (sets("cells", 3, "metadata", "jupyter", to={}), "is folded"),
    ],
    "page.visible_code_gives_no_answer": [
        (runs("twice.outcome('twice one')"), "says 'twice one'"),
        (runs('twice.outcome("twice one." if x else "")'), "says 'twice one'"),
    ],
    "page.an_outcome_follows_its_question": [
        (replaces("twice.outcome(2)", "2"), "does not follow"),
        (moves("twice.outcome(2)", 3), "stands above"),
    ],
    "page.says_both_times": [
        (replaces(", *1 hour* with the exercises", ""), "with the exercises"),
    ],
}
