"""07-1: a head, complete or not, right or wrong: two patterns, and no guessing."""

import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
LINE = re.compile(rb"(" + TOKEN + rb") ([!-~]+) HTTP/1\.([0-9])")
# \x20 to \x7e and \x80 to \xff, and the tab: everything but control characters.
FIELD = re.compile(rb"(" + TOKEN + rb"):([\t\x20-\x7e\x80-\xff]*)")


def parse_request(data):
    head, end, rest = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    # All that is left of CR and LF stands alone. A CR at the very end may still get its LF.
    if any(b"\n" in line for line in lines):
        raise ValueError("a LF without a CR before it")
    if not end:
        return None
    first = LINE.fullmatch(lines[0])
    if not first:
        raise ValueError(f"no request line: {lines[0]!r}")
    headers, hosts = {}, 0
    for line in lines[1:]:
        field = FIELD.fullmatch(line)
        if not field:
            raise ValueError(f"no field: {line!r}")
        name = field[1].decode("ascii").lower()
        value = field[2].strip(b" \t").decode("latin-1")
        hosts += name == "host"
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if hosts != 1 and first[3] != b"0":
        raise ValueError(f"{hosts} Host fields")
    return first[1].decode("ascii"), first[2].decode("ascii"), headers, rest
