"""The exercises of notebook 05: what a handshake costs, how old news gets, which protocol, newest first."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ..engine import Case, Hint, case, exercise
from ..lab import LOOP
from . import choosing, newest, transfers

HELLO = "1 · What hello costs"
FILE = "2 · Job one: move a file"
READINGS = "3 · Job two: fifty readings a second"
YOU = "4 · You are the network"
WEATHER = "5 · Change the weather"
WHICH = "6 · Which one?"

Cases = Generator[Case, None, None]


# -- 05-1 --------------------------------------------------------------------------------------------


@exercise(
    "05-1",
    reread=HELLO,
    hints={
        "start": Hint(
            "Draw the ladder. Which packet has to wait for which, and what does each wait cost?",
            "Three parts: the handshake, the sending time of n bytes, the way of the last bit.",
        ),
        "bits": Hint(
            "n counts bytes. What does rate count?",
            "A byte is 8 bits: sending n bytes takes 8 * n / rate seconds.",
            reread=FILE,
        ),
        "handshake": Hint(
            "When may a TCP client send its first byte of data? What has to come back before that?",
            "SYN there, SYN-ACK back: connect costs one rtt before the first byte leaves.",
        ),
        "third": Hint(
            "A handshake has three packets. For how many of them does the client wait?",
            "The client waits for SYN and SYN-ACK: one rtt. Its data follows its ACK at once.",
        ),
        "udp": Hint(
            "Which packets does UDP send before the first datagram?",
            "None: sendto puts the datagram on the way at once. There is no handshake to pay for.",
        ),
        "way": Hint(
            "rtt is there and back. How far does the last bit of the data have to travel?",
            "The last bit leaves when all is sent, and needs rtt / 2 to get there. Nobody waits for an ACK.",
        ),
        "division": Hint(
            "How many seconds do 10 bytes take? Less than one.",
            "Divide with /: // and int() throw the fraction of a second away.",
        ),
        "sending": Hint(
            "A link puts one bit after another on the wire. How long does that take for all of them?",
            "The sending time is 8 * n / rate, once, for both protocols.",
            reread=FILE,
        ),
    },
    outline="seconds = 8 * n / rate + rtt / 2; for TCP one rtt more.",
    raises={ZeroDivisionError: "division"},
)
def transfer_time(n: int, rtt: float, rate: float, protocol: str) -> Cases:
    """Return the seconds from the client's first call until the server has received all n bytes.

    n is 1 or more bytes, rtt the round trip time in seconds, rate the link's bits per second.
    protocol "tcp": the client calls connect, then sendall. "udp": it calls sendto for one datagram
    after another, without a pause.

    The link is empty and loses nothing, and each direction takes rtt / 2. Only data costs sending time:
    count 0 for headers and for packets without data. TCP may send all n bytes without waiting for an ACK.
    """
    yield case("a real TCP transfer", transfers.really, "tcp", hint="start")
    yield case("a real UDP transfer", transfers.really, "udp", hint="start")
    yield case("one byte far away over TCP", transfers.predicted, 1, 0.6, 1e9, "tcp", hint="way")
    yield case("one byte far away over UDP", transfers.predicted, 1, 0.6, 1e9, "udp", hint="way")
    yield case(
        "1 MB next door over TCP", transfers.predicted, 1_000_000, 0.0, 10_000_000, "tcp", hint="sending"
    )
    yield case(
        "1 MB next door over UDP", transfers.predicted, 1_000_000, 0.0, 10_000_000, "udp", hint="sending"
    )
    yield case("ten links of any kind", transfers.any_links, hint="start")


# -- 05-2 --------------------------------------------------------------------------------------------


@exercise(
    "05-2",
    reread=READINGS,
    hints={
        "start": Hint(
            "Draw the age over time. It grows by one second each second. When does it fall, and to what?",
            "Sort by arrival. Between two arrivals the age is a straight line: its area, and its top.",
        ),
        "late": Hint(
            "A reading that was overtaken arrives after a newer one. Does the receiver know more now?",
            "Keep the greatest sent time so far: max(newest, sent). An older one leaves the age as it is.",
        ),
        "unsorted": Hint(
            "In which order are the pairs? The contract says: in any.",
            "for sent, arrived in sorted(arrivals, key=lambda pair: pair[1])",
        ),
        "delay": Hint(
            "Delay is one reading's time on the way. Between two readings, what happens to the age?",
            "Age at time t is t - sent of the newest that has arrived: it grows until the next one comes.",
        ),
        "samples": Hint(
            "An age that lasted a second counts more than one that lasted a millisecond.",
            "Weight by time: the area under the age, divided by the length of the interval.",
        ),
        "peak": Hint(
            "When is the age greatest: after a fresh reading has arrived, or right before?",
            "The top of each line is its end: arrived - newest, before you look at the new reading.",
        ),
        "interval": Hint(
            "From when to when do you measure? Before the first arrival there is no age at all.",
            "From the first arrival to the last one: divide by that length.",
        ),
    },
    outline="In order of arrival: area += (a + b) / 2 * (b - a), a and b the ages at both ends of the line.",
    raises={ZeroDivisionError: "interval"},
)
def age_meter(arrivals: list[tuple[float, float]]) -> Cases:
    """Return (average, peak): how old the receiver's newest reading is, in seconds.

    arrivals is a list of pairs (sent, arrived), in seconds on one clock, in any order; lost readings are not
    in it. At a time t, the age is t - s, where s is the latest sent time among the readings that have arrived
    by then. So a reading that arrives after a newer one changes nothing.

    Measure from the first arrival to the last one. average is over time: the area under the age, divided by
    the length of that interval. peak is the greatest age in it, and an age is greatest at the moment before a
    newer reading arrives. There are at least two different arrival times.
    """
    aged = transfers.aged
    yield case("fifty readings without a loss", aged, transfers.steady, hint="start")
    yield case("seven readings in a row are lost", aged, transfers.gap, hint="samples")
    yield case("pairs in any order", aged, transfers.shuffled, hint="unsorted")
    yield case("two readings that were overtaken", aged, transfers.overtaken, hint="late")
    yield case("an old reading comes last of all", aged, transfers.straggler, hint="late")
    yield case("a clock that began long ago", aged, transfers.later, hint="interval")
    yield case("any weather", aged, transfers.any_weather, hint="late")
    yield case("a real run over UDP with losses", aged, transfers.real_readings, hint="late")


# -- 05-3 --------------------------------------------------------------------------------------------


@exercise(
    "05-3",
    reread=WHICH,
    hints={
        "start": Hint(
            "Ask of each application: what is worse, a piece that is missing or a piece that is late?",
            "Missing is worse: TCP. Late is worse: UDP. Parts that need not wait for each other: QUIC.",
        ),
        "answer": Hint('Return two texts: a protocol and a reason, like ("tcp", "complete").'),
        "complete": Hint(
            "UDP does not repair a loss. Can this application live with a hole?",
            "Every byte has to arrive: TCP numbers, acknowledges and sends again.",
            reread=FILE,
        ),
        "fresh": Hint(
            "TCP repairs a loss before it delivers what came after it. Who waits meanwhile?",
            "What comes late is worthless here: UDP loses it, and delivers the next one at once.",
            reread=READINGS,
        ),
        "no handshake": Hint(
            "One question, one answer. How many round trips does each protocol need for that?",
            "TCP spends a round trip on hello. UDP asks at once; if no answer comes, ask again.",
            reread=HELLO,
        ),
        "independent": Hint(
            "One TCP connection is one line of bytes. One loss, and who stands in the line behind it?",
            "Streams that do not wait for each other, each complete: QUIC.",
        ),
        "needless": Hint(
            "The rival did the job as well. What do you gain?",
            "For one stream of bytes QUIC does what TCP does: choose the plain one.",
        ),
        "faster": Hint(
            "Same link, same bytes. Does a wire look at the protocol number to decide its speed?",
            "No packet travels faster than another. UDP only waits for less.",
            reread=HELLO,
        ),
    },
    outline="Two of the six want TCP, three UDP, one QUIC. Run it: the report says what happened.",
)
def choose(application: str) -> Cases:
    """Return (protocol, reason): what you choose for this application, and your defense.

    application is one of:

        "software update"  300 pieces; every one has to be there, however long it takes
        "chat"             every message has to be there, in the order in which it was written
        "voice call"       50 pieces a second; what comes later than 0.1 s is useless, a few may be missing
        "player position"  30 times a second where a player is now; only the latest one counts
        "name lookup"      one small question to a stranger, without delay; asked again if no answer comes
        "web page"         20 pictures at once; each has to be complete, and is shown as soon as it is

    protocol is "tcp" (one connection), "udp" (each datagram once) or "quic" (one connection, in which each
    picture has a stream of its own). The examiner runs the application through 0.04 s each way and 10 % loss,
    over your choice and over its rival: UDP if you choose "tcp", else TCP. Your choice has to do the job, its
    rival has to fail, and reason says what goes wrong with the rival:

        "complete"      some pieces are missing for ever
        "fresh"         what is new waits until something old has been repaired
        "no handshake"  a round trip passes before the first byte of data
        "independent"   a part that is complete waits for a loss in another part
        "faster"        its packets take longer on the way
    """
    for application in choosing.APPLICATIONS:
        yield case(application, choosing.defended, application)


# -- 05-4 --------------------------------------------------------------------------------------------


@exercise(
    "05-4",
    reread=READINGS,
    hints={
        "start": Hint(
            "What do you have to remember? The newest reading, when it was sent, whether it was confirmed.",
            "One loop around net.wait. Reading: send it. Ack of the newest: rest. Timeout: send it again.",
        ),
        "at once": Hint(
            "A new reading has come. What are you waiting for?",
            "Send each new reading at once, whether or not the one before is acknowledged.",
        ),
        "again": Hint(
            "A datagram, or its ack, may be lost. How does the sender notice, and what then?",
            "No ack for 0.2 s: send the newest reading again, and again, until its ack comes.",
            misconception=25,
        ),
        "outdated": Hint(
            "There is a newer reading. Who still wants the old one?",
            "Forget an unconfirmed reading the moment that a newer one comes.",
        ),
        "enough": Hint(
            "The receiver has confirmed this reading. What is left to do?",
            "After the ack of the newest, wait with net.wait(None): nothing is due until something happens.",
        ),
        "old ack": Hint(
            "An ack has a number. Is it the number of the newest reading?",
            "Acks can be late, too: only `number == newest` confirms the newest.",
            reread=YOU,
        ),
        "patience": Hint(
            "How long does an ack take? Before that, sending again only fills the link.",
            "Send again when 0.2 s have passed since you last sent it, not earlier.",
        ),
        "deadline": Hint(
            "Your 0.2 s begin again with each wait. What if something else happens every 0.1 s?",
            "Keep the time: due = net.now + 0.2 when you send, and wait(max(0, due - net.now)).",
            misconception=26,
        ),
        "end": Hint(
            "The sensor has stopped. When is your job done?",
            'Return when both are true: "end" has come, and the newest reading is acknowledged.',
        ),
        "value": Hint("net.send(number, value) takes both as the reading brought them."),
    },
    outline="Variables: newest, value, due (None when confirmed), ended. Return when ended and due is None.",
    raises={newest.Nothing: "end", newest.TooMuch: "start", TypeError: "value"},
    stuck={LOOP: "end", "wait": "end"},
    closes=False,
)
def newest_first(net: Any) -> Cases:
    """Carry a sensor's readings over datagrams so that the newest one always gets through.

    net is the sensor and the network in one. Its clock is a virtual one: nobody really waits.

        kind, number, value = net.wait(seconds)   the next thing that happens, within so many seconds:
            "reading"   the sensor measured: value is bytes, numbers count 1, 2, 3, ...
            "ack"       the receiver has got the reading with this number (value is None)
            "end"       the sensor will send no further reading; acks may still come (both are None)
            "timeout"   nothing happened (both are None). With net.wait(None) this never comes.
        net.send(number, value)   send one datagram; it may be lost, and so may its ack
        net.now                   the time in seconds

    Send each reading at once, when it comes. When 0.2 s have passed since you last sent the newest reading
    and it is not acknowledged, send it again. Never send a reading again when there is a newer one, or when
    it is acknowledged. Acks may come late, twice, or in another order. Return when "end" has come and the
    newest reading is acknowledged. There is at least one reading, and "end" comes after the last one.
    """
    yield case("three readings and no loss", newest.carried, 3, hint="start")
    yield case("the last reading is lost twice", newest.carried, 3, {2, 3}, hint="again")
    yield case("the ack of the last reading is lost", newest.carried, 3, (), {2}, hint="again")
    yield case("readings that come more quickly than acks", newest.fast, hint="outdated")
    yield case("an old ack comes after a new reading", newest.old_ack, hint="old ack")
    yield case("old acks every 0.15 s", newest.chatter, hint="deadline")
    yield case("a slow sensor", newest.slow_sensor, hint="again")
    yield case("the end comes before the last ack", newest.ended_early, hint="end")
    yield case("any weather", newest.any_weather, hint="outdated")
