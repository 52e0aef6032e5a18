"""The kernel's sockets after each call, with what the call has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from ...wire import SocketRow, SocketTable

COLUMNS = ("this end", "other end", "state", "unread", "held by")
_MARK = {"new": "background: #d8f0dd; color: #10381c", "changed": "background: #fdeccb; color: #40310a"}


class Steps:
    """What `what_changed()` gives: a table for each step, with its rows marked *new*, *changed* or *gone*."""

    def __init__(self, steps: list[tuple[str, list[tuple[str, list[str], list[str]]]]]) -> None:
        self._steps = steps

    def __repr__(self) -> str:
        lines = []
        for name, rows in self._steps:
            lines.append(f"after {name}")
            for mark, cells, was in rows:
                shown = [f"{cell} (was {old})" if old != cell else cell for cell, old in zip(cells, was)]
                lines.append("  " + " | ".join([f"{mark or '':7}", *shown]))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align: left'>{column}</th>" for column in ("", *COLUMNS))
        parts = []
        for name, rows in self._steps:
            body = "".join(_html(*row) for row in rows)
            step = f"<b>after <code>{escape(name)}</code></b>"
            parts.append(f"<tr><td colspan=6 style='text-align: left'>{step}</td></tr>{body}")
        return (
            "<div style='overflow-x: auto'><table>"
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(parts)}</tbody></table></div>"
        )


def what_changed(after: Mapping[str, SocketTable], *names: str) -> Steps:
    """Compare the tables of `after`, each with the one before it: after[names[0]] is where it begins.

    KeyError for a name that `after` does not have, ValueError for fewer than two names.
    """
    if len(names) < 2:
        raise ValueError("what_changed() compares: give it two names at least.")
    return Steps([(now, list(_rows(after[before], after[now]))) for before, now in zip(names, names[1:])])


def _rows(before: SocketTable, now: SocketTable) -> Iterator[tuple[str, list[str], list[str]]]:
    was = {_key(row): _cells(row) for row in before}
    for row in now:
        cells, old = _cells(row), was.pop(_key(row), None)
        yield "new" if old is None else "changed" if old != cells else "", cells, old or cells
    for cells in was.values():
        yield "gone", cells, cells


def _key(row: SocketRow) -> object:
    return row.protocol, row.local, row.peer, row.waiting is not None


def _cells(row: SocketRow) -> list[str]:
    unread = row.unread if row.waiting is None else f"{row.waiting} to accept"
    ends = ["*" if end is None else f"{end[0]}:{end[1]}" for end in (row.local, row.peer)]
    return [*ends, row.state, "" if unread is None else str(unread), row.holder]


def _html(mark: str, cells: list[str], was: list[str]) -> str:
    row = ""
    for cell, old in zip(cells, was):
        changed = mark == "new" or old != cell
        text = f"<b>{escape(cell)}</b>" if changed else escape(cell)
        if old != cell:
            text += f"<br><small>(was {escape(old)})</small>"
        style = _MARK["new" if mark == "new" else "changed"] if changed else ""
        row += f"<td style='text-align: left; white-space: nowrap; {style}'>{text}</td>"
    struck = " style='text-decoration: line-through; opacity: 0.7'" if mark == "gone" else ""
    return f"<tr{struck}><td style='text-align: left'><i>{mark}</i></td>{row}</tr>"
