"""What the examiners of notebook 05 work with: three protocols, ages, a network on a virtual clock."""

from __future__ import annotations

import random
import statistics
import time

import pytest

from netlab.lessons.nb05 import e1_transfer_time, protocols, sensor_net
from netlab.lessons.nb05.e2_age_meter import ages
from netlab.lessons.nb05.e3_choose import APPLICATIONS, SEEDS
from netlab.lessons.nb05.protocols import PROTOCOLS

ENDS = {  # application: what goes wrong over tcp, udp, quic
    "software update": (None, "complete", None),
    "chat": (None, "complete", None),
    "voice call": ("fresh", None, "fresh"),
    "player position": ("fresh", None, "fresh"),
    "name lookup": ("no handshake", None, "no handshake"),
    "web page": ("independent", "complete", None),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_seed_ends_as_the_lesson_says(name: str) -> None:
    for seed in range(SEEDS):
        faults = [APPLICATIONS[name].over(protocol, seed) for protocol in PROTOCOLS]
        assert tuple(fault and fault.reason for fault in faults) == ENDS[name], f"seed {seed}: {faults}"


def test_tcp_delivers_in_order_and_quic_each_stream() -> None:
    pieces = [(0.01 * i, 1 + i % 3) for i in range(120)]
    tcp, quic = protocols.run("tcp", pieces, 5), protocols.run("quic", pieces, 5)
    tcp_times = [piece.delivered or 0.0 for piece in tcp]
    assert tcp_times == sorted(tcp_times) and all(tcp_times)
    quic_times = [piece.delivered or 0.0 for piece in quic]
    assert quic_times != sorted(quic_times) and all(quic_times)
    for stream in (1, 2, 3):
        own = [piece.delivered or 0.0 for piece in quic if piece.stream == stream]
        assert own == sorted(own)


def test_a_round_trip_before_the_first_byte() -> None:
    first = {
        p: next(r for s in range(99) if (r := protocols.run(p, [(0.0, 1)], s)[0]).delivered)
        for p in PROTOCOLS
    }
    assert first["udp"].delivered == pytest.approx(protocols.DELAY)
    assert first["tcp"].delivered == first["quic"].delivered == pytest.approx(3 * protocols.DELAY)


def test_ages_agree_with_a_look_every_tenth_of_a_millisecond() -> None:
    rng = random.Random(7)
    pairs = [(i / 50, i / 50 + rng.choice([0.02, 0.03, 0.2])) for i in range(60)]
    begin, end = min(a for _, a in pairs), max(a for _, a in pairs)
    looks = [begin + (i + 0.5) * 0.0001 for i in range(round((end - begin) / 0.0001))]
    seen = [t - max(sent for sent, arrived in pairs if arrived <= t) for t in looks]
    average, peak = ages(pairs)
    assert average == pytest.approx(statistics.fmean(seen), rel=1e-3)
    assert peak == pytest.approx(max(seen), abs=2e-4)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_measurement_and_model_agree_wherever_it_was_measured(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = e1_transfer_time.model(*e1_transfer_time.TRANSFER, protocol)
    step, took, _ = e1_transfer_time.measure(protocol)
    assert 0 < step < took and took == pytest.approx(model, rel=0.1)
    monkeypatch.setattr(e1_transfer_time, f"over_{protocol}", lambda: (0.5, 5.0))  # a very busy machine
    step, took, where = e1_transfer_time.measure(protocol)
    assert "recorded" in where and took == pytest.approx(model, rel=0.1)


def test_a_busy_machine_is_not_measured_until_the_case_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    def slow() -> tuple[float, float]:
        time.sleep(0.9)
        runs.append("once")
        return 0.5, 5.0

    monkeypatch.setattr(e1_transfer_time, "over_udp", slow)
    assert "recorded" in e1_transfer_time.measure("udp")[2] and runs == ["once"]


def test_the_net_is_quick_and_exact() -> None:
    net = sensor_net.Net([0.1, 0.18], 0.5, lost={1})
    assert net.wait(0.05) == ("timeout", None, None) and net.now == 0.05
    assert net.wait(None) == ("reading", 1, net.values[0]) and net.now == 0.1
    net.send(1, net.values[0])
    assert net.wait(1) == ("reading", 2, net.values[1])
    net.send(2, net.values[1])
    assert net.wait(-1) == ("timeout", None, None)
    assert net.wait(1) == ("ack", 1, None) and net.now == 0.2
    assert net.wait(None) == ("end", None, None) and net.now == 0.5
    with pytest.raises(sensor_net.Nothing):
        net.wait(None)
    assert [entry.lost for entry in net.log if entry.kind == "send"] == [False, True]


def test_the_net_ends_those_who_never_end() -> None:
    net = sensor_net.Net([0.1], 0.5)
    with pytest.raises(sensor_net.Nothing):
        while True:
            net.wait(1.0)
    net = sensor_net.Net([0.1], 0.5)
    with pytest.raises(sensor_net.TooMuch):
        while True:
            net.wait(0)
