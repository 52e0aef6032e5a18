"""Timelines, as they are drawn."""

from __future__ import annotations

from typing import Any

import pytest

from netlab.lessons import timeline
from tests.view.test_packet_pictures import legend

SAMPLES = [
    (0.0, {"cwnd": 10, "rtt": 0.04, "ssthresh": None}),
    (0.5, {"cwnd": 20, "rtt": 0.05, "ssthresh": 15}),
]


def test_a_timeline() -> None:
    picture = timeline(SAMPLES, "cwnd", "rtt")
    assert repr(picture) == "Congestion window and round-trip time over time."
    one, two = picture.figure.axes
    assert list(one.lines[0].get_xdata()) == [0, 500] and list(one.lines[0].get_ydata()) == [10, 20]
    assert list(one.lines[1].get_ydata()) == [15]  # the threshold, from where on it is known
    assert list(two.lines[0].get_ydata()) == [40, 50] and two.get_ylabel() == "round-trip time\n(ms)"
    both = timeline({"reno": SAMPLES, "cubic": SAMPLES}, "rtt")
    assert (
        legend(both) == ["reno", "cubic"] and both.caption == "Round-trip time of reno and cubic over time."
    )
    assert timeline([(0, {"made_up": 1})], "made_up", caption="Mine.").caption == "Mine."


@pytest.mark.parametrize(
    ("samples", "fields"), [([], ("cwnd",)), (SAMPLES, ()), (SAMPLES, ("nothing",)), ({"a": []}, ("rtt",))]
)
def test_a_timeline_of_nothing(samples: Any, fields: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="needs samples and the fields|No sample has a value 'nothing'"):
        timeline(samples, *fields)
