"""Hints, and those that every exercise shares: what goes wrong with sockets goes wrong everywhere."""

from __future__ import annotations


class Hint:
    """Steps from a nudge to nearly the answer, and the misconception behind the error."""

    def __init__(self, *steps: str, misconception: int | None = None, reread: str | None = None) -> None:
        self.steps, self.misconception, self.reread = steps, misconception, reread


COMMON = {
    "pieces": Hint(
        "One recv returns what has arrived by now: perhaps a first piece. When have you got everything?",
        "Call recv in a loop until it returns b'', whatever the sizes of the pieces.",
        misconception=2,
    ),
    "short": Hint(
        "A short piece is not the last piece.",
        "Only b'' says that the other side has finished: leave the loop for no other reason.",
        misconception=3,
    ),
    "pause": Hint(
        "The other side stopped to think, and you took it for the end. How long may somebody think?",
        "Silence is not the end: only b'' is. Do without a short timeout, or go on after it.",
        misconception=8,
    ),
    "forever": Hint(
        "After the end recv returns b'' at once, every time. Does your loop notice?",
        "if not data: break. An empty bytes object means that the other side has finished.",
        misconception=7,
    ),
    "decode": Hint(
        "In UTF-8 one character may be several bytes, and a recv may end between them.",
        "Keep bytes until the end, and decode once, when you have them all.",
        misconception=5,
    ),
    "bytes": Hint(
        "A socket carries bytes, not text. What turns the one into the other?",
        'text.encode("utf-8") makes bytes, data.decode("utf-8") text. What need not be text stays bytes.',
        misconception=6,
    ),
    "all": Hint(
        "send() may take only a part, and says how much. Does anybody look?",
        "sendall() goes on until everything is sent.",
        misconception=9,
    ),
    "both": Hint(
        "A pipe holds some hundred kB. When it is full, sendall waits for a reader. Who reads?",
        "While one end sends, somebody has to read at that same end what comes back: two threads.",
        misconception=14,
    ),
    "finish": Hint(
        "The other side waits for the end of what you send. How do you say that you have finished?",
        "sock.shutdown(socket.SHUT_WR) after the last byte: the other side gets b'', you still receive.",
        misconception=13,
    ),
    "close": Hint(
        "Who closes the socket when all is over, or when something went wrong?",
        "`with sock:` closes it at the end of the block, errors and returns included.",
        misconception=35,
    ),
    "thread": Hint("You started a thread. Is it over when you return?", "thread.join() waits for its end."),
    "timeout": Hint(
        "Without a timeout a call may wait for minutes, or for ever.",
        "sock.settimeout(seconds) before the call, for this one socket.",
        misconception=26,
    ),
    "family": Hint(
        "socket.socket() makes an IPv4 socket, and IPv6 addresses have four parts. This host is ::1.",
        "create_connection((host, port)) finds out which family the address has.",
        misconception=21,
    ),
}
