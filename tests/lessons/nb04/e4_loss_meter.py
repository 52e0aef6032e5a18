"""04-4 loss_meter: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import itertools
import select
import struct
import time
from typing import Any

from ..registry import mutant, right


def _arrivals(sock: Any, timeout: float, shortest: int = 4) -> Any:
    sock.settimeout(timeout)
    while True:
        try:
            data = sock.recv(65535)
        except TimeoutError:
            return
        if len(data) >= shortest:
            yield int.from_bytes(data[:4], "big")


def _counts(numbers: list[int], count: int) -> dict[str, int]:
    fresh = list(dict.fromkeys(numbers))
    late = sum(number < max(fresh[: i + 1]) for i, number in enumerate(fresh))
    return {
        "received": len(fresh),
        "lost": count - len(fresh),
        "doubled": len(numbers) - len(fresh),
        "late": late,
    }


@right("loss_meter")
def collects_then_counts(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """a list first, the counts afterwards"""
    return _counts(list(_arrivals(sock, timeout)), count)


@right("loss_meter")
def with_select_and_a_table(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """select, and one counter for each number"""
    came, late, highest = [0] * count, 0, -1
    while select.select([sock], [], [], timeout)[0]:
        data = sock.recv(2048)
        if len(data) < 4:
            continue
        (number,) = struct.unpack_from("!I", data)
        came[number] += 1
        late += came[number] == 1 and number < highest
        highest = max(highest, number)
    received = sum(map(bool, came))
    return {"late": late, "doubled": sum(came) - received, "lost": came.count(0), "received": received}


@mutant("loss_meter", "timeout", says="blocked in recv")
def waits_for_all(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """no timeout: waits until count have come"""
    numbers: list[int] = []
    while len(set(numbers)) < count:
        data, _ = sock.recvfrom(65535)
        if len(data) >= 4:
            numbers.append(int.from_bytes(data[:4], "big"))
    return _counts(numbers, count)


@mutant("loss_meter", "silence", says="TimeoutError")
def silence_is_an_error(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """does not catch TimeoutError"""
    sock.settimeout(timeout)
    numbers: list[int] = []
    while True:
        numbers.append(int.from_bytes(sock.recv(65535)[:4], "big"))


@mutant("loss_meter", "silence")
def timeout_is_total(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """timeout counts from the beginning"""
    numbers: list[int] = []
    end = time.monotonic() + timeout
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            data = sock.recv(65535)
        except TimeoutError:
            break
        if len(data) >= 4:
            numbers.append(int.from_bytes(data[:4], "big"))
    return _counts(numbers, count)


@mutant("loss_meter", "silence")
def a_silence_of_its_own(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """waits 0.05 s, whatever timeout is"""
    return _counts(list(_arrivals(sock, 0.05)), count)


@mutant("loss_meter", "silence")
def what_is_there_now(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """does not wait at all: BlockingIOError is the end"""
    sock.setblocking(False)
    numbers = []
    try:
        while True:
            data = sock.recv(65535)
            if len(data) >= 4:
                numbers.append(int.from_bytes(data[:4], "big"))
    except BlockingIOError:
        return _counts(numbers, count)


@mutant("loss_meter", "keys")
def as_a_tuple(sock: Any, count: int, timeout: float) -> Any:
    """returns a tuple"""
    return tuple(_counts(list(_arrivals(sock, timeout)), count).values())


@mutant("loss_meter", "keys")
def only_the_losses(sock: Any, count: int, timeout: float) -> Any:
    """returns lost alone"""
    return {"lost": _counts(list(_arrivals(sock, timeout)), count)["lost"]}


@mutant("loss_meter", "end")
def highest_minus_received(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """lost = highest + 1 - received: misses the last ones"""
    numbers = list(_arrivals(sock, timeout))
    return {**_counts(numbers, count), "lost": max(numbers, default=-1) + 1 - len(set(numbers))}


@mutant("loss_meter", "end", says="ValueError")
def the_highest_of_nothing(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """max() of nothing"""
    numbers = list(_arrivals(sock, timeout))
    at_the_end = count - 1 - max(numbers)
    holes = max(numbers) + 1 - len(set(numbers))
    return {**_counts(numbers, count), "lost": holes + at_the_end}


@mutant("loss_meter", "holes")
def from_the_first_that_came(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """lost = highest - lowest + 1 - received: misses the first ones"""
    numbers = list(_arrivals(sock, timeout))
    span = count - min(numbers, default=0)
    return {**_counts(numbers, count), "lost": span - len(set(numbers))}


@mutant("loss_meter", "holes")
def gaps_are_lost(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """a gap is counted as lost at once, even if it is filled later"""
    numbers, lost, expected = list(_arrivals(sock, timeout)), 0, 0
    for number in numbers:
        lost += max(0, number - expected)
        expected = max(expected, number + 1)
    return {**_counts(numbers, count), "lost": lost + count - expected}


@mutant("loss_meter", "doubled")
def copies_are_received(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """received counts copies too"""
    numbers = list(_arrivals(sock, timeout))
    return {**_counts(numbers, count), "received": len(numbers), "lost": max(0, count - len(numbers))}


@mutant("loss_meter", "copy")
def only_neighbors(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """a copy is only noticed directly behind its original"""
    numbers = list(_arrivals(sock, timeout))
    pairs = sum(a == b for a, b in zip(numbers, numbers[1:], strict=False))
    return {**_counts(numbers, count), "doubled": pairs}


@mutant("loss_meter", "enough", says="you stopped before silence")
def count_datagrams_are_enough(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """stops after count datagrams"""
    return _counts(list(itertools.islice(_arrivals(sock, timeout), count)), count)


@mutant("loss_meter", "enough", says="you stopped before silence")
def all_have_come(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """stops as soon as all numbers have come"""
    numbers: list[int] = []
    for number in _arrivals(sock, timeout):
        numbers.append(number)
        if len(set(numbers)) == count:
            break
    return _counts(numbers, count)


@mutant("loss_meter", "doubled")
def each_number_once_more(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """doubled counts numbers, not datagrams"""
    numbers = list(_arrivals(sock, timeout))
    return {**_counts(numbers, count), "doubled": sum(numbers.count(n) > 1 for n in set(numbers))}


@mutant("loss_meter", "late")
def later_than_the_one_before(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """compares with the number just before"""
    numbers = list(_arrivals(sock, timeout))
    fresh = list(dict.fromkeys(numbers))
    late = sum(b < a for a, b in zip(fresh, fresh[1:], strict=False))
    return {**_counts(numbers, count), "late": late}


@mutant("loss_meter", "copy")
def a_copy_is_late_too(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """an old copy counts as late, too"""
    numbers = list(_arrivals(sock, timeout))
    late = sum(number < max(numbers[: i + 1]) for i, number in enumerate(numbers))
    return {**_counts(numbers, count), "late": late}


@mutant("loss_meter", "runt")
def stops_at_an_empty_one(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """b'' is taken for the end"""
    sock.settimeout(timeout)
    numbers = []
    try:
        while data := sock.recv(65535):
            numbers.append(int.from_bytes(data[:4], "big"))
    except TimeoutError:
        pass
    return _counts(numbers, count)


@mutant("loss_meter", "runt", says="error")
def unpacks_short_ones(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """unpacks a number from datagrams that are too short for one"""
    sock.settimeout(timeout)
    numbers = []
    try:
        while True:
            numbers.append(struct.unpack("!I", sock.recv(65535)[:4])[0])
    except TimeoutError:
        return _counts(numbers, count)


@mutant("loss_meter", "runt")
def a_short_one_is_a_number(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """makes a number of fewer than 4 bytes"""
    return _counts(list(_arrivals(sock, timeout, shortest=0)), count)


@mutant("loss_meter", "order")
def in_the_machines_order(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """the low byte first"""
    numbers = [int.from_bytes(number.to_bytes(4, "big"), "little") for number in _arrivals(sock, timeout)]
    return _counts(numbers, count)


@mutant("loss_meter", "order")
def one_byte_of_four(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """looks at the last byte of the number only"""
    return _counts([number & 255 for number in _arrivals(sock, timeout)], count)


@mutant("loss_meter", "start", says="without `return`")
def measures_nothing(sock: Any, count: int, timeout: float) -> None:
    """pass"""


@mutant("loss_meter", "copy")
def a_short_memory(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """looks for copies among the last fifty numbers only"""
    fresh: list[int] = []
    copies = late = 0
    for number in _arrivals(sock, timeout):
        if number in fresh[-50:]:
            copies += 1
            continue
        late += number < max(fresh, default=-1)
        fresh.append(number)
    return {"received": len(fresh), "lost": count - len(fresh), "doubled": copies, "late": late}


@mutant("loss_meter", "order")
def the_last_two_bytes(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """takes two bytes for the number"""
    return _counts([number & 0xFFFF for number in _arrivals(sock, timeout)], count)


@mutant("loss_meter", "late")
def zero_is_never_late(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """if number and number < highest"""
    numbers = list(_arrivals(sock, timeout))
    right = _counts(numbers, count)
    return {**right, "late": right["late"] - (0 in numbers and numbers[0] != 0)}


@mutant("loss_meter", "silence", says="timeout was 0.4 s, and you returned")
def twice_the_timeout(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """waits twice as long, to be sure"""
    return _counts(list(_arrivals(sock, 2 * timeout)), count)


@mutant("loss_meter", "silence", says="timeout was 0.4 s, and you returned")
def half_the_timeout(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """waits half as long"""
    return _counts(list(_arrivals(sock, timeout / 2)), count)


@mutant("loss_meter", "silence")
def only_news_breaks_silence(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """a copy does not begin the timeout anew"""
    numbers: list[int] = []
    end = time.monotonic() + timeout
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            data = sock.recv(65535)
        except TimeoutError:
            break
        if len(data) < 4:
            continue
        number = int.from_bytes(data[:4], "big")
        if number not in numbers:
            end = time.monotonic() + timeout
        numbers.append(number)
    return _counts(numbers, count)


@mutant("loss_meter", "keys", says="each of the four is an int")
def shares(sock: Any, count: int, timeout: float) -> dict[str, Any]:
    """floats"""
    return {key: float(number) for key, number in _counts(list(_arrivals(sock, timeout)), count).items()}


@mutant("loss_meter", "four")
def more_than_a_number(sock: Any, count: int, timeout: float) -> dict[str, int]:
    """if len(data) <= 4: continue"""
    sock.settimeout(timeout)
    numbers = []
    try:
        while True:
            if len(data := sock.recv(65535)) > 4:
                numbers.append(int.from_bytes(data[:4], "big"))
    except TimeoutError:
        return _counts(numbers, count)
