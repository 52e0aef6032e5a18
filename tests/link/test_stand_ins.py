"""An experiment that this machine refuses, and the result that it once gave elsewhere."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest

from netlab.link import try_here


def refused() -> Any:
    raise OSError(99, "Cannot assign requested address")


def record(folder: Path, monkeypatch: pytest.MonkeyPatch, result: Any) -> None:
    monkeypatch.setenv("NETLAB_RECORD", "1")
    assert try_here("02_try", lambda: result, folder=folder).live
    monkeypatch.delenv("NETLAB_RECORD")


def test_live_where_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETLAB_RECORD", raising=False)
    run = try_here("02_try", lambda: {"answer": 42}, folder=tmp_path)
    assert (run.result, run.live, run.note) == ({"answer": 42}, True, "")
    assert not list(tmp_path.iterdir())  # a recording is made on demand only


def test_recorded_where_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = {"places": [("127.0.0.1", 80), ("::1", 80, 0, 0)], "answers": b"yes", "many": list(range(80))}
    record(tmp_path, monkeypatch, result)
    run = try_here("02_try", refused, folder=tmp_path)
    assert (run.result, run.live) == (result, False)
    assert re.fullmatch(
        r"A recording of \d{4}-\d\d-\d\d on \w+ [\w.-]+; not live, because this machine cannot run it "
        r"\(Cannot assign requested address\)\.",
        run.note,
    )


def test_recorded_where_the_system_has_no_such_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, monkeypatch, 7)
    run = try_here("02_try", lambda: getattr(socket, "TCP_OF_ANOTHER_SYSTEM"), folder=tmp_path)  # noqa: B009
    assert (run.result, run.live) == (7, False) and "TCP_OF_ANOTHER_SYSTEM" in run.note
    for slip in (lambda: getattr(socket, "conect"), lambda: getattr(tmp_path, "TCP")):  # noqa: B009
        with pytest.raises(AttributeError):
            try_here("02_try", slip, folder=tmp_path)


def test_the_refusal_itself_where_nothing_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Cannot assign"):
        try_here("02_try", refused, folder=tmp_path)


def test_a_recording_is_never_made_from_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path, monkeypatch, 1)
    monkeypatch.setenv("NETLAB_RECORD", "1")
    with pytest.raises(OSError, match="Cannot assign"):
        try_here("02_try", refused, folder=tmp_path)


@pytest.mark.parametrize(("name", "result"), [("../escape", 1), ("", 1), ("02_try", object())])
def test_what_cannot_be_kept(name: str, result: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLAB_RECORD", "1")
    with pytest.raises(ValueError, match="name of a file|plain value"):
        try_here(name, lambda: result, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_mistake_is_not_taken_for_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path, monkeypatch, 1)

    def broken() -> None:
        raise KeyError("oops")

    with pytest.raises(KeyError):
        try_here("02_try", broken, folder=tmp_path)
