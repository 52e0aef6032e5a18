"""Names that load when they are first used, each typed once."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import netlab
from netlab import lazy

ROOT = Path(netlab.__file__).parent
ROOMS = ("lessons", "link", "servers", "view", "view.kit", "wire")
PACKAGES = ["netlab", *(f"netlab.{room}" for room in ROOMS)]


def written(package: str) -> set[str]:
    """The names that type checkers see: those imported under `if TYPE_CHECKING:`."""
    file = ROOT.joinpath(*package.split(".")[1:], "__init__.py")
    block = next(node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.If))
    names: set[str] = set()
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            names |= written("netlab.lessons") if alias.name == "*" else {alias.asname or "?"}
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_what_type_checkers_see_is_what_there_is(package: str) -> None:
    module = importlib.import_module(package)
    assert set(module.__all__) == written(package)
    for name in module.__all__:
        assert getattr(module, name) is not None and name in dir(module)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_never_has_the_name_of_what_its_package_offers(package: str) -> None:
    folder = ROOT.joinpath(*package.split(".")[1:])
    modules = {path.stem for path in folder.glob("*.py")}
    offers = importlib.import_module(package)
    twice = modules & set(offers.__all__)
    assert not [name for name in twice if not isinstance(getattr(offers, name), ModuleType)]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A package of its own, which offers a function, a module and all of another package."""
    files = {
        "small/__init__.py": "from typing import TYPE_CHECKING\nfrom netlab import lazy\n"
        "if TYPE_CHECKING:\n    from . import deep as deep\n    from .inner import *  # noqa: F403\n"
        "    from .tools import hammer as hammer\n\n"
        "__getattr__, __dir__, __all__ = lazy.offer(__name__)\nother = 1\n",
        "small/inner/__init__.py": "if 1:\n    TYPE_CHECKING = False\nif TYPE_CHECKING:\n"
        "    from .nails import nail as nail\n",
        "small/inner/nails.py": "nail = 'a nail'\n",
        "small/tools.py": "hammer = 'a hammer'\n",
        "small/deep.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("small")
    for name in [name for name in sys.modules if name.split(".")[0] == "small"]:
        del sys.modules[name]


def test_nothing_is_loaded_before_it_is_used(small: Any) -> None:
    assert small.__all__ == ["deep", "nail", "hammer"]
    assert {name for name in sys.modules if name.startswith("small")} == {"small"}
    assert small.hammer == "a hammer"
    assert {name for name in sys.modules if name.startswith("small")} == {"small", "small.tools"}
    assert small.nail == "a nail" and small.deep is sys.modules["small.deep"]
    assert "hammer" in vars(small) and {"other", "nail"} <= set(dir(small))


def test_an_unknown_name_says_what_there_is(small: Any) -> None:
    with pytest.raises(AttributeError, match=r"^small has no 'saw'. It offers: deep, hammer, nail\.$"):
        small.saw  # noqa: B018
    assert lazy.names_of("small", str(Path(small.__file__).parent))["nail"] == "small.inner.nails"
