"""The hints of notebook 07, by exercise, and the sections that they send to."""

from __future__ import annotations

from ..hints import Hint

SAYS = "1 · What a browser says"
ANATOMY = "2 · The anatomy of a message"
END = "3 · Where does a body end?"
MANY = "4 · One connection, many requests"
CLIENT = "5 · http.client, piece by piece"
CONDITIONS = "6 · Redirects, cookies, conditions"
TWICE = "7 · Do not ask twice"

PARSE_REQUEST = {
    "start": Hint(
        "Where does a head end? What does find give while that has not come?",
        'end = data.find(b"\\r\\n\\r\\n"). Before it: the request line and one line for each field.',
    ),
    "part": Hint(
        "Half a head is not wrong. It is not complete. How does your function see the difference?",
        'if b"\\r\\n\\r\\n" is not in data: return None, before you look at any line.',
        misconception=1,
        reread=SAYS,
    ),
    "rest": Hint(
        "What comes behind the empty line is not the head's. It may hold empty lines, too.",
        'head, _, rest = data.partition(b"\\r\\n\\r\\n"): only the first empty line counts.',
        misconception=1,
    ),
    "name": Hint(
        "Host, HOST and host are one name. The values keep their capitals.",
        "headers[name.lower()] = value.",
    ),
    "value": Hint(
        "A value may hold colons and spaces, and may be empty. Where do you cut, and what do you strip?",
        'name, colon, value = line.partition(b":"): the first colon only. Then value.strip(b" \\t").',
    ),
    "latin": Hint(
        "In ISO-8859-1 each byte is a character. Which of them do strip and splitlines take for blanks?",
        'Split and strip bytes, not text: head.split(b"\\r\\n"), value.strip(b" \\t"). Then decode.',
        misconception=5,
    ),
    "several": Hint(
        "The same name comes again. What happens to the value that your dict had for it?",
        'If the name is there: headers[name] += ", " + value.',
    ),
    "version": Hint(
        "Host is asked for from HTTP/1.1 on. Which version is this, and which digits may it have?",
        'version.startswith("HTTP/1.") and one digit behind it. Count Hosts only if that digit is not 0.',
    ),
    "host": Hint(
        "For which site is this request? With no Host, or with two, two readers may answer differently.",
        'Count the lines whose name is "host": from HTTP/1.1 on there has to be one.',
    ),
    "newline": Hint(
        "Some readers end a line at LF alone, others do not. Attackers live between the two.",
        'Split at b"\\r\\n" only. A b"\\n" that is left in a line, or in front of one, is a ValueError.',
    ),
    "never": Hint(
        "This head has no empty line, and never will. Your function waits for more. Who tells the client?",
        'Before you return None: is there a b"\\n" without b"\\r" in front of it?',
        reread=SAYS,
    ),
    "folded": Hint(
        "A line that begins with a space once went on with the line before. RFC 9112 says: refuse it.",
        'if line[:1] in (b" ", b"\\t"): raise ValueError. The pattern for names does that by itself.',
    ),
    "spaced": Hint(
        "For one reader `Host : a` is a Host, for another it is something else. Did you strip the name?",
        "Do not strip a name: compare it with its pattern as it is.",
    ),
    "line": Hint(
        "The first line has three parts and two spaces. What does split() do with more, or with a tab?",
        "One pattern for the whole line, and fullmatch: method, one space, target, one space, version.",
    ),
    "token": Hint(
        "Which characters may a name have, and how many at least?",
        're.fullmatch(rb"[!#$%&\'*+\\-.^_`|~0-9A-Za-z]+", name): in bytes, where ö is no letter.',
    ),
    "control": Hint(
        "A NUL or a CR inside a value may be the end of it for the next program. Do you look for them?",
        "Every byte of a value is 0x09, or 0x20 to 0x7e, or from 0x80 on.",
    ),
    "grammar": Hint(
        "One byte was changed. Say which sentence of the contract decides about it.",
        "Patterns and fullmatch, one for the first line and one for the others, decide all of it.",
    ),
}
READ_BODY = {
    "start": Hint(
        "Three ways to say where a body ends. Which one does this message use?",
        "First look for transfer-encoding, then for content-length; with neither, read until b''.",
    ),
    "alive": Hint(
        "The body is complete, and you wait for more. The server waits too: for your next request.",
        "Stop at the end of the body. Only a body with neither field ends with the stream.",
        misconception=36,
        reread=MANY,
    ),
    "chunks": Hint(
        "Look at the bytes: a size, a line end, so many bytes, a line end. Which of them are the body?",
        "line, then int(line, 16) bytes, then two bytes CR LF, again and again until the size is 0.",
    ),
    "empty": Hint(
        "Nothing is missing from a body of no bytes. Does your function still call recv?",
        "Test before you receive: while len(buffer) < n.",
    ),
    "buffer": Hint(
        "Some bytes came together with the head. Where are they now?",
        "buffer holds them: receive only while buffer has too few bytes, and add what comes to buffer.",
        misconception=1,
        reread=SAYS,
    ),
    "rest": Hint(
        "Whose are the bytes behind the body? Somebody will look for them: in buffer, or in the socket.",
        "body = bytes(buffer[:n]), then del buffer[:n]: the same object, with all the rest.",
        misconception=1,
        reread=MANY,
    ),
    "pieces": Hint(
        "One recv may bring half a size line, or three chunks. Does your function wait for what it needs?",
        "One helper: receive into buffer until a whole line, or n bytes, are there. Use it everywhere.",
        misconception=2,
    ),
    "hex": Hint(
        "A chunk's size 1b is how many bytes?",
        "int(size, 16): hexadecimal, in small or capital letters, with zeros in front or not.",
    ),
    "skip": Hint(
        "Behind a size there may be an extension, and behind the last chunk trailers. Do you step over them?",
        'size = line.partition(b";")[0]. After size 0: lines until the empty one.',
    ),
    "data": Hint(
        "A chunk's data may hold anything: CR LF, zeros, sizes. Do you search in it?",
        "Never search in data, split it or decode it: the size has told you how many bytes to take.",
    ),
    "end": Hint(
        "Neither field is there. What does the server do to say that the body is complete?",
        "It closes: receive until b'', and return all of it, with what was in buffer.",
    ),
    "word": Hint(
        "CHUNKED and chunked are one word here.",
        'headers["transfer-encoding"].lower() == "chunked".',
    ),
    "forever": Hint(
        "After the end recv returns b'' at once, every time. Does your loop notice?",
        "if not data: raise EOFError, while something is missing.",
        misconception=7,
    ),
    "short": Hint(
        "The stream has ended, and the body has not. Half a page is no page: who finds out, if not you?",
        "b'' from recv while something is missing is an EOFError: in data, sizes and trailers.",
        misconception=7,
    ),
    "two": Hint(
        "Two fields say where the body ends. You believe one, the proxy before you the other. What then?",
        'if "transfer-encoding" in headers and "content-length" in headers: raise ValueError.',
        misconception=37,
    ),
    "digits": Hint(
        "int() takes more than digits: signs, underscores, spaces. Would every other program take them?",
        're.fullmatch("[0-9]+", text), and only then int(text).',
    ),
    "coding": Hint(
        "The body is coded in a way that you do not know. Can you say where it ends?",
        'Anything else than "chunked" is a ValueError. `"chunked" in value` is true for other codings, too.',
    ),
    "size": Hint(
        "int(size, 16) takes more than hexadecimal digits. What do +5, 0x5 and 0_5 give?",
        're.fullmatch(rb"[0-9A-Fa-f]{1,16}", size), and only then int(size, 16).',
    ),
    "behind": Hint(
        "A size ends with CR LF, and so do its bytes. You took something else for that.",
        'After the data compare the next two bytes with b"\\r\\n". LF alone is wrong, too.',
    ),
    "broken": Hint(
        "A reset is not an end: nobody knows how much is missing.",
        "Do not catch ConnectionError here.",
        misconception=12,
    ),
    "reserve": Hint(
        "Five bytes made you ask for 10¹². Who chose that number?",
        "recv(min(missing, 65536)), and keep what comes. No bytearray(n), no recv(n) for an n from outside.",
    ),
    "own": Hint(
        "http.client has this in it. Here you find out how it works: use the socket and the buffer only.",
    ),
}
