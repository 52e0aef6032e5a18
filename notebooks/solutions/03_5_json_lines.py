"""03-5: bytes to lines, lines to text, text to values, each as soon as it is whole."""

import json


def json_lines(sock):
    for number, line in enumerate(lines_of(sock), 1):
        if not line.strip():  # nothing but spaces, or the CR of CR LF
            continue
        try:
            # A whole line can be decoded: no character is cut in two here.
            value = json.loads(line.decode("utf-8"))
        except ValueError as error:  # UnicodeDecodeError and JSONDecodeError, too
            raise ValueError(f"line {number}: {error}") from error
        yield value


def lines_of(sock):
    """The lines as bytes. Not str.splitlines: it would split at U+2028, too."""
    buffer = bytearray()
    while chunk := sock.recv(4096):
        buffer += chunk
        *lines, buffer = buffer.split(b"\n")  # the last part is not whole yet
        yield from lines
    if buffer:
        yield buffer  # the last line, ended by the end of the stream
