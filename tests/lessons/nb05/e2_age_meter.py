"""05-2 age_meter: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

from collections.abc import Callable

from ..registry import mutant, right

Pairs = list[tuple[float, float]]


@right("age_meter")
def by_events(arrivals: Pairs) -> tuple[float, float]:
    """keeps only those that made the receiver younger"""
    ordered = sorted(arrivals, key=lambda pair: pair[::-1])
    fresh = [ordered[0]]
    fresh += [p for i, p in enumerate(ordered) if i and p[0] > max(sent for sent, _ in ordered[:i])]
    ends = [arrived for _, arrived in fresh[1:]] + [ordered[-1][1]]
    area = sum(((e - s) ** 2 - (a - s) ** 2) / 2 for (s, a), e in zip(fresh, ends, strict=True))
    peak = max(e - s for (s, _), e in zip(fresh, ends, strict=True))
    return area / (ordered[-1][1] - ordered[0][1]), peak


def _age(
    arrivals: Pairs,
    order: Callable[[Pairs], Pairs] = lambda pairs: sorted(pairs, key=lambda pair: pair[1]),
    newest: Callable[[float, float], float] = max,
) -> tuple[float, float, float]:
    """Area, length and peak, with one thing exchanged."""
    (known, begin), *rest = order(arrivals)
    start, area, peak = begin, 0.0, 0.0
    for sent, arrived in rest:
        area += ((begin - known) + (arrived - known)) / 2 * (arrived - begin)
        peak = max(peak, arrived - known)
        begin, known = arrived, newest(known, sent)
    return area, begin - start, peak


@mutant("age_meter", "late")
def last_arrived(arrivals: Pairs) -> tuple[float, float]:
    """the last one that arrived counts, however old"""
    area, length, peak = _age(arrivals, newest=lambda _, sent: sent)
    return area / length, peak


@mutant("age_meter", "interval")
def leaves_old_ones_out(arrivals: Pairs) -> tuple[float, float]:
    """stops the clock at the last reading that was news"""
    ordered = sorted(arrivals, key=lambda pair: pair[1])
    news = [p for i, p in enumerate(ordered) if all(p[0] > q[0] for q in ordered[:i])]
    area, length, peak = _age(news)
    return area / length, peak


@mutant("age_meter", "unsorted")
def as_they_come(arrivals: Pairs) -> tuple[float, float]:
    """does not sort"""
    area, length, peak = _age(arrivals, order=list)
    return area / length, peak


@mutant("age_meter", "unsorted")
def by_sent(arrivals: Pairs) -> tuple[float, float]:
    """sorts by the time of sending"""
    area, length, peak = _age(arrivals, order=sorted)
    return area / length, peak


@mutant("age_meter", "delay")
def delays(arrivals: Pairs) -> tuple[float, float]:
    """average and greatest delay"""
    times = [arrived - sent for sent, arrived in arrivals]
    return sum(times) / len(times), max(times)


@mutant("age_meter", "samples")
def samples(arrivals: Pairs) -> tuple[float, float]:
    """the mean of the ages right before each arrival"""
    ordered = sorted(arrivals, key=lambda pair: pair[1])
    tops, newest = [], ordered[0][0]
    for sent, arrived in ordered[1:]:
        tops.append(arrived - newest)
        newest = max(newest, sent)
    return sum(tops) / len(tops), max(tops)


@mutant("age_meter", "samples")
def middles(arrivals: Pairs) -> tuple[float, float]:
    """the mean of the lines' middles, each line counted once"""
    ordered = sorted(arrivals, key=lambda pair: pair[1])
    begin, newest = ordered[0][1], ordered[0][0]
    lines, peak = [], 0.0
    for sent, arrived in ordered[1:]:
        lines.append((begin + arrived) / 2 - newest)
        peak = max(peak, arrived - newest)
        begin, newest = arrived, max(newest, sent)
    return sum(lines) / len(lines), peak


@mutant("age_meter", "peak", says="the peak is wrong")
def peak_afterwards(arrivals: Pairs) -> tuple[float, float]:
    """the greatest age right after an arrival"""
    area, length, _ = _age(arrivals)
    return area / length, max(arrived - sent for sent, arrived in arrivals)


@mutant("age_meter", "peak")
def the_other_way_round(arrivals: Pairs) -> tuple[float, float]:
    """the longest silence"""
    area, length, _ = _age(arrivals)
    times = sorted(arrived for _, arrived in arrivals)
    return area / length, max(b - a for a, b in zip(times, times[1:], strict=False))


@mutant("age_meter", "interval")
def from_the_first_sent(arrivals: Pairs) -> tuple[float, float]:
    """divides by the time since the first reading was sent"""
    area, _, peak = _age(arrivals)
    return area / (max(a for _, a in arrivals) - min(s for s, _ in arrivals)), peak


@mutant("age_meter", "interval")
def from_zero(arrivals: Pairs) -> tuple[float, float]:
    """divides by the last arrival"""
    area, _, peak = _age(arrivals)
    return area / max(a for _, a in arrivals), peak


@mutant("age_meter", "interval")
def area_only(arrivals: Pairs) -> tuple[float, float]:
    """does not divide at all"""
    area, _, peak = _age(arrivals)
    return area, peak


@mutant("age_meter", "answer")
def average_only(arrivals: Pairs) -> float:
    """returns the average alone"""
    area, length, _ = _age(arrivals)
    return area / length


@mutant("age_meter", "twice")
def one_for_each_reading(arrivals: Pairs) -> tuple[float, float]:
    """a dict by sent time: a copy takes the place of the first to arrive"""
    area, length, peak = _age(list(dict(sorted(arrivals, key=lambda pair: pair[1])).items()))
    return area / length, peak


@mutant("age_meter", "twice")
def one_for_each_moment(arrivals: Pairs) -> tuple[float, float]:
    """a dict by arrival: of two at the same moment one is left"""
    by_time = {arrived: sent for sent, arrived in arrivals}
    area, length, peak = _age([(sent, arrived) for arrived, sent in by_time.items()])
    return area / length, peak


@mutant("age_meter", "zero")
def never_below_zero(arrivals: Pairs) -> tuple[float, float]:
    """begins with 0 as the newest"""
    area, length, peak = _age(arrivals, newest=lambda known, sent: max(known, sent, 0.0))
    return area / length, peak


@mutant("age_meter", "answer", says="return a tuple of two numbers")
def as_a_list(arrivals: Pairs) -> list[float]:
    """returns a list"""
    area, length, peak = _age(arrivals)
    return [area / length, peak]
