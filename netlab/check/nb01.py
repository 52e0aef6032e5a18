"""The exercises of notebook 01: ports, the order of the calls, the first server, both ends at once."""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

from .. import servers
from ..wire import RECEIVING
from . import clients, peers, places
from .engine import Case, Hint, case, exercise
from .lab import LOOP, Lab
from .report import Wrong
from .stage import CALLS, perform

ONE_CALL = "1 · One call at a time"
BEFORE_ACCEPT = "2 · Connected before accept"
CLASSIC = "3 · The classic first server"
FOUR_BUGS = "4 · Four hidden bugs"
POSTCARDS = "5 · Postcards beside the pipe"
IN_LINE = "6 · Waiting in line"

Cases = Generator[Case, None, None]


# -- 01-1 --------------------------------------------------------------------------------------------


@exercise(
    "01-1",
    reread=BEFORE_ACCEPT,
    hints={
        "start": Hint(
            "Try to connect. Three things can happen: it works, it is refused, or nothing comes back.",
            "socket.create_connection((host, port), timeout=timeout) raises an OSError unless it works.",
        ),
        "refused": Hint(
            "What does connect do when nobody listens? Your function has to turn that into False.",
            "`except OSError: return False` covers refusal and silence: TimeoutError is an OSError too.",
            misconception=8,
        ),
        "backwards": Hint(
            "What does your way of connecting give when it succeeds? connect_ex gives 0.",
            "`sock.connect_ex(address) == 0` means connected: 0 counts as false, so compare it.",
        ),
        "accepted": Hint(
            "The program is busy. Is the port closed for that?",
            "The kernel connects without the program: connected means open.",
            misconception=17,
        ),
        "default": Hint(
            "setdefaulttimeout changes the timeout of every socket that anybody makes from now on.",
            "Set the timeout of your own socket only.",
        ),
        "quiet": Hint("A connection is all you need to know. Send nothing."),
    },
    outline="with create_connection(..., timeout=timeout): return True. And except OSError: return False.",
    raises={OSError: "refused", socket.gaierror: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "create_connection": "timeout"},
)
def is_port_open(host: str, port: int, timeout: float) -> Cases:
    """Return True if something accepts connections at (host, port), and False if not.

    False means refused, or silent for timeout seconds. host is an IPv4 or IPv6 address. Send nothing, leave
    no socket open, and leave the timeouts of everybody else alone.
    """
    yield case("a server listens", port_asked, places.listening, True, hint="backwards")
    yield case("nobody listens there", port_asked, places.bound, False, hint="refused")
    yield case("a server too busy to call accept", port_asked, places.busy, True, hint="accepted")
    if places.has_ipv6():
        yield case("a server over IPv6", port_asked, lambda: places.listening("::1"), True, hint="family")
        yield case(
            "nobody listens there over IPv6", port_asked, lambda: places.bound("::1"), False, hint="refused"
        )
    yield case("a port that keeps silent", port_asked, places.silent, False, hint="timeout")
    yield case("not a byte is sent", port_asked_quietly, hint="quiet")


def port_asked(lab: Lab, place: Callable[[], AbstractContextManager[Any]], answer: bool) -> None:
    socket.setdefaulttimeout(9.0)  # this program's own: it has to be so afterwards, too
    with place() as (host, port):
        got = lab.call(host, port, 0.2)
    number = isinstance(got, int) and not isinstance(got, bool)  # connect_ex's, perhaps
    lab.equal(got, answer, hint="backwards" if number else None)
    if socket.getdefaulttimeout() != 9.0:
        lab.wrong("afterwards the default timeout of the whole program was another", hint="default")


def port_asked_quietly(lab: Lab) -> None:
    listener = peers.Listener(lab)
    with servers.serve(listener) as server:
        lab.equal(lab.call(server.host, server.port, 0.2), True)
    if listener.heard:
        lab.wrong(f"the server got {bytes(listener.heard)!r}", hint="quiet")


# -- 01-2 --------------------------------------------------------------------------------------------


@exercise(
    "01-2",
    reread=ONE_CALL,
    hints={
        "start": Hint(
            "Play it with two people: one opens a shop, the other comes to buy. Who has to be where?",
            "Server: socket, bind, listen. Client: socket, connect. Only then accept, and then the data.",
        ),
        "same": Hint("Return the same calls, each once, in another order: none added, none left out."),
        "socket": Hint("Every call needs its socket: make it first, and close it last."),
        "bind": Hint(
            "An address is chosen before anybody is told about it.",
            "bind comes before listen: listen on an unbound socket takes a port of the kernel's choice.",
        ),
        "listen": Hint(
            "Who could answer the client, if nobody listens yet?",
            "connect and accept both need listen to have happened.",
        ),
        "accept": Hint(
            "All this runs in one thread. A call that waits for something later waits for ever.",
            "accept waits for a client: so connect comes first. The kernel connects without accept.",
            misconception=17,
            reread=BEFORE_ACCEPT,
        ),
        "recv": Hint(
            "recv waits until there is something to receive. Who has sent it?",
            "Each recv comes after the other side's sendall.",
            misconception=8,
        ),
        "close": Hint("After close a socket is gone. Everything else comes before it."),
    },
    outline="Write down one order that works, as a list; then sorted(calls, key=your_list.index).",
    closes=False,
)
def in_order(calls: list[str]) -> Cases:
    """Return calls in an order in which one thread can make them all, without an error or an endless wait.

    calls is a shuffled list of texts, all or some of these:

        "server: socket", "server: bind", "server: listen", "server: accept",
        "server: recv", "server: sendall", "server: close",
        "client: socket", "client: connect", "client: sendall", "client: recv", "client: close"

    The server's recv, sendall and close are about the connection (close also closes its listener).
    There are several right orders: the kernel is the examiner, and makes your calls one after another.
    """
    yield case("twelve shuffled calls", ordered, CALLS)
    yield case("twelve more", ordered, CALLS)
    yield case(
        "only the client speaks", ordered, [c for c in CALLS if c not in ("server: sendall", "client: recv")]
    )
    yield case(
        "only the server speaks", ordered, [c for c in CALLS if c not in ("client: sendall", "server: recv")]
    )
    yield case("nobody speaks", ordered, [c for c in CALLS if not c.endswith(("sendall", "recv"))])


def ordered(lab: Lab, calls: list[str]) -> None:
    calls = list(calls)
    lab.rng.shuffle(calls)
    got = lab.call(list(calls))
    if not isinstance(got, (list, tuple)) or sorted(map(str, got)) != sorted(calls):
        missing = [c for c in calls if isinstance(got, (list, tuple)) and c not in got]
        said = (
            f"not the calls that you were given: {', '.join(missing)} missing"
            if missing
            else "not the same calls"
        )
        raise Wrong(said, got=got, hint="same" if got is not None else "start")
    perform(lab, list(got))


# -- 01-3 --------------------------------------------------------------------------------------------


@exercise(
    "01-3",
    reread=FOUR_BUGS,
    hints={
        "start": Hint(
            "Two loops: the outer one takes the next client, the inner one talks with it.",
            "Outer: conn, address = listener.accept(). Inner: recv, and sendall the same, until b''.",
            reread=CLASSIC,
        ),
        "promptly": Hint(
            "This client waits for its echo before it goes on. Your server waits for the client. Who moves?",
            "Send each piece back as soon as you have it.",
        ),
        "next": Hint(
            "After one client your server goes home. Others are waiting.",
            "Put all from accept to close into `while True:`. A client that says nothing is a client, too.",
        ),
        "vanish": Hint(
            "A client may vanish in the middle. Then recv or sendall raises a ConnectionError.",
            "Catch it around one conversation, inside the outer loop: the next client is waiting.",
        ),
        "same": Hint("An echo gives back exactly what came, every byte, whatever it means."),
        "ends": Hint(
            "When its listener is closed, accept raises OSError. That is how your server is told to end.",
            "Do not catch the error of accept, or return when it comes.",
        ),
    },
    outline="while True: conn, _ = listener.accept(). With conn: try the inner loop, except ConnectionError.",
    raises={
        ConnectionError: "vanish",
        TimeoutError: "pause",
        OSError: "next",
        TypeError: "bytes",
        UnicodeDecodeError: "bytes",
    },
    stuck={"accept": "close", LOOP: "forever", "returned": "next", "idle": "start"},
)
def echo_server(listener: socket.socket) -> Cases:
    """Serve one client after another, for ever: send back every byte, as it comes.

    listener is a listening TCP socket. When a client has finished sending, close its connection and serve
    the next one. A client that vanishes must not end your server. It ends when accept raises OSError,
    because somebody has closed listener: let the error out, or return.
    """
    yield case("a client says hello and finishes", clients.echoed, b"hello", hint="same")
    yield case("a client in twelve rounds", clients.dialogue, hint="pieces", stuck={"recv": "promptly"})
    yield case("bytes that are not text", clients.echoed, bytes(range(256)), hint="same")
    yield case("300 single bytes", clients.dripped, hint="pieces")
    yield case(
        "100 kB from a client that listens later", clients.echoed, bytes(range(256)) * 400, hint="pieces"
    )
    yield case("1 MB from a client that listens meanwhile", clients.meanwhile, 1_000_000, hint="pieces")
    yield case("a client that stops to think", clients.pausing, 0.3, hint="pause")
    yield case("two clients in turn", clients.in_turn, hint="next", stuck={"recv": "next"})
    yield case("a client after one that left", clients.after_a_leaver, hint="next")
    yield case(
        "a client after one that vanished",
        clients.after_a_vanisher,
        hint="vanish",
        stuck={"returned": "vanish"},
    )
    yield case(
        "a slow reader and a timeout",
        functools.partial(clients.meanwhile, piece=512, SO_SNDBUF=2048, TCP_MAXSEG=100),
        200_000,
        hint="all",
    )


# -- 01-4 --------------------------------------------------------------------------------------------


@exercise(
    "01-4",
    reread=IN_LINE,
    hints={
        "start": Hint(
            "socket.socketpair() gives two connected ends. Who works at the far one while you are here?",
            "A thread at the far end receives and sends back until b''. You send, and receive until b''.",
        ),
        "wire": Hint(
            "The payload has to travel: there through the pair, and back through the pair.",
            "At the far end receive what came and send back what you received.",
        ),
    },
    outline="far end: a thread echoes until b''. Near end: a thread sends and shuts down; you receive.",
    stuck={"sendall": "both", "send": "both", "join": "both", "recv": "finish", LOOP: "forever"},
)
def socketpair_echo(payload: bytes) -> Cases:
    """Send payload into one end of a socket pair, send it back at the other end, and return what came back.

    1 MB has to work. Close both ends, and leave no thread.
    """
    yield case("b'hello'", round_trip, b"hello")
    yield case("nothing at all", round_trip, b"", hint="start")
    yield case("5 kB of any bytes", round_trip, 5_000, hint="pieces")
    yield case("1 MB", round_trip, 1_000_000, hint="pieces")


def round_trip(lab: Lab, payload: bytes | int) -> None:
    if isinstance(payload, int):
        payload = peers.random_bytes(lab.rng, payload)
    got = lab.call(payload)
    lab.equal(got, payload)
    received = sum(event.size or 0 for event in lab.recording if event.call in RECEIVING)
    if received < 2 * len(payload) and not lab.recording.dropped:
        lab.wrong(
            f"{received} bytes went through the pair, and there and back is {2 * len(payload)}", hint="wire"
        )
