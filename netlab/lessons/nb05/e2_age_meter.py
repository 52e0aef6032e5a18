"""Exercise 05-2: age_meter."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import transfers


@exercise(raises={ZeroDivisionError: "interval"})
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
