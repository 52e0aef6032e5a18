"""Cells of a notebook, without a notebook: what IPython does with them, as far as `mine` can see it."""

from __future__ import annotations

import linecache
from types import ModuleType
from typing import Any


class Cells:
    """Runs cells one after another, in one namespace, and keeps their texts as IPython does."""

    made = 0

    def __init__(self) -> None:
        self.module = ModuleType("__main__")
        self.space: dict[str, Any] = vars(self.module)
        self.space["In"] = [""]

    def run(self, *texts: str) -> None:
        for text in texts:
            Cells.made += 1
            file = f"<cell {Cells.made}>"
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
            self.space["In"].append(text)
            exec(compile(text, file, "exec", dont_inherit=True), self.space)

    def __getitem__(self, name: str) -> Any:
        return self.space[name]
