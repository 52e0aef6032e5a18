"""What notebook 07 measures with, its two servers, and its editor."""

from __future__ import annotations

import socket
from http.client import HTTPConnection
from typing import Any

import pytest

from netlab import link
from netlab.lessons.nb07 import editor, experiments, lenient
from netlab.wire import NotOnThisSystem
from netlab.wire.http_messages import BadMessage, parse_request

pytestmark = pytest.mark.usefixtures("warm", "leaves_nothing")


@pytest.fixture(scope="module", name="warm")
def _warm() -> None:
    edit = editor.RequestEditor()  # the first pictures of a process open fonts, the first widget a comm
    for edit.text.value in ("<b>", editor.PREPARED["no Host"]):
        edit.send()


def get(conn: HTTPConnection, target: str) -> bytes:
    conn.request("GET", target)
    return conn.getresponse().read()


def one_each(connect: Any, targets: list[str]) -> None:
    for target in targets:
        conn = connect()
        assert len(get(conn, target)) == 7
        conn.close()


def kept(connect: Any, targets: list[str]) -> None:
    conn = connect()
    for target in targets:
        get(conn, target)


class Loopback:
    """In place of a kernel path: the same calls on this machine."""

    far = "127.0.0.1"

    def listen(self) -> Any:
        return socket.create_server((self.far, 0))

    def socket(self) -> Any:
        return socket.socket()


# -- pages over a line -------------------------------------------------------------------------------


def test_a_page_is_fetched_and_its_round_trips_counted() -> None:
    alone = experiments.page_over(Loopback(), one_each, 3, size=7)
    assert [row[:2] for row in alone] == [(1, "/page"), *[(n + 1, f"/picture/{n}") for n in (1, 2, 3)]]
    assert experiments.trips_in_a_row(alone) == 8
    one = experiments.page_over(Loopback(), kept, 3)
    assert {row[0] for row in one} == {1} and experiments.trips_in_a_row(one) == 5


def test_a_page_that_fails_leaves_nothing() -> None:
    def failing(connect: Any, targets: list[str]) -> None:
        connect()
        raise LookupError("on purpose")

    with pytest.raises(LookupError):
        experiments.page_over(Loopback(), failing, 3)


def test_a_kernel_path_carries_a_page() -> None:
    try:
        pages = experiments.page_on(link.Link(delay=0.01), {"alone": one_each, "kept": kept}, 2, 7)
    except NotOnThisSystem as error:
        pytest.skip(str(error))
    assert [experiments.trips_in_a_row(rows) for rows in pages.values()] == [6, 4]
    assert all(max(row[-1] for row in rows) >= 0.02 * trips for rows, trips in zip(pages.values(), (6, 4)))


def test_what_a_call_sends() -> None:
    sent = experiments.sent_by(lambda conn: conn.request("POST", "/echo", body=b"hello"))
    assert sent.startswith(b"POST /echo HTTP/1.1\r\n") and sent.endswith(b"\r\n\r\nhello")


def test_hit_ratios_of_a_cache_that_never_asks_and_of_one_that_always_does() -> None:
    def visit(conn: HTTPConnection, target: str, cache: dict[str, Any], now: float) -> None:
        if not cache or target == "/cached/1":
            cache[target] = get(conn, target)

    assert experiments.hit_ratios(visit, 1, rate=0.1, caches=2, visits=5) == [0.0, 0.0]
    assert experiments.hit_ratios(visit, 60, rate=0.1, caches=2, visits=5) == [0.8, 0.8]


# -- two servers, and the editor ---------------------------------------------------------------------


def test_the_library_takes_what_the_strict_server_refuses() -> None:
    for name, request in lenient.MISTAKES.items():
        with pytest.raises(BadMessage):
            parse_request(request)
            raise AssertionError(name)
        assert lenient.answers_to(request)[0] == "400 Bad Request"
    assert lenient.answers_to(b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == ("200 OK", "200 OK")


def test_the_library_notes_each_request_that_it_sees() -> None:
    seen: list[str] = []
    with lenient.library_server(seen) as server:
        inner = b"GET /in HTTP/1.1\r\n\r\n"
        lengths = b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(inner)
        lenient._sent(server.address, b"POST /out HTTP/1.1\r\n" + lengths + inner)
    assert seen == ["POST /out HTTP/1.1", "GET /in HTTP/1.1"]


@pytest.mark.parametrize(
    "text, data",
    [
        ("GET / HTTP/1.1\nHost: a\n\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a\\n\\\nb\\n\\\n\\n", b"a\nb\n\n"),
        ("a\\\nb", b"ab"),
        ("a\\\\\nb", b"a\\\r\nb"),
        (r"\x00\xff\t\\n\q\x1", b"\x00\xff\t\\n\\q\\x1"),
        ("ö🙂", "ö🙂".encode()),
        ("", b""),
    ],
)
def test_what_the_editor_sends(text: str, data: bytes) -> None:
    assert editor.as_bytes(text) == data


def test_the_editor_sends_when_asked() -> None:
    edit = editor.RequestEditor()
    assert edit.answers == ("200 OK", "200 OK") and "200 OK" in repr(edit)
    edit.prepared.value = "no Host"
    assert edit.text.value == editor.PREPARED["no Host"] and edit.answers == ("200 OK", "200 OK")
    assert "not yet sent" in edit._table.value
    edit.button.click()
    assert edit.answers[0] == "400 Bad Request" and "400 Bad Request" in edit._table.value
    edit.text.value = ""
    edit.button.click()
    assert "nothing to send" in edit._table.value
    edit.text.value = "<b>"
    edit.button.click()
    assert "<b>&lt;" not in repr(edit) and edit.answers[0].startswith("400") and not edit.button.disabled


def test_each_prepared_request_is_answered() -> None:
    strict = {
        name: lenient.answers_to(editor.as_bytes(text))[0][:3] for name, text in editor.PREPARED.items()
    }
    right = {"a correct GET", "a form"}
    assert {name for name, status in strict.items() if status == "200"} == right
    assert strict["another version"] == "505" and strict["another site's name"] == "421"
