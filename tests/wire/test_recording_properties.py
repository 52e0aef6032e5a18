"""Flows lose and invent no byte; the text does not depend on which thread was faster."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from netlab.wire import Event, Recording

from .story import SERVER, Story

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")
given = hypothesis.given

pieces = st.lists(st.integers(1, 40), max_size=12)


def content(total: int) -> bytes:
    return bytes(i % 251 for i in range(total))


@given(sent=pieces, taken=pieces, seed=st.integers(0, 9))
def test_flows_conserve_bytes(sent: list[int], taken: list[int], seed: int) -> None:
    total, story, choose = sum(sent), Story(), random.Random(seed)
    story.connection(1, 2, (2, 1, 3))
    stream, at, offset = content(total), 0, 0
    given_away: list[tuple[int, Event]] = []
    while sent or (taken and offset < at):
        if sent and (offset == at or not taken or choose.random() < 0.5):
            size = sent.pop()
            given_away.append((at, story.send(1, 2, stream[at : at + size])))
            at += size
        else:
            size = min(taken.pop(), at - offset)
            story.recv(2, 3, stream[offset : offset + size])
            offset += size
    flows = Recording(story.events).flows()
    assert sum(f.size for f in flows) == offset
    start = {e.time: where for where, e in given_away}
    position: dict[float, int] = {}
    got = b""
    for flow in flows:
        used = position.get(flow.sent.time, 0)
        first = start[flow.sent.time] + used
        got += stream[first : first + flow.size]
        position[flow.sent.time] = used + flow.size
        assert flow.sent.size is not None and used + flow.size <= flow.sent.size
    assert got == stream[:offset]
    for received in (e for e in story.events if e.call == "recv"):
        assert sum(f.size for f in flows if f.received.time == received.time) == received.size


Step = tuple[Event, list[int]]  # an event, and the steps of other threads that it needs


def a_program(talks: list[list[tuple[int, int]]], in_threads: bool) -> list[list[Step]]:
    """Threads of a program: one client per talk (bytes there, bytes back), a server, perhaps its handlers."""
    threads: list[list[Step]] = []
    accepting = 90
    server: list[Step] = []
    counter = 0

    def step(steps: list[Step], *needs: int, **fields: object) -> int:
        nonlocal counter
        event = Event(time=counter, started=counter, actor="", **fields)  # type: ignore[arg-type]
        steps.append((event, list(needs)))
        counter += 1
        return counter - 1

    listening = step(server, call="listen", socket=1, local=SERVER, thread=accepting, asked=9)
    ready = listening
    for i, talk in enumerate(talks):
        client: list[Step] = []
        handler: list[Step] = [] if in_threads else server
        local, mine, its = ("127.0.0.1", 5000 + i), 10 + i, 50 + i
        who, other = (
            {"thread": 1 + i, "socket": mine},
            {"thread": 91 + i if in_threads else accepting, "socket": its},
        )
        connected = step(client, listening, ready, call="connect", local=local, peer=SERVER, **who)
        ready = accepted = step(
            server,
            connected,
            call="accept",
            socket=1,
            thread=accepting,
            local=SERVER,
            peer=local,
            accepted=its,
        )
        for there, back in talk:
            data, answer = content(there), content(back)[::-1]
            sent = step(client, call="send", asked=there, size=there, data=data, **who)
            step(handler, sent, accepted, call="recv", asked=99, size=there, data=data, **other)
            sent = step(handler, call="send", asked=back, size=back, data=answer, **other)
            step(client, sent, call="recv", asked=99, size=back, data=answer, **who)
        closed = step(client, call="close", **who)
        step(handler, closed, accepted, call="recv", asked=99, size=0, data=b"", **other)
        step(handler, call="close", **other)
        threads += [client, handler] if in_threads else [client]
    return [server, *threads]


def one_run(threads: list[list[Step]], choose: random.Random) -> list[Event]:
    """The events in an order that could have been, with times to match."""
    todo, done = [list(t) for t in threads], set()
    events: list[Event] = []
    while any(todo):
        able = [t for t in todo if t and all(n in done for n in t[0][1])]
        event, _ = choose.choice(able).pop(0)
        done.add(int(event.time))
        now = float(len(events) + 1)
        events.append(replace(event, time=now, started=now - 0.5))
    return events


talks = st.lists(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=3), min_size=1, max_size=4
)


@given(talks=talks, in_threads=st.booleans(), seed=st.integers(0, 1000))
def test_the_text_is_the_same_for_every_run(
    talks: list[list[tuple[int, int]]], in_threads: bool, seed: int
) -> None:
    threads, choose = a_program(talks, in_threads), random.Random(seed)
    one, other = (Recording(one_run(threads, choose)) for _ in range(2))
    assert str(one) == str(other)
    assert one.actors == other.actors


@given(talks=talks, in_threads=st.booleans(), seed=st.integers(0, 1000))
def test_the_order_is_one_that_could_have_been(
    talks: list[list[tuple[int, int]]], in_threads: bool, seed: int
) -> None:
    recording = Recording(one_run(a_program(talks, in_threads), random.Random(seed)))
    ordered = recording.in_order()
    place = {id(e): i for i, e in enumerate(ordered)}
    assert len(place) == len(recording)
    last: dict[int, float] = {}
    for event in ordered:
        assert event.time > last.get(event.thread, 0.0)
        last[event.thread] = event.time
    for flow in recording.flows():
        assert place[id(flow.sent)] < place[id(flow.received)]
    for cause, effect in recording.links():
        assert place[id(cause)] < place[id(effect)]
    assert len(recording.links()) == 2 * len(talks)
    assert sum(f.size for f in recording.flows()) == sum(
        there + back for talk in talks for there, back in talk
    )


@given(
    sizes=st.lists(st.integers(0, 30), max_size=30), lost=st.sets(st.integers(0, 29)), seed=st.integers(0, 99)
)
def test_each_datagram_arrives_at_most_once(sizes: list[int], lost: set[int], seed: int) -> None:
    story = Story()
    sent = [
        story.add(1, "sendto", 1, asked=n, size=n, data=bytes([i] * n), peer=SERVER, stream=False)
        for i, n in enumerate(sizes)
    ]
    arrived = [e for i, e in enumerate(sent) if i not in lost]
    random.Random(seed).shuffle(arrived)
    for e in arrived:
        story.add(2, "recvfrom", 2, asked=99, size=e.size, data=e.data, local=SERVER, stream=False)
    flows = Recording(story.events).flows()
    assert [(f.received.data, f.size) for f in flows] == [(e.data, e.size) for e in arrived]
    assert all(f.sent.data == f.received.data for f in flows)
    assert len({id(f.sent) for f in flows}) == len(flows)
