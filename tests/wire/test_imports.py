"""No circle inside this room, also not for types; and the other rooms use what it offers, not its parts."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from netlab import wire

ROOM = Path(wire.__file__).parent
NETLAB = ROOM.parent
PUBLIC = {"http_messages", "pcapng"}  # the modules that others use by name


def imported(path: Path, package: str) -> set[str]:
    """What a file imports anywhere, in functions and for types too, as dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: -node.level + 1 or None] if node.level else []
            where = ".".join([*base, *filter(None, [node.module])])
            found |= {f"{where}.{alias.name}" for alias in node.names}
    return found


def circle(paths: Iterable[Path]) -> list[str]:
    """The modules of one circle of imports in a package, if it has one."""
    files = {path.stem: path for path in paths if path.stem != "__init__"}
    graph = {
        module: {name.split(".")[1] for name in imported(path, "room") if name.startswith("room.")} & {*files}
        for module, path in files.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def wrong_uses(path: Path, package: str) -> list[str]:
    """The parts and private names of wire that a file of another room imports."""
    parts = {".".join(each.relative_to(ROOM).with_suffix("").parts) for each in ROOM.rglob("*.py")} - PUBLIC
    names = (name.split(".")[2:] for name in imported(path, package) if name.startswith("netlab.wire."))
    return sorted(
        ".".join(name)
        for name in names
        if name[0] in parts or ".".join(name[:2]) in parts or name[-1].startswith("_")
    )


def test_imports_go_in_no_circle() -> None:
    assert circle(ROOM.glob("*.py")) == []
    assert circle(ROOM.joinpath("http_messages").glob("*.py")) == []


@pytest.mark.parametrize(
    "back",
    [
        "from .a import x",
        "from . import a",
        "def f():\n    from .a import x",
        "if TYPE_CHECKING:\n    from .a import X",
    ],
)
def test_a_circle_is_found(back: str, tmp_path: Path) -> None:
    for name, text in (("a", "from .b import y"), ("b", "from .c import z"), ("c", back)):
        tmp_path.joinpath(f"{name}.py").write_text(text, encoding="utf-8")
    assert set(circle(tmp_path.glob("*.py"))) == {"a", "b", "c"}


def test_other_rooms_use_what_this_one_offers() -> None:
    paths = [path for path in NETLAB.rglob("*.py") if ROOM not in path.parents]
    paths += NETLAB.parent.joinpath("benchmarks").glob("*.py")
    packages = {path: ".".join(path.relative_to(NETLAB.parent).parent.parts) for path in paths}
    assert {str(path): wrong for path in paths if (wrong := wrong_uses(path, packages[path]))} == {}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("from netlab.wire.tape import Tape", ["tape.Tape"]),
        ("from ..wire.tape import Tape", ["tape.Tape"]),
        ("from ..wire import tape", ["tape"]),
        ("def f():\n    import netlab.wire.tape", ["tape"]),
        ("from ..wire.pcapng import _block", ["pcapng._block"]),
        ("from ..wire import Event, pcapng", []),
        ("from ..wire.http_messages import BadMessage", []),
        ("from ..wire.http_messages.heads import Head", ["http_messages.heads.Head"]),
    ],
)
def test_a_wrong_use_is_found(line: str, wrong: list[str], tmp_path: Path) -> None:
    path = tmp_path / "room.py"
    path.write_text(line, encoding="utf-8")
    assert wrong_uses(path, "netlab.view") == wrong


def test_no_module_is_named_like_a_function() -> None:
    """Else `from netlab.wire.watch import ...` would put the module in the place of the function."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in ROOM.glob("*.py")]
    functions = {each.name for tree in trees for each in tree.body if isinstance(each, ast.FunctionDef)}
    assert "watch" in functions and not {path.stem for path in ROOM.glob("*.py")} & functions
