"""Hex dumps: the bytes are all there, the fields stand where they are, and HTML is safe."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from netlab.view import hexdump

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello <world> & more"
FIELDS: list[Any] = [("type", 1), ("version", 2), ("length", 2), ("handshake", 4), ("rest", 20)]


def bytes_in(text: str) -> bytes:
    """The bytes that a dump shows in hex."""
    lines = [line for line in text.split("\n\n")[0].splitlines() if re.match(r"[0-9a-f]{4,}  ", line)]
    return b"".join(bytes.fromhex(re.sub(r"^[0-9a-f]+  ", "", line)[:48]) for line in lines)


class Page(HTMLParser):
    """Collects the text of a page, and the text that has a title (a field's name)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.titled, self.open = "", {}, []
        self.titled = dict[str, str]()
        self.stack: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack.append(dict(attrs).get("title") or "")

    def handle_endtag(self, tag: str) -> None:
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.stack and self.stack[-1]:
            self.titled[self.stack[-1]] = self.titled.get(self.stack[-1], "") + data


def test_classic_form() -> None:
    assert str(hexdump(b"GET / HTTP/1.1\r\n\r\n")) == (
        "0000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n"
        "0010  0d 0a                                             |..|"
    )


def test_fields_are_listed_as_text() -> None:
    assert str(hexdump(TLS, FIELDS)).split("\n\n")[1] == (
        " 1  type       0     16\n"
        " 2  version    1-2   03 01\n"
        " 3  length     3-4   02 00\n"
        " 4  handshake  5-8   01 00 01 fc\n"
        " 5  rest       9-28  03 03 68 65 6c 6c 6f 20 ..."
    )


def test_text_form_is_the_repr_and_html_is_there() -> None:
    dump = hexdump(TLS, FIELDS)
    assert repr(dump) == str(dump)
    assert "16 03 01" in Page(hexdump(TLS)._repr_html_()).text


def test_each_field_is_colored_where_it_is_and_labeled() -> None:
    page = Page(hexdump(TLS, FIELDS)._repr_html_())
    assert "01 00 01  fc" in page.titled["handshake"]  # the wider gap after eight bytes belongs to it
    assert "hello" in page.titled["rest"] and " <world> & mo" in page.titled["rest"]
    assert "re" in page.text and "re" not in "".join(page.titled.values())  # no field covers the last bytes
    for name, *_ in FIELDS:
        assert name in page.text


def test_html_is_escaped() -> None:
    html = hexdump(b"<script>alert(1)</script>", [("<b>&", 3)])._repr_html_()
    assert "<script" not in html and "<b>" not in html
    assert "&lt;sc" in html and "ript&gt;" in html and "&lt;b&gt;&amp;" in html


def test_long_data_says_what_is_left_out() -> None:
    for text in (str(hexdump(bytes(2000))), Page(hexdump(bytes(2000))._repr_html_()).text):
        assert "... and 1\u202f488 bytes more (2\u202f000 in all)" in text
    assert len(str(hexdump(bytes(2000))).splitlines()) == 33


def test_no_bytes() -> None:
    assert str(hexdump(b"")) == "(no bytes)"
    assert "(no bytes)" in hexdump(b"")._repr_html_()


def test_other_bytes_like_objects() -> None:
    assert str(hexdump(bytearray(b"ab"))) == str(hexdump(memoryview(b"ab"))) == str(hexdump(b"ab"))


@pytest.mark.parametrize(
    ("data", "fields", "error", "message"),
    [
        ("text", (), TypeError, r"not str: make bytes of it first, for example with .encode\(\)"),
        (12, (), TypeError, "not int"),
        (b"abc", [("a", 4)], ValueError, "'a' ends at byte 4, but there are only 3 bytes"),
        (b"abc", [("a", -1)], ValueError, "'a' cannot have -1 bytes"),
        (b"abc", [("a", 1, 2)], TypeError, r"A field is \(name, length\)"),
        (b"abc", [("a",)], TypeError, r"A field is \(name, length\)"),
        (b"abc", ["ab"], TypeError, r"A field is \(name, length\)"),
    ],
)
def test_bad_input(data: Any, fields: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        hexdump(data, fields)


@hypothesis.given(st.binary(max_size=512))
def test_text_round_trip(data: bytes) -> None:
    assert bytes_in(str(hexdump(data))) == data


@hypothesis.given(st.binary(min_size=1, max_size=100), st.lists(st.integers(0, 12), max_size=12))
def test_html_shows_the_same_lines_as_text(data: bytes, lengths: list[int]) -> None:
    fields, at = [], 0
    for i, length in enumerate(lengths):
        if at + length <= len(data):
            fields.append((f"f{i}", length))
            at += length
    dump = hexdump(data, fields)
    lines = Page(dump._repr_html_()).text
    for line in str(hexdump(data)).splitlines():
        assert line in lines


def test_bytes_text_and_row_of_a_field_light_up_together() -> None:
    page = hexdump(b"abcdef", [("one", 2), ("two", 4)])._repr_html_()
    for number, times in ((1, 4), (2, 4)):  # hex, text, row, and the number in the row
        assert page.count(f'class="netlab-field-{number}"') == times
        field = f".netlab-field-{number}"
        assert f".netlab-hexdump:has({field}:hover, {field}:focus) {field} {{ outline:" in page
    assert page.count('tabindex="0"') == 2  # the keyboard reaches each field once
    assert "netlab-field-" not in hexdump(b"abcdef")._repr_html_().partition("</style>")[2]
