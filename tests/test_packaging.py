"""The pins are whole and fit the ranges, the tools are content, and imports go one way."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COURSE, TEST = ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
VERSIONS = ("3.11.0", "3.11.7", "3.12.1", "3.13.0", "3.13.9", "3.14.0", "3.14.10", "3.15.0", "3.15.2")
RANGES = {
    COURSE: PROJECT["project"]["dependencies"],
    TEST: PROJECT["dependency-groups"]["test"],
}
# A part may import the parts below it in this picture, never one above (DESIGN: imports go one way).
MAY_IMPORT = {
    "wire": set(),
    "servers": {"wire"},
    "link": {"wire"},
    "view": {"wire", "link"},
    "check": {"wire", "servers", "link", "view"},
    "lessons": {"wire", "servers", "link", "view", "check"},
    "own_copy": set(),  # no part of the lab: start.py runs it
}
DOORS = {"netlab/__init__.py", "netlab/check/__init__.py"}  # they alone may load a lesson


def lines_of(path):
    lines = (line.partition(" #")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def pins(path, system="linux", version="3.11.7"):
    """Name to exact version, as pip takes them on this system; a name that is pinned twice is an error."""
    environment = default_environment() | SYSTEMS[system]
    environment |= {"python_version": version.rpartition(".")[0], "python_full_version": version}
    found = {}
    for line in lines_of(path):
        if line == "-e .":
            continue
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is pinned twice on {system} with Python {version}"
            (exact,) = requirement.specifier
            found[name] = exact.version
    return found


every_machine = pytest.mark.parametrize("version", VERSIONS)
every_system = pytest.mark.parametrize("system", SYSTEMS)


def test_netlab_itself_comes_last():
    assert lines_of(COURSE)[-1] == "-e .", "renewing the pins drops `-e .`: add it again as the last line"
    assert "-e ." not in lines_of(TEST)


@pytest.mark.parametrize("path", [COURSE, TEST], ids=["course", "test"])
def test_every_line_is_an_exact_pin(path):
    for line in lines_of(path):
        if line != "-e .":
            assert re.fullmatch(r"[a-z0-9][a-z0-9.-]* *==[\w.]+( ; .+)?", line), line


@pytest.mark.parametrize("path", [COURSE, TEST], ids=["course", "test"])
def test_no_line_names_this_machine(path):
    assert not re.search(r"file:|index-url|find-links|/home/|/root|/tmp", path.read_text(encoding="utf-8"))


@every_system
@every_machine
@pytest.mark.parametrize("path", [COURSE, TEST], ids=["course", "test"])
def test_the_pins_are_within_the_ranges(path, system, version):
    found = pins(path, system, version)
    for text in [*RANGES[path], *PROJECT["tool"]["uv"]["constraint-dependencies"]]:
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        if text in RANGES[path] or name in found:
            assert name in found, f"{name} has no pin on {system} with Python {version}"
            assert wanted.specifier.contains(found[name]), f"{name} {found[name]} is not in {wanted}"


@every_system
@every_machine
def test_both_files_agree(system, version):
    course, test = pins(COURSE, system, version), pins(TEST, system, version)
    assert {name: course[name] for name in course.keys() & test} == {
        name: test[name] for name in course.keys() & test
    }


def test_learners_get_nothing_that_only_our_tests_need():
    names = {canonicalize_name(Requirement(text).name) for text in RANGES[TEST]}
    assert not names & set(pins(COURSE))


def test_only_netlab_is_installed():
    assert PROJECT["project"]["name"] == "netlab-course"
    assert PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] == ["netlab*"]


TOOLS = [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]]


@pytest.mark.parametrize("arguments", TOOLS, ids=["ruff", "format", "mypy"])
def test_the_tools_are_content(arguments):
    if importlib.util.find_spec(arguments[0]) is None:
        pytest.skip(f"{arguments[0]} is not installed; `python3 start.py test` installs it")
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def imports(path):
    """The modules of netlab that a file imports anywhere, functions included, as dotted names."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def wrong_imports(path, part):
    parts = (name.split(".")[1] for name in imports(path) if name.startswith("netlab."))
    door = {"lessons"} if path.relative_to(ROOT).as_posix() in DOORS else set()
    return sorted({name for name in parts if name in MAY_IMPORT} - MAY_IMPORT[part] - {part} - door)


def other_lessons(path):
    """Which other lessons a file of a lesson imports."""
    mine = path.relative_to(ROOT / "netlab" / "lessons").parts[0]
    parts = (name.split(".")[2] for name in imports(path) if name.startswith("netlab.lessons.nb"))
    return sorted(set(parts) - {mine})


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_go_one_way(part):
    files = sorted((ROOT / "netlab" / part).rglob("*.py")) or sorted((ROOT / "netlab").glob(f"{part}.py"))
    wrong = {str(path.relative_to(ROOT)): found for path in files if (found := wrong_imports(path, part))}
    assert not wrong, f"{part} may import {sorted(MAY_IMPORT[part]) or 'no other part'}"


@pytest.mark.parametrize(
    "line",
    [
        "import netlab.view",
        "from netlab.view import ladder",
        "from netlab import view",
        "from .. import view",
        "from ..view.kit import Canvas",
        "def f():\n    from netlab.view import ladder",
    ],
)
def test_a_wrong_import_is_found(line, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "netlab" / "wire" / "watch.py"
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert wrong_imports(path, "wire") == ["view"]


def test_only_the_doors_load_lessons(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    for name, wrong in [("engine.py", ["lessons"]), ("__init__.py", [])]:
        path = tmp_path / "netlab" / "check" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("from ..lessons import exercises")
        assert wrong_imports(path, "check") == wrong


def test_a_lesson_uses_no_other_lesson():
    files = sorted((ROOT / "netlab" / "lessons").glob("nb*/**/*.py"))
    assert files and not {path.name: found for path in files if (found := other_lessons(path))}


@pytest.mark.parametrize(
    "line", ["from ..nb03 import frames", "from netlab.lessons.nb03.frames import frame"]
)
def test_a_lesson_that_uses_another_is_found(line, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "netlab" / "lessons" / "nb04" / "e1_one.py"
    path.parent.mkdir(parents=True)
    path.write_text(line + "\nfrom . import peers\nfrom ...check import lab")
    assert other_lessons(path) == ["nb03"]


def test_what_is_no_python_is_installed_too():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["netlab"]
    others = {path for path in (ROOT / "netlab").rglob("*.*") if path.suffix not in (".py", ".pyc")}
    assert others == {path for pattern in patterns for path in (ROOT / "netlab").glob(pattern)}
