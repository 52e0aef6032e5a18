"""07-1 parse_request: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import email
import re
from collections.abc import Callable
from typing import Any

from ..registry import mutant, right

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"


LINE = rb"(" + TOKEN + rb") ([!-~]+) HTTP/1\.([0-9])"


FIELD = rb"(" + TOKEN + rb"):([\t\x20-\x7e\x80-\xff]*)"


Parsed = Any


def _lines(head: bytes) -> list[bytes]:
    lines = head.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line for line in lines):
        raise ValueError("CR or LF alone")
    return lines


def _cut(data: bytes) -> tuple[bytes, bytes] | None:
    head, end, rest = data.partition(b"\r\n\r\n")
    if re.search(rb"(?<!\r)\n", head):
        raise ValueError("LF alone")
    return (head, rest) if end else None


def _first(line: bytes) -> tuple[str, str, str]:
    found = re.fullmatch(LINE, line)
    if not found:
        raise ValueError("no request line")
    method, target, minor = (part.decode("ascii") for part in found.groups())
    return method, target, minor


def _field(line: bytes) -> tuple[str, str]:
    found = re.fullmatch(FIELD, line)
    if not found:
        raise ValueError("no field")
    return found[1].decode("ascii").lower(), found[2].strip(b" \t").decode("latin-1")


def _add(headers: dict[str, str], name: str, value: str) -> None:
    headers[name] = headers[name] + ", " + value if name in headers else value


def _hosts(minor: str, names: list[str]) -> None:
    if minor != "0" and names.count("host") != 1:
        raise ValueError("Host")


def _parse(
    data: bytes,
    *,
    cut: Callable[[bytes], tuple[bytes, bytes] | None] = _cut,
    lines: Callable[[bytes], list[bytes]] = _lines,
    first: Callable[[bytes], tuple[str, str, str]] = _first,
    field: Callable[[bytes], tuple[str, str]] = _field,
    add: Callable[[dict[str, str], str, str], None] = _add,
    hosts: Callable[[str, list[str]], None] = _hosts,
) -> Parsed:
    """A right parser whose parts can be replaced by wrong ones."""
    parts = cut(data)
    if parts is None:
        return None
    line, *others = lines(parts[0])
    method, target, minor = first(line)
    headers: dict[str, str] = {}
    names = []
    for other in others:
        name, value = field(other)
        names.append(name.lower())
        add(headers, name, value)
    hosts(minor, names)
    return method, target, headers, parts[1]


@right("parse_request")
def in_parts(data: bytes) -> Parsed:
    """a function for each part"""
    return _parse(data)


@right("parse_request")
def without_patience(data: bytes) -> Parsed:
    """does not wait for the end of a head that has a wrong line"""
    cut = _cut(data)
    if cut is None:
        line, *others = data.split(b"\r\n")[:-1] or [b"GET / HTTP/1.1"]
        _first(line)
        for other in others:
            _field(other)
        return None
    return _parse(data)


@right("parse_request")
def byte_by_byte(data: bytes) -> Parsed:
    """one loop over all bytes, and no pattern"""
    lines, start = [], 0
    for place, byte in enumerate(data):
        if byte == 10 and (place == 0 or data[place - 1] != 13):
            raise ValueError(f"LF alone at {place}")
        if byte == 10:
            lines.append(data[start : place - 1])
            start = place + 1
            if lines[-1] == b"":
                break
    if not lines or lines[-1] != b"":
        return None
    if len(lines) == 1:
        raise ValueError("no request line")
    text = [line.decode("latin-1") for line in lines[:-1]]
    letters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    parts = text[0].split(" ")
    if len(parts) != 3 or not all(parts) or any(not "!" <= char <= "~" for char in parts[1]):
        raise ValueError("request line")
    if set(parts[0]) - set(letters) or parts[2][:-1] != "HTTP/1." or parts[2][-1] not in "0123456789":
        raise ValueError("method or version")
    fields: list[tuple[str, str]] = []
    for line in text[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or set(name) - set(letters):
            raise ValueError(f"name {name!r}")
        if any((ord(char) < 32 and char != "\t") or ord(char) == 127 for char in value):
            raise ValueError(f"value {value!r}")
        fields.append((name.lower(), value.strip(" \t")))
    names = [name for name, _ in fields]
    if parts[2] != "HTTP/1.0" and names.count("host") != 1:
        raise ValueError("Host")
    headers = {name: ", ".join(value for other, value in fields if other == name) for name in names}
    return parts[0], parts[1], headers, data[start:]


@mutant("parse_request", "start")
def not_begun(data: bytes) -> None:
    """pass"""


@mutant("parse_request", "part", says="it had to return None")
def incomplete_is_wrong(data: bytes) -> Parsed:
    """raises ValueError while the head is not complete"""
    parsed = _parse(data)
    if parsed is None:
        raise ValueError("no empty line")
    return parsed


@mutant("parse_request", "part", says="the head is not complete")
def one_recv_is_a_request(data: bytes) -> Parsed:
    """takes what has come for the whole head"""

    def cut(data: bytes) -> tuple[bytes, bytes] | None:
        head, _, rest = data.partition(b"\r\n\r\n")
        return (head.removesuffix(b"\r\n"), rest) if data.count(b"\r\n") > 1 else None

    return _parse(data, cut=cut)


@mutant("parse_request", "part")
def until_endswith(data: bytes) -> Parsed:
    """data that ends with CR LF is complete"""
    ends = data.endswith(b"\r\n") and b"\r\n\r\n" not in data
    return _parse(data + b"\r\n" if ends else data)


@mutant("parse_request", "rest")
def last_empty_line(data: bytes) -> Parsed:
    """the last empty line ends the head"""

    def cut(data: bytes) -> tuple[bytes, bytes] | None:
        head, end, rest = data.rpartition(b"\r\n\r\n")
        return ((_cut(data) or (b"", b""))[0], rest) if end else None

    return _parse(data, cut=cut)


@mutant("parse_request", "rest")
def endswith_empty_line(data: bytes) -> Parsed:
    """complete only if data ends with the empty line"""
    return _parse(data) if data.endswith(b"\r\n\r\n") else None


@mutant("parse_request", "never")
def no_rest_no_look(data: bytes) -> Parsed:
    """looks at nothing while there is no empty line"""
    return _parse(data) if b"\r\n\r\n" in data else None


@mutant("parse_request", "rest")
def split_at_empty_lines(data: bytes) -> Parsed:
    """data.split(b"\\r\\n\\r\\n")[1] is the rest"""
    parsed = _parse(data)
    return parsed and (*parsed[:3], data.split(b"\r\n\r\n")[1])


@mutant("parse_request", "rest")
def strips_the_rest(data: bytes) -> Parsed:
    """strips the rest"""
    parsed = _parse(data)
    return parsed and (*parsed[:3], parsed[3].strip())


@mutant("parse_request", "name")
def names_as_they_come(data: bytes) -> Parsed:
    """names keep their capitals"""

    def field(line: bytes) -> tuple[str, str]:
        name, value = _field(line)
        return line[: len(name)].decode(), value

    return _parse(data, field=field)


@mutant("parse_request", "value", says="localhost:8000")
def split_at_each_colon(data: bytes) -> Parsed:
    """line.split(":")[1]"""

    def field(line: bytes) -> tuple[str, str]:
        return _field(line)[0], line.split(b":")[1].strip(b" \t").decode("latin-1")

    return _parse(data, field=field)


@mutant("parse_request", "value")
def colon_and_space(data: bytes) -> Parsed:
    """line.split(": ", 1)"""

    def field(line: bytes) -> tuple[str, str]:
        name, value = line.split(b": ", 1)
        return _field(line)[0], value.decode("latin-1")

    return _parse(data, field=field)


@mutant("parse_request", "value")
def values_with_spaces(data: bytes) -> Parsed:
    """keeps the spaces around a value"""

    def field(line: bytes) -> tuple[str, str]:
        return _field(line)[0], line.partition(b":")[2].decode("latin-1")

    return _parse(data, field=field)


@mutant("parse_request", "latin", says="UnicodeDecodeError")
def utf8(data: bytes) -> Parsed:
    """decodes as UTF-8"""

    def field(line: bytes) -> tuple[str, str]:
        line.decode()
        return _field(line)

    return _parse(data, field=field)


@mutant("parse_request", "latin")
def strips_text(data: bytes) -> Parsed:
    """strips text: U+00A0 and U+0085 are blanks there"""

    def field(line: bytes) -> tuple[str, str]:
        name, value = _field(line)
        return name, value.strip()

    return _parse(data, field=field)


@mutant("parse_request", "latin")
def splits_text(data: bytes) -> Parsed:
    """text.splitlines(): U+0085 ends a line there"""
    return _parse(
        data, lines=lambda head: [line.encode("latin-1") for line in head.decode("latin-1").splitlines()]
    )


@mutant("parse_request", "several")
def last_one_wins(data: bytes) -> Parsed:
    """headers[name] = value"""
    return _parse(data, add=lambda headers, name, value: headers.update({name: value}))


@mutant("parse_request", "several")
def first_one_wins(data: bytes) -> Parsed:
    """headers.setdefault(name, value)"""
    return _parse(data, add=lambda headers, name, value: headers.update({name: headers.get(name, value)}))


@mutant("parse_request", "version")
def host_for_all(data: bytes) -> Parsed:
    """asks HTTP/1.0 for a Host, too"""
    return _parse(data, hosts=lambda minor, names: _hosts("1", names))


@mutant("parse_request", "version")
def only_two_versions(data: bytes) -> Parsed:
    """HTTP/1.0 and HTTP/1.1 only"""

    def first(line: bytes) -> tuple[str, str, str]:
        if not line.endswith((b"HTTP/1.0", b"HTTP/1.1")):
            raise ValueError("version")
        return _first(line)

    return _parse(data, first=first)


@mutant("parse_request", "host", says="this asks for ValueError")
def no_host(data: bytes) -> Parsed:
    """does not look for Host"""
    return _parse(data, hosts=lambda minor, names: None)


@mutant("parse_request", "host", says="this asks for ValueError")
def two_hosts(data: bytes) -> Parsed:
    """ "host" in headers is enough"""
    return _parse(data, hosts=lambda minor, names: _hosts(minor, list(set(names))))


@mutant("parse_request", "newline", says="this asks for ValueError")
def any_line_end(data: bytes) -> Parsed:
    """bytes.splitlines(): LF alone ends a line, too"""
    return _parse(data, cut=_only_complete, lines=bytes.splitlines)


def _only_complete(data: bytes) -> tuple[bytes, bytes] | None:
    head, end, rest = data.partition(b"\r\n\r\n")
    return (head, rest) if end else None


@mutant("parse_request", "newline")
def skips_empty_lines(data: bytes) -> Parsed:
    """strips the data in front"""
    return _parse(data, cut=lambda data: _cut(data.lstrip()))


@mutant("parse_request", "never", says="this asks for ValueError")
def waits_for_ever(data: bytes) -> Parsed:
    """looks for LF alone in a complete head only"""
    return _parse(data, cut=_only_complete)


@mutant("parse_request", "folded", says="folded header lines are obsolete")
def unfolds(data: bytes) -> Parsed:
    """joins folded lines, as RFC 2616 did"""
    return _parse(data, lines=lambda head: _lines(re.sub(rb"\r\n[ \t]+", b" ", head)))


@mutant("parse_request", "spaced")
def strips_names(data: bytes) -> Parsed:
    """name.strip()"""
    return _parse(data, field=lambda line: _field(re.sub(rb"^([^:]*[^:\s])\s+:", rb"\1:", line)))


@mutant("parse_request", "line")
def splits_the_first_line(data: bytes) -> Parsed:
    """line.split()"""
    return _parse(data, first=lambda line: _first(b" ".join(line.split())))


@mutant("parse_request", "line")
def no_look_at_the_version(data: bytes) -> Parsed:
    """method, target, version = line.split(" ")"""

    def first(line: bytes) -> tuple[str, str, str]:
        method, target, version = line.decode("latin-1").split(" ")
        return method, target, version[-1:]

    return _parse(data, first=first)


@mutant("parse_request", "version")
def version_by_prefix(data: bytes) -> Parsed:
    """line.split(" "), and a version that begins with HTTP/1."""

    def first(line: bytes) -> tuple[str, str, str]:
        method, target, version = line.decode("latin-1").split(" ")
        if not method or not target or not version.startswith("HTTP/1."):
            raise ValueError("request line")
        return method, target, version[-1:]

    return _parse(data, first=first)


@mutant("parse_request", "token")
def any_name(data: bytes) -> Parsed:
    """whatever is in front of the colon is a name"""

    def field(line: bytes) -> tuple[str, str]:
        if line[:1] in b" \t" or re.match(rb"[^:]*\s:", line) or re.search(rb"[\0-\x08\n-\x1f\x7f]", line):
            raise ValueError("no field")
        name, colon, value = line.partition(b":")
        return name.decode("latin-1").lower(), value.strip(b" \t").decode("latin-1")

    return _parse(data, field=field)


@mutant("parse_request", "token")
def letters_of_text(data: bytes) -> Parsed:
    r"""[\w-]+ on text: ö is a letter there"""

    def field(line: bytes) -> tuple[str, str]:
        found = re.fullmatch(r"([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)", line.decode("latin-1"))
        if not found:
            raise ValueError("no field")
        return found[1].lower(), found[2].strip(" \t")

    return _parse(data, field=field)


@mutant("parse_request", "control")
def any_value(data: bytes) -> Parsed:
    """a value is whatever comes behind the colon"""

    def field(line: bytes) -> tuple[str, str]:
        name, colon, value = line.partition(b":")
        return _field(name + colon)[0], value.strip(b" \t").decode("latin-1")

    return _parse(data, field=field)


@mutant("parse_request", "control")
def strips_everything(data: bytes) -> Parsed:
    """bytes.strip() takes control characters off"""

    def field(line: bytes) -> tuple[str, str]:
        return _field(line.strip() if line[:1] not in b" \t" else line)

    return _parse(data, field=field, lines=lambda head: head.split(b"\r\n"))


@mutant("parse_request", "token")
def methods_in_capitals(data: bytes) -> Parsed:
    """a method is capital letters"""

    def first(line: bytes) -> tuple[str, str, str]:
        if not re.match(rb"[A-Z]+ ", line):
            raise ValueError("method")
        return _first(line)

    return _parse(data, first=first)


@mutant("parse_request", "target")
def targets_are_paths(data: bytes) -> Parsed:
    """a target begins with / or http"""

    def first(line: bytes) -> tuple[str, str, str]:
        if not re.search(rb" (/|http)", line):
            raise ValueError("target")
        return _first(line)

    return _parse(data, first=first)


@mutant("parse_request", "several")
def with_the_email_package(data: bytes) -> Parsed:
    """email.message_from_bytes for the fields"""
    parsed = _parse(data)
    if parsed is None:
        return None
    fields = data.partition(b"\r\n\r\n")[0].partition(b"\r\n")[2].decode("latin-1")
    message = email.message_from_string(fields + "\r\n\r\n")
    return (*parsed[:2], {name.lower(): message[name].strip(" \t") for name in message}, parsed[3])


def _change(old: bytes, new: bytes, data: bytes) -> Parsed:
    """The right reader with one thing in its two patterns exchanged."""
    line, field = (re.compile(each.replace(old, new)) for each in (_LINE, _FIELD))

    def first(text: bytes) -> tuple[str, str, str]:
        if not (found := line.fullmatch(text)):
            raise ValueError(f"line {text!r}")
        return found[1].decode("ascii"), found[2].decode("latin-1"), found[3].decode()

    def one(text: bytes) -> tuple[str, str]:
        if not (found := field.fullmatch(text)):
            raise ValueError(f"field {text!r}")
        return found[1].decode("latin-1").lower(), found[2].strip(b" \t").decode("latin-1")

    return _parse(data, first=first, field=one)


_LINE = rb"([-!#$%&'*+.^_`|~0-9A-Za-z]+) ([!-~]+) HTTP/1\.([0-9])"
_FIELD = rb"([-!#$%&'*+.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)"


@right("parse_request")
def two_patterns(data: bytes) -> Parsed:
    """a pattern for the first line and one for the others"""
    return _change(b"", b"", data)


@mutant("parse_request", "line")
def empty_lines_in_front(data: bytes) -> Parsed:
    """skips empty lines in front, as RFC 9112 allows a server"""
    return _parse(data, cut=lambda data: _cut(re.sub(rb"^(\r\n)+", b"", data)))


@mutant("parse_request", "host", says="this asks for ValueError")
def the_same_host_twice(data: bytes) -> Parsed:
    """two Hosts of one value are one"""
    seen: list[str] = []

    def hosts(minor: str, names: list[str]) -> None:
        _hosts(minor, list(dict.fromkeys(names)) if len(set(seen)) == 1 else names)

    def add(headers: dict[str, str], name: str, value: str) -> None:
        seen.extend([value] * (name == "host"))
        _add(headers, name, value)

    return _parse(data, hosts=hosts, add=add)


@mutant("parse_request", "version", says="the head is right")
def never_two_hosts(data: bytes) -> Parsed:
    """refuses two Hosts in HTTP/1.0, too"""
    return _parse(data, hosts=lambda minor, names: _hosts(minor if names.count("host") < 2 else "1", names))


@mutant("parse_request", "version")
def http_0(data: bytes) -> Parsed:
    """HTTP/0 and HTTP/1"""
    return _change(b"HTTP/1", b"HTTP/[01]", data)


@mutant("parse_request", "token")
def from_large_to_small(data: bytes) -> Parsed:
    """[A-z]: six signs lie between Z and a"""
    return _change(b"A-Za-z", b"A-z", data)


@mutant("parse_request", "token")
def a_range_by_chance(data: bytes) -> Parsed:
    """[+-.]: a comma lies between + and ."""
    return _change(b"+.", b"+-.", data)


@mutant("parse_request", "target")
def without_a_fragment(data: bytes) -> Parsed:
    """no # in a target"""
    return _change(b"[!-~]", b'[!"$-~]', data)


@mutant("parse_request", "grammar")
def up_to_fe(data: bytes) -> Parsed:
    """the last byte of ISO-8859-1 is no part of a value"""
    return _change(rb"\xff", rb"\xfe", data)


@mutant("parse_request", "rest")
def waits_for_the_body(data: bytes) -> Parsed:
    """not complete before its body is"""
    parsed = _parse(data)
    if parsed and len(parsed[3]) < int(parsed[2].get("content-length", 0)):
        return None
    return parsed


@mutant("parse_request", "rest")
def cuts_the_rest(data: bytes) -> Parsed:
    """rest is the body: as many bytes as Content-Length says"""
    parsed = _parse(data)
    if parsed and "content-length" in parsed[2]:
        return (*parsed[:3], parsed[3][: int(parsed[2]["content-length"])])
    return parsed


@mutant("parse_request", "bytes")
def rest_as_text(data: bytes) -> Any:
    """decodes the rest, too"""
    parsed = _parse(data)
    return parsed and (*parsed[:3], parsed[3].decode("latin-1"))


@mutant("parse_request", "never", says="this asks for ValueError")
def looks_at_the_last_line(data: bytes) -> Parsed:
    """while no empty line has come, looks for LF in the last line only"""
    if b"\r\n\r\n" not in data:
        if b"\n" in data.rpartition(b"\r\n")[2]:
            raise ValueError("LF alone")
        return None
    return _parse(data)
