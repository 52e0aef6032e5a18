"""Packages whose names load when they are first used, so that importing one costs next to nothing.

A name is typed once, where type checkers and editors read it too, one to a line:

    if TYPE_CHECKING:
        from .ladders import ladder as ladder
        from .lessons import *            every name that this package offers

    __getattr__, __dir__, __all__ = lazy.offer(__name__)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def offer(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of a package, from the first block of `if TYPE_CHECKING:`.

    A name that it does not offer is an AttributeError that lists those it does.
    """
    here = sys.modules[package]
    homes = names_of(package, os.path.dirname(str(here.__file__)))

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"{package} has no {name!r}. It offers: {', '.join(sorted(homes))}.")
        home = import_module(homes[name])
        value = home if homes[name] == f"{package}.{name}" else getattr(home, name)
        setattr(here, name, value)
        return value

    return load, lambda: sorted({*vars(here), *homes}), list(homes)


def names_of(package: str, folder: str) -> dict[str, str]:
    """Each name that the package in this folder offers, and the module where it is. Nothing is imported."""
    homes: dict[str, str] = {}
    with open(os.path.join(folder, "__init__.py"), encoding="utf-8") as file:
        _, _, block = file.read().partition("\nif TYPE_CHECKING:\n")
    for line in block.splitlines():
        match line.split("#")[0].split():
            case ["from", where, "import", "*"]:
                homes |= names_of(package + where, os.path.join(folder, *where[1:].split(".")))
            case ["from", ".", "import", module, "as", _]:
                homes[module] = f"{package}.{module}"
            case ["from", where, "import", name, "as", _]:
                homes[name] = package + where
            case []:
                pass
            case _:
                break
    return homes
