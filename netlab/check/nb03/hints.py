"""The hints of notebook 03, by exercise, and the sections that they send to."""

from __future__ import annotations

from ..hints import COMMON, Hint

WHERE = "1 · Where did my messages go?"
RECV = "2 · recv gives what is there"
SEND = "3 · send takes what fits"
FRAMES = "4 · Where does a message end?"
FULL = "5 · The full pipe"
ENDINGS = "6 · Four endings"


def _common(key: str, reread: str) -> Hint:
    """A hint that all exercises share, with a section of this notebook."""
    return Hint(*COMMON[key].steps, misconception=COMMON[key].misconception, reread=reread)


READ_EXACT = {
    "start": Hint(
        "How many bytes are missing before the first recv? And after it?",
        "A loop: while bytes are missing, recv, and add what came.",
    ),
    "pause": _common("pause", ENDINGS),
    "pieces": Hint(
        "recv(10) may return 1 byte. What do you do with the other nine?",
        "Call recv in a loop, until you have n bytes together.",
        misconception=2,
    ),
    "more": Hint(
        "After the n bytes comes somebody else's message. May you take it?",
        "Each recv asks for what is still missing: sock.recv(n - len(data)).",
        misconception=1,
        reread=WHERE,
    ),
    "forever": Hint(
        "After the end recv returns b'' at once, every time. Does your loop notice?",
        "if not chunk: raise EOFError(...).",
        misconception=7,
        reread=ENDINGS,
    ),
    "missing": Hint(
        "The stream has ended too early. The caller wants to know: how many bytes did not come?",
        'raise EOFError(f"{n - len(data)} bytes missing").',
        misconception=7,
        reread=ENDINGS,
    ),
    "zero": Hint(
        "Nothing is missing from the start. Does your function still call recv?",
        "Test before you receive: `while len(data) < n:` does nothing for n = 0.",
    ),
}

EXCHANGE = {
    "start": Hint(
        "Two halves: send one frame, receive one frame. What of it have you written already?",
        "Your read_exact: 4 bytes, then as many as they say. Only the clean end needs more thought.",
    ),
    "pause": _common("pause", ENDINGS),
    "forever": Hint(
        "After the end recv returns b'' at once, every time. Does your loop notice?",
        "if not chunk: the stream has ended, between two frames or inside one.",
        misconception=7,
        reread=ENDINGS,
    ),
    "frame": Hint(
        "Before the payload come exactly 4 bytes that say how long it is.",
        'len(payload).to_bytes(4, "big") + payload.',
    ),
    "order": Hint(
        "You sent the bytes of the length in the order of your processor. What does the contract say?",
        'struct.pack("!I", n), or n.to_bytes(4, "big"): "!" and "big" put the most significant first.',
        misconception=42,
    ),
    "all": _common("all", SEND),
    "header": Hint(
        "4 bytes are not many. May a stream cut them all the same?",
        "Receive the header with the same loop as the body.",
        misconception=2,
        reread=RECV,
    ),
    "pieces": Hint(
        "The header says how many bytes come. How many does one recv bring?",
        "Receive in a loop until you have as many as the header said.",
        misconception=2,
        reread=RECV,
    ),
    "next": Hint(
        "Two answers came in one chunk. What happens to the second one if you take it now?",
        "Ask for what is missing and no more: sock.recv(missing).",
        misconception=1,
        reread=WHERE,
    ),
    "empty": Hint(
        "An answer of length 0 has come, and it is whole. What is its payload?",
        "Return b'', which is not None. Nothing is missing after the header: call no recv.",
    ),
    "clean": Hint(
        "The stream ended between two frames. Is that an error? What does the contract say?",
        "No byte of the header has come: return None.",
        reread=ENDINGS,
    ),
    "middle": Hint(
        "The stream ended inside a frame. Is what you have an answer?",
        "b'' while bytes are missing, after the first one: raise EOFError.",
        misconception=7,
        reread=ENDINGS,
    ),
    "limit": Hint(
        "Who chose this length? Somebody at the other end. What is the most that you would take?",
        "if length > limit: raise ValueError, between the header and the body.",
    ),
    "reserve": Hint(
        "4 bytes from a stranger made you reserve memory. When do you look at the limit?",
        "Compare with limit first. Only then bytearray(length) or recv(length).",
    ),
    "unsigned": Hint(
        "The length 2³²−1 was -1 for you. Can a length be negative?",
        'Unsigned: struct.unpack("!I", ...) with a big I, or int.from_bytes(header, "big").',
    ),
}

READ_LINE = {
    "start": Hint(
        "Where may the next line be already, before you call recv?",
        "First look into buffer. Only if there is no whole line in it: recv, and look again.",
    ),
    "pause": _common("pause", ENDINGS),
    "forever": Hint(
        "After the end recv returns b'' at once, every time. Does your loop notice?",
        "if not chunk: return None, or raise EOFError if buffer holds half a line.",
        misconception=7,
        reread=ENDINGS,
    ),
    "pieces": Hint(
        "There is no b'\\n' in what has come. Is it a line?",
        "buffer += sock.recv(4096) in a loop, until b'\\n' is in buffer.",
        misconception=1,
        reread=WHERE,
    ),
    "rest": Hint(
        "recv brought more than this line. Where does the next call find it, and only it?",
        "`buffer = rest` makes a new object, which the caller never sees. "
        "Change the caller's own: buffer += chunk, del buffer[: end + 1].",
        misconception=1,
    ),
    "wait": Hint(
        "The line was in buffer already. You waited for the socket, and the peer for you. Who moves?",
        "Search first, receive only while there is no b'\\n' in buffer.",
    ),
    "empty": Hint(
        "An empty line is b'', the end of the stream is None. Does your code tell them apart?",
        "`if not line` is true for both, and find() gives 0 for an empty line: compare with -1.",
    ),
    "ended": Hint(
        "The stream has ended, and buffer is empty: there is no further line. What then?",
        "if not chunk: return None if buffer is empty, else raise EOFError.",
        reread=ENDINGS,
    ),
    "inside": Hint(
        "The stream ended before the b'\\n'. Is that a line?",
        "if not chunk and buffer: raise EOFError. Half a line may mean something else than the whole.",
        reread=ENDINGS,
    ),
    "bytes": Hint(
        "A line is bytes, and only b'\\n' ends it. Did you decode, strip, or split at something else?",
        "line = bytes(buffer[:end]), where end = buffer.find(b'\\n').",
    ),
    "limit": Hint(
        "How long is the longest line that you may return? And if a longer one is there already?",
        "The length of the line counts: end > limit, or no b'\\n' and len(buffer) > limit.",
    ),
    "count": Hint(
        "Many short lines are in buffer. Is one of them too long?",
        "Search for b'\\n' first. len(buffer) counts only if there is none.",
    ),
    "flood": Hint(
        "Somebody sends and sends, and never a b'\\n'. When do you stop gathering?",
        "After each recv without b'\\n': if len(buffer) > limit: raise ValueError.",
    ),
}

UPLOAD = {
    "start": Hint(
        "How does the server know that you have sent all? And how do you know that it has answered all?",
        "Connect, sendall, shutdown(SHUT_WR), receive until b'', close: each side hears b'' from the other.",
    ),
    "pause": _common("pause", ENDINGS),
    "pieces": _common("pieces", RECV),
    "short": _common("short", RECV),
    "all": _common("all", SEND),
    "same": Hint("Did the server get data, every byte of it and nothing else? Send it as it is."),
    "half": Hint(
        "You have closed both directions, and the answer had not come yet. Which one do you still need?",
        "shutdown(SHUT_WR) ends your direction only. close() and SHUT_RDWR end both.",
        misconception=13,
    ),
    "both": Hint(
        "The server echoes while it reads. Nobody takes its echo, so it stops reading. Who waits?",
        "A thread sends and then shuts down SHUT_WR. Meanwhile you receive until b''. Then join().",
        misconception=14,
        reread=FULL,
    ),
    "broken": Hint(
        "The connection broke in the middle, and you returned what you had. Can the caller tell?",
        "Do not swallow ConnectionError. In a thread: keep it, and raise it after join().",
        misconception=12,
    ),
    "early": Hint(
        "The server answered before it had read everything. Is its answer less complete for that?",
        "When recv returns b'', the answer is there: return it.",
    ),
}

JSON_LINES = {
    "start": Hint(
        "Bytes to lines, lines to text, text to values. What must be whole before the next step?",
        "Keep a buffer as in read_line, or take lines from sock.makefile('rb'). yield, not return.",
    ),
    "pause": _common("pause", ENDINGS),
    "forever": _common("forever", ENDINGS),
    "pieces": Hint(
        "A piece from recv may be half a line, or two and a half. What do you do with the halves?",
        "Gather bytes in a buffer. Cut whole lines from it, and leave the rest there.",
        misconception=1,
        reread=WHERE,
    ),
    "decode": Hint(
        "In UTF-8 one character may be several bytes. Where may a recv end?",
        "Cut at b'\\n' first: a whole line of bytes can be decoded.",
        misconception=5,
    ),
    "blank": Hint(
        "A line of nothing but spaces or b'\\r' holds no value. What does json.loads make of it?",
        "if not line.strip(): continue.",
    ),
    "last": Hint(
        "After the last line came no newline, but the end. Is something left in your buffer?",
        "After the loop: what is left is the last line.",
        reread=ENDINGS,
    ),
    "newline": Hint(
        "A text may hold a character that str.splitlines() takes for the end of a line. What do you split?",
        "Split the bytes at b'\\n', and at nothing else.",
    ),
    "values": Hint(
        '0, false, null, "" and [] are values too. Does your code ask `if value`?',
        "Skip blank lines before json.loads, and yield everything that it gives.",
    ),
    "promptly": Hint(
        "The value was complete. You waited for more, and the peer for you. Who moves?",
        "yield each value as soon as its line is whole: no list, no reading to the end first.",
    ),
    "invalid": Hint(
        "A line was not JSON, and you passed over it. Does the caller find out?",
        "try json.loads(line), except ValueError: raise ValueError(f'line {number}: ...').",
    ),
    "number": Hint(
        "Which line is it, counted from 1, blank ones included? JSONDecodeError knows one line only.",
        "for number, line in enumerate(lines, 1). UnicodeDecodeError is a ValueError too.",
    ),
}
