"""Happy Eyeballs: a staggered race between addresses, timed, and drawn with a lane for each attempt."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from ...check.places import family_of
from ...view.kit import Picture, dress, plot
from ...view.kit.theme import CLIENTS, INK, MUTED, NOTE, POINT, TEXT

PATIENCE = 5.0  # s, after which the race ends without a winner
LANE, ROOM = 34, 132  # CSS pixels


@dataclass
class Attempt:
    """One address, and when its connect began and ended, in seconds of the race."""

    address: tuple[str, int]
    began: float
    ended: float = 0.0
    outcome: str = "given up"  # "connected", "refused", or given up when another one had won


@dataclass
class Race:
    """`attempts` in the order in which they began; `seconds` until one was connected."""

    delay: float
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def winner(self) -> Attempt | None:
        return next((attempt for attempt in self.attempts if attempt.outcome == "connected"), None)

    @property
    def seconds(self) -> float:
        """Raises ValueError if nobody won."""
        if self.winner is None:
            raise ValueError("Nobody won this race: no address answered.")
        return self.winner.ended


def run_race(addresses: Sequence[tuple[str, int]], delay: float) -> Race:
    """Connect to the addresses as RFC 8305, section 5, describes; `delay` in seconds. All sockets are closed.

    ValueError for no address.
    """
    if not addresses:
        raise ValueError("run_race() needs one address at least.")
    race, waiting, begun = Race(delay), list(addresses), time.monotonic()
    with ExitStack() as stack:
        open_: dict[socket.socket, Attempt] = {}
        due = 0.0
        while (waiting or open_) and (now := time.monotonic() - begun) < PATIENCE:
            if waiting and (now >= due or not open_):
                address = waiting.pop(0)
                sock = stack.enter_context(socket.socket(family_of(address[0])))
                sock.setblocking(False)
                open_[sock] = Attempt(address, now)
                race.attempts.append(open_[sock])
                sock.connect_ex(address)
                due = now + delay
            patience = due - (time.monotonic() - begun) if waiting else PATIENCE - now
            # Windows reports a refused connect in the third list.
            ready = select.select([], list(open_), list(open_), max(0.0, patience))
            for sock in {*ready[1], *ready[2]}:
                attempt = open_.pop(sock)
                attempt.ended = time.monotonic() - begun
                if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    attempt.outcome = "connected"
                    for other in open_.values():
                        other.ended = attempt.ended
                    return race
                attempt.outcome, due = "refused", 0.0
    for attempt in open_.values():
        attempt.ended = time.monotonic() - begun
    return race


def race_lanes(race: Race) -> Picture:
    """Draw a lane for each attempt on one time axis: when it began, and how it ended."""
    attempts = race.attempts
    unanswered = sum(attempt.outcome == "given up" for attempt in attempts)
    with plot(height=ROOM + LANE * len(attempts)) as (figure, (axes,)):
        end = 1000 * max(attempt.ended for attempt in attempts)
        for lane, attempt in enumerate(attempts):
            won = attempt.outcome == "connected"
            color = CLIENTS[0] if won else MUTED
            begin, stop = 1000 * attempt.began, 1000 * attempt.ended
            axes.plot([begin, stop], [lane, lane], color=color, lw=9 * POINT, solid_capstyle="butt",
                      alpha=1 if won else 0.45)  # fmt: skip
            axes.plot([begin], [lane], color=color, marker="o", ms=8 * POINT, mec=INK)
            mark = {"connected": "✓ connected", "refused": "✗ refused"}.get(
                attempt.outcome, "no answer, given up"
            )
            axes.text(stop + end * 0.012, lane, mark, va="center", fontsize=NOTE * POINT, color=INK)
        labels = [f"address {number}" for number in range(1, len(attempts) + 1)]
        axes.set_yticks(range(len(attempts)), labels)
        for lane in range(1, len(attempts)):
            axes.axvline(1000 * lane * race.delay, color=MUTED, lw=POINT, ls=":")
        axes.set_xlim(-end * 0.02, end * 1.28)
        axes.set_ylim(len(attempts) - 0.4, -0.6)
        axes.set_title(
            f"dotted: a new attempt each {1000 * race.delay:g} ms",
            fontsize=TEXT * POINT,
            color=MUTED,
            loc="left",
        )
        dress(axes, "time since the race began (ms)", "", bottom=None)
        axes.grid(False)  # it would hide the dotted lines
    winner = race.winner
    place = f"Attempt {attempts.index(winner) + 1} of {len(attempts)}" if winner else "Nobody"
    dead = f"; {unanswered} before it had no answer and were given up" if winner and unanswered else ""
    return Picture(figure, f"{place} was connected{dead}.")
