"""Notebook 02 where IPv6, 127.0.0.2 or IP_LOCAL_PORT_RANGE is missing: no cell fails, and none tells less."""

from __future__ import annotations

import re
import sys

import pytest

from tests.notebooks.kernel import Kernel
from tests.notebooks.structure import NOTEBOOKS, Cell, code_cells, load, source, tags

NOTEBOOK = NOTEBOOKS / "02_addresses_and_ports.ipynb"
NO_IPV6 = "no IPv6"
NO_SECOND_LOOPBACK = "no 127.0.0.2"
NO_PORT_RANGE = "no IP_LOCAL_PORT_RANGE"

# What the kernel of such a machine would say, said by Python.
TAKE_AWAY = """
import errno, socket

def poorer(name, refuses, number, text):
    before = getattr(socket.socket, name)
    def method(self, *args, **options):
        if refuses(*args, **options):
            raise OSError(number, text)
        return before(self, *args, **options)
    setattr(socket.socket, name, method)

missing = {missing!r}
if "no IPv6" in missing:
    poorer("__init__", lambda family=-1, *_, **__: family == socket.AF_INET6,
           errno.EAFNOSUPPORT, "Address family not supported by protocol")
    lookup = socket.getaddrinfo
    def getaddrinfo(host, *args, **options):
        if host and ":" in host:
            raise socket.gaierror(socket.EAI_FAMILY, "ai_family not supported")
        return lookup(host, *args, **options)
    socket.getaddrinfo = getaddrinfo
if "no 127.0.0.2" in missing:
    poorer("bind", lambda address: address[0] == "127.0.0.2",
           errno.EADDRNOTAVAIL, "Cannot assign requested address")
if "no IP_LOCAL_PORT_RANGE" in missing:
    poorer("setsockopt", lambda level, option, *_: (level, option) == (socket.IPPROTO_IP, 51),
           errno.ENOPROTOOPT, "Protocol not available")
"""

# Which cells must take their recorded result, by what is missing; the others in the list below run live.
RECORDED = {
    NO_IPV6: {"places-run", "wildcard-run", "dual-run", "mapped-run", "scope-run", "names-run"},
    NO_SECOND_LOOPBACK: {"places-run", "wildcard-run", "out-run"},
    NO_PORT_RANGE: {"out-run"},
}
EXPERIMENTS = sorted(set().union(*RECORDED.values()))
ON_WINDOWS = {"wildcard-connect"}  # recorded where connect refuses 0.0.0.0
PICTURES = {"places-picture", "out-picture"}
NOTED = """
import netlab, netlab.link.recordings as _recordings
_notes = []
_recordings.show_note = _notes.append
"""


def stored_text(cell: Cell) -> str:
    text = ""
    for output in cell["outputs"]:
        for part in (output.get("text", ""), output.get("data", {}).get("text/plain", "")):
            text += part if isinstance(part, str) else "".join(part)
    return text


@pytest.mark.slow
@pytest.mark.parametrize(
    "missing",
    [[NO_IPV6], [NO_SECOND_LOOPBACK, NO_PORT_RANGE], [NO_PORT_RANGE], []],
    ids=["no IPv6", "as on macOS", "Linux before 6.3", "nothing missing"],
)
def test_cells_do_not_fail_and_show_what_was_recorded(missing: list[str]) -> None:
    expected = set().union(*(RECORDED[what] for what in missing)) if missing else set()
    with Kernel(NOTEBOOKS) as kernel:
        kernel.run(TAKE_AWAY.replace("{missing!r}", repr(missing)) + NOTED)
        for _, cell in code_cells(load(NOTEBOOK)):
            if any(tag.startswith(("exercise", "quiz")) for tag in tags(cell)) or cell["id"] == "progress":
                continue
            kernel.run("_notes.clear()")
            said = kernel.run(source(cell))  # raises if the cell fails
            noted = kernel.run("print(len(_notes), *_notes)")
            name = cell["id"]
            if name in EXPERIMENTS and sys.platform == "linux":
                assert noted.startswith("1 A recording of 20" if name in expected else "0"), (name, noted)
            if name in {*EXPERIMENTS, *PICTURES} and sys.platform == "linux":
                assert said == stored_text(cell), name


def test_a_recorded_figure_says_so_in_the_picture() -> None:
    cells = {cell["id"]: source(cell) for _, cell in code_cells(load(NOTEBOOK))}
    for name in PICTURES:
        assert 'note="" if run.live else "recorded on Linux"' in cells[name]


def test_no_experiment_with_a_recording_was_forgotten() -> None:
    found = {cell["id"] for _, cell in code_cells(load(NOTEBOOK)) if "try_here(" in source(cell)}
    assert found == {*EXPERIMENTS, *ON_WINDOWS}


def test_each_recording_is_used_and_each_is_there() -> None:
    text = "".join(source(cell) for _, cell in code_cells(load(NOTEBOOK)))
    used = set(re.findall(r'try_here\("(\w+)"', text))
    assert used == {path.stem for path in (NOTEBOOKS / "recordings").glob("02_*.txt")}
