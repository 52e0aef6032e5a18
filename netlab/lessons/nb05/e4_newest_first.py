"""Exercise 05-4: newest_first."""

from __future__ import annotations

from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import newest


@exercise(
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
