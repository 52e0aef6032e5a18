"""The link's model against hand calculations, theory, and a second model written another way."""

from __future__ import annotations

import hashlib
import math
import pickle
from dataclasses import replace
from typing import Any

import pytest

from netlab.link import Fate, Link

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

STORM = Link(0.02, 0.005, 0.05, 4_000_000, 20, 0.02, 0.03, 0.04, 1400, 7)


def crowd(count: int, gap: float = 0.001, size: int = 1000) -> list[tuple[float, int]]:
    return [(k * gap, size) for k in range(count)]


def gone(link: Link, count: int = 5000, direction: str = "out") -> set[int]:
    fates = link.fates(crowd(count, gap=1.0), direction)
    return {k for k, fate in enumerate(fates) if fate.kind == "lost"}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"delay": -1}, "delay=-1: give seconds, 0 or more."),
        ({"delay": math.nan}, "delay=nan: give seconds"),
        ({"delay": math.inf}, "delay=inf: give seconds"),
        ({"delay": "20 ms"}, "delay='20 ms': give seconds"),
        ({"delay": None}, "delay=None: give seconds"),
        ({"delay": True}, "delay=True: give seconds"),
        ({"jitter": -0.1}, "jitter=-0.1: give seconds"),
        ({"jitter": 0.02, "delay": 0.01}, "jitter=0.02 is more than delay=0.01"),
        ({"loss": 5}, r"loss=5: give a fraction from 0 to 1 \(5 % is 0.05\)."),
        ({"loss": -0.1}, "loss=-0.1: give a fraction"),
        ({"loss": (0.1, 4)}, r"loss=\(0.1, 4\): give a fraction"),
        ({"rate": 0}, "rate=0: give bits per second, 1 or more, or None for no limit."),
        ({"rate": -5}, "rate=-5: give bits per second"),
        ({"rate": math.inf}, "rate=inf: .* None for no limit"),
        ({"queue": 5}, "queue=5 without a rate"),
        ({"queue": -1, "rate": 1e6}, "queue=-1: give a whole number of packets"),
        ({"queue": 2.5, "rate": 1e6}, "queue=2.5: give a whole number of packets"),
        ({"reorder": 2, "delay": 1}, "reorder=2: give a fraction"),
        ({"reorder": 0.1}, "reorder=0.1 without a delay"),
        ({"duplicate": 1.5}, "duplicate=1.5: give a fraction"),
        ({"corrupt": -1}, "corrupt=-1: give a fraction"),
        ({"mtu": 67}, "mtu=67: give a whole number of bytes from 68"),
        ({"mtu": 65536}, "mtu=65536: .* to 65535"),
        ({"mtu": 1500.0}, "mtu=1500.0: give a whole number"),
        ({"seed": "rain"}, "seed='rain': give a whole number."),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises((ValueError, TypeError), match=sentence):
        Link(**wrong)


def test_a_link_without_weather_delivers_at_once() -> None:
    assert list(Link().fates([(1.5, 100), (1.5, 1500)])) == [
        Fate("delivered", (1.5,)),
        Fate("delivered", (1.5,)),
    ]


def test_one_seed_gives_the_same_fates_on_every_system_and_version() -> None:
    digest = hashlib.sha256()
    for direction in ("out", "back"):
        for fate in STORM.fates(crowd(20_000, gap=0.0021, size=1400), direction):
            digest.update(repr(tuple(fate)).encode())
    assert digest.hexdigest()[:16] == "c886866fc4224899"


def test_other_seeds_and_directions_are_other_weather() -> None:
    link = Link(loss=0.1)
    sets = [
        gone(link),
        gone(link, direction="back"),
        gone(replace(link, seed=1)),
        gone(replace(link, seed=-1)),
    ]
    for k, one in enumerate(sets):
        for other in sets[k + 1 :]:
            # Independent sets of 500 in 5000 share 50; the bound is four standard deviations away.
            assert len(one & other) < 85


@pytest.mark.parametrize(
    "other",
    [
        {"delay": 0.5},
        {"delay": 0.5, "jitter": 0.1},
        {"rate": 1e6},
        {"duplicate": 0.3},
        {"corrupt": 0.3},
        {"delay": 0.2, "reorder": 0.3},
    ],
    ids=str,
)
def test_no_other_feature_changes_which_packets_are_lost(other: dict[str, Any]) -> None:
    assert gone(Link(loss=0.1, seed=3, **other)) == gone(Link(loss=0.1, seed=3)) != set()


def test_dropped_packets_do_not_move_the_losses_of_the_others() -> None:
    free = gone(Link(loss=0.2, seed=3), 200)
    fates = list(Link(loss=0.2, seed=3, rate=8000, queue=3).fates(crowd(200, gap=0.3)))
    reached = {k for k, fate in enumerate(fates) if fate.kind != "queue full"}
    assert 0 < len(reached) < 200
    assert {k for k, fate in enumerate(fates) if fate.kind == "lost"} == free & reached


def test_more_loss_loses_the_same_packets_and_others() -> None:
    assert gone(Link(loss=0.05)) < gone(Link(loss=0.1)) < gone(Link(loss=0.3))
    assert gone(Link(loss=1)) == set(range(5000))


def test_the_weather_can_change_and_the_random_numbers_stay_in_step() -> None:
    state = Link(loss=0.2).start()
    kinds = []
    for k in range(3000):
        if k == 1000:
            state.change(Link(delay=0.5, rate=1e9, loss=0.0, corrupt=0.1))
        if k == 2000:
            state.change(Link(loss=0.2))
        kinds.append(state.admit(float(k), 100).kind)
    lost = {k for k, kind in enumerate(kinds) if kind == "lost"}
    assert lost == {k for k in gone(Link(loss=0.2)) if k < 1000 or 2000 <= k < 3000}
    assert "corrupted" in kinds
    assert state.count == 3000


def test_a_changed_seed_is_the_other_seeds_weather_from_there_on() -> None:
    state = Link(loss=0.2, seed=1).start()
    for k in range(500):
        state.admit(float(k), 100)
    state.change(Link(loss=0.2, seed=2))
    lost = {k for k in range(500, 5000) if state.admit(float(k), 100).kind == "lost"}
    assert lost == {k for k in gone(Link(loss=0.2, seed=2)) if k >= 500}


def test_a_change_leaves_the_queue_as_it_is() -> None:
    state = Link(rate=8000, queue=5).start()
    for _ in range(3):
        state.admit(0.0, 1000)  # a second each
    state.change(Link(rate=16000, queue=1))
    assert state.admit(0.0, 1000).kind == "queue full"
    assert state.admit(2.5, 1000) == Fate("delivered", (3.5,), None, 0.5)


# --- how much, against theory ---


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("loss", [0.001, 0.01, 0.05, 0.3, 0.9])
def test_independent_loss_is_within_three_sigma(loss: float, seed: int) -> None:
    count = 40_000
    lost = len(gone(Link(loss=loss, seed=seed), count))
    assert abs(lost - loss * count) < 3 * math.sqrt(count * loss * (1 - loss))


@pytest.mark.parametrize("feature", ["reorder", "duplicate", "corrupt"])
def test_each_fraction_is_within_three_sigma(feature: str) -> None:
    count, share = 40_000, 0.07
    link = Link(delay=0.1, **{feature: share})  # type: ignore[arg-type]
    name = {"reorder": "reordered", "duplicate": "duplicated", "corrupt": "corrupted"}[feature]
    hits = sum(fate.kind == name for fate in link.fates(crowd(count)))
    assert abs(hits - share * count) < 3 * math.sqrt(count * share * (1 - share))


# --- when ---


@pytest.mark.parametrize(
    ("rate", "size"), [(1_000_000, 1500), (10_000_000, 999), (3_333_333, 71), (56_000, 1)]
)
def test_the_rate_is_exact(rate: int, size: int) -> None:
    fates = list(Link(delay=0.02, rate=rate).fates([(0.0, size)] * 5000))
    for k, fate in enumerate(fates):
        assert abs(fate.due[0] - (0.02 + (k + 1) * size * 8 / rate)) < 1e-9
        assert abs(fate.queued - k * size * 8 / rate) < 1e-9


def test_an_idle_link_sends_at_once() -> None:
    fates = Link(rate=8000).fates([(0.0, 1000), (5.0, 1000), (5.5, 500), (7.0, 1000)])
    assert [(fate.due, fate.queued) for fate in fates] == [
        ((1.0,), 0.0),
        ((6.0,), 0.0),
        ((6.5,), 0.5),
        ((8.0,), 0.0),
    ]


def test_the_queue_drops_exactly_what_the_hand_calculation_says() -> None:
    # One packet takes a second; two may wait.
    table = [
        (0.0, "delivered", 1.0),  # is sent
        (0.1, "delivered", 2.0),  # waits
        (0.2, "delivered", 3.0),  # waits
        (0.3, "queue full", None),
        (0.9, "queue full", None),
        (1.0, "delivered", 4.0),  # the first has gone at this very time, so there is room
        (1.5, "queue full", None),
        (2.5, "delivered", 5.0),
        (2.5, "queue full", None),
        (9.0, "delivered", 10.0),
    ]
    fates = Link(rate=8000, queue=2).fates((time, 1000) for time, _, _ in table)
    assert [(fate.kind, fate.due) for fate in fates] == [
        (kind, (due,) if due else ()) for _, kind, due in table
    ]


def test_a_queue_of_none_at_exactly_the_full_rate_drops_nothing() -> None:
    """k * 0.001 and the sum of k times 0.001 differ in the last digit: that must not count."""
    fates = Link(rate=8_000_000, queue=0).fates(crowd(20_000, gap=0.001, size=1000))
    assert {fate.kind for fate in fates} == {"delivered"}
    fates = Link(rate=8_000_000, queue=0).fates(crowd(20_000, gap=0.0005, size=1000))
    assert sum(fate.kind == "queue full" for fate in fates) == 10_000


def test_a_lost_packet_still_took_its_time_on_the_link() -> None:
    fates = list(Link(rate=8000, loss=1).fates([(0.0, 1000)]))
    assert fates == [Fate("lost")]
    state = Link(rate=8000, loss=1).start()
    state.admit(0.0, 1000)
    state.change(Link(rate=8000))
    assert state.admit(0.0, 1000).due == (2.0,)


def test_jitter_is_even_and_keeps_the_order() -> None:
    dues = [
        fate.due[0] - k for k, fate in enumerate(Link(delay=0.1, jitter=0.02).fates(crowd(20_000, gap=1.0)))
    ]
    assert 0.08 <= min(dues) < 0.0801 and 0.1199 < max(dues) <= 0.12
    assert abs(sum(dues) / len(dues) - 0.1) < 3 * 0.02 / math.sqrt(3 * len(dues))
    close = [fate.due[0] for fate in Link(delay=0.1, jitter=0.02).fates(crowd(2000, gap=0.001))]
    assert close == sorted(close)


def test_a_reordered_packet_is_one_delay_late_and_holds_nobody_up() -> None:
    fates = list(Link(delay=0.1, jitter=0.01, reorder=0.2).fates(crowd(3000, gap=0.01)))
    plain = list(Link(delay=0.1, jitter=0.01).fates(crowd(3000, gap=0.01)))
    for fate, without in zip(fates, plain, strict=True):
        late = 0.1 if fate.kind == "reordered" else 0.0
        assert fate.due == pytest.approx((without.due[0] + late,))


def test_a_duplicated_packet_arrives_twice_and_takes_the_link_once() -> None:
    fates = list(Link(rate=8000, duplicate=1).fates([(0.0, 1000), (0.0, 1000)]))
    assert fates == [Fate("duplicated", (1.0, 1.0)), Fate("duplicated", (2.0, 2.0), None, 1.0)]


def test_corruption_turns_any_bit() -> None:
    bits = [fate.flip for fate in Link(corrupt=0.5).fates(crowd(20_000, size=2)) if fate.kind == "corrupted"]
    counts = [bits.count(bit) for bit in range(16)]
    assert sum(counts) == len(bits)
    assert all(abs(count - len(bits) / 16) < 4 * math.sqrt(len(bits) / 16) for count in counts)
    assert [fate.flip for fate in Link(corrupt=1).fates(crowd(9, size=0))] == [None] * 9


def test_what_is_larger_than_the_mtu_is_dropped_before_the_queue() -> None:
    fates = list(Link(rate=8000, mtu=1000).fates([(0.0, 1001), (0.0, 1000)]))
    assert fates == [Fate("too big"), Fate("delivered", (1.0,))]


def test_two_links_make_an_asymmetric_path() -> None:
    out, back = Link(delay=0.01, rate=8000).start("out"), Link(delay=0.2, loss=1).start("back")
    assert out.admit(0.0, 1000).due == (1.01,)
    assert back.admit(0.0, 1000).kind == "lost"
    assert out.admit(0.0, 1000).due == (2.01,)
    assert back.count == 1


def test_time_does_not_go_back() -> None:
    state = Link().start()
    state.admit(2.0, 100)
    with pytest.raises(ValueError, match="give packets in order of time"):
        state.admit(1.0, 100)
    assert state.count == 1


def test_links_compare_and_travel() -> None:
    assert Link(delay=1) == Link(delay=1.0) and hash(Link(delay=1)) == hash(Link(delay=1.0))
    assert pickle.loads(pickle.dumps(STORM)) == STORM
    assert type(Link(rate=8, queue=1).rate) is float


# --- any weather, against a second model ---

fractions = st.sampled_from([0.0, 0.1, 0.5, 1.0]) | st.floats(0, 1)
delays = st.floats(0, 2)


@st.composite
def links(draw: Any) -> Link:
    delay = draw(delays)
    rate = draw(st.none() | st.integers(1, 10**9))
    return Link(
        delay,
        delay * draw(st.floats(0, 1)),
        draw(fractions),
        rate,
        draw(st.none() | st.integers(0, 9)) if rate else None,
        draw(fractions) if delay else 0.0,
        draw(fractions),
        draw(fractions),
        draw(st.integers(68, 2000)),
        draw(st.integers()),
    )


packets = st.lists(st.tuples(st.floats(0, 3), st.integers(0, 2000)), max_size=60).map(sorted)


@hypothesis.given(links(), packets)
def test_the_promises_hold_in_any_weather(link: Link, sent: list[tuple[float, int]]) -> None:
    fates = list(link.fates(sent))
    assert fates == list(link.fates(sent))
    in_order = []
    for (time, size), fate in zip(sent, fates, strict=True):
        assert len(fate.due) == {"lost": 0, "queue full": 0, "too big": 0, "duplicated": 2}.get(
            fate.kind, len(fate.due) if fate.kind == "corrupted" else 1
        )
        assert (fate.kind == "too big") == (size > link.mtu)
        assert fate.flip is None or (fate.kind == "corrupted" and 0 <= fate.flip < size * 8)
        assert fate.queued >= 0
        for due in fate.due:
            assert due >= time + fate.queued + link.delay - link.jitter - 1e-9
        if fate.kind == "delivered":
            in_order.append(fate.due[0])
    assert in_order == sorted(in_order)


@hypothesis.given(st.integers(0, 4), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=30))
def test_rate_and_queue_agree_with_a_router_that_sends_byte_by_byte(
    queue: int, sent: list[tuple[int, int]]
) -> None:
    """The second model steps through the milliseconds and sends one byte in each, as 8000 bit/s do."""
    sent = sorted(sent)
    expected: list[tuple[float, ...]] = [()] * len(sent)
    inside: list[list[int]] = []  # [index, bytes left]; the first is being sent
    for tick in range(60 + 30 * 20 + 1):
        for index, (time, size) in enumerate(sent):
            if time == tick and len(inside) <= queue:
                inside.append([index, size])
        if inside:
            inside[0][1] -= 1
            if inside[0][1] == 0:
                expected[inside.pop(0)[0]] = ((tick + 1) / 1000,)
    fates = list(Link(rate=8000, queue=queue).fates((time / 1000, size) for time, size in sent))
    assert [fate.due for fate in fates] == [pytest.approx(due) for due in expected]
