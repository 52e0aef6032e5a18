"""How a connection's numbers changed over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....view.kit import Picture, dress, listing, plot, scaled, steps, upper
from ....view.kit.theme import ERROR, MUTED, NOTE, POINT

FIELDS = {  # of TcpInfo and Queues: name, unit
    "cwnd": ("congestion window", "segments"), "ssthresh": ("slow-start threshold", "segments"),
    "rtt": ("round-trip time", "s"), "rttvar": ("its variation", "s"),
    "min_rtt": ("smallest round-trip time", "s"),
    "rto": ("retransmission timeout", "s"), "unacked": ("segments in flight", "segments"),
    "lost": ("segments taken for lost", "segments"), "retransmits": ("segments sent again", "segments"),
    "bytes_acked": ("bytes acknowledged", "bytes"), "bytes_sent": ("bytes sent", "bytes"),
    "bytes_unsent": ("bytes not sent yet", "bytes"), "bytes_received": ("bytes received", "bytes"),
    "send_window": ("the peer's window", "bytes"), "delivery_rate": ("delivery rate", "bytes/s"),
    "unsent": ("send queue", "bytes"), "unread": ("receive queue", "bytes"), "queue": ("queue", "packets"),
    "backoff": ("doublings of the timeout", "1"),
}  # fmt: skip

Samples = Sequence[tuple[float, Any]]


def timeline(
    samples: Samples | Mapping[str, Samples],
    *fields: str,
    marks: Mapping[str, float] | None = None,
    caption: str | None = None,
    note: str = "",
) -> Picture:
    """Draw fields of samples over time, a panel for each field: timeline(samples, "cwnd", "rtt").

    `samples` are (seconds, values) pairs, as sample(sock) gathers them; values is a TcpInfo, a dict or any
    object with such fields. A dict of several gives each a line, with its name. Beside "cwnd" the slow-start
    threshold is drawn where it is known. `marks` names moments (s), for a line through all panels. `caption`
    says what is seen, without measured times; `note` is small print in the picture.
    ValueError for no samples, no fields, or one that no sample has.
    """
    runs = dict(samples) if isinstance(samples, Mapping) else {"": list(samples)}
    if not fields or not all(runs.values()):
        raise ValueError('timeline() needs samples and the fields to draw: timeline(samples, "cwnd", "rtt").')
    by, second = scaled([time for run in runs.values() for time, _ in run], "s")
    height = 440 if len(fields) == 1 else 250
    with plot(len(fields), height, note) as (figure, panels):
        for axes, field in zip(panels, fields, strict=True):
            label, unit = FIELDS.get(field, (field.replace("_", " "), "1"))
            lines = {name: _values(run, field) for name, run in runs.items()}
            found = [value for _, values in lines.values() for value in values]
            if not found:
                raise ValueError(f"No sample has a value {field!r}.")
            factor = 1.0
            if unit in ("s", "bytes", "bytes/s"):
                factor, short = scaled(found, "s" if unit == "s" else "bytes")
                unit = short + "/s" * unit.endswith("/s")
            for i, (name, (times, values)) in enumerate(lines.items()):
                shown = name or (label if field == "cwnd" else "")  # alone, only a threshold needs a legend
                steps(axes, [t * by for t in times], [v * factor for v in values], i,
                      shown if axes is panels[0] and shown else "_", 2.2, zorder=3)  # fmt: skip
                if field == "cwnd" and (threshold := _values(runs[name], "ssthresh"))[0]:
                    style = {"ls": (0, (2, 2)), "zorder": 2} | ({"color": MUTED} if len(runs) == 1 else {})
                    named = "_" if i else "slow-start threshold"
                    steps(axes, [t * by for t in threshold[0]], threshold[1], i, named, 1.4, **style)
            last = axes is panels[-1]
            dress(axes, f"time ({second})" if last else "", f"{label}\n({unit})")
            axes.yaxis.set_label_coords(-46 / 706, 0.5)
            for words, moment in (marks or {}).items():
                axes.axvline(moment * by, color=ERROR, lw=1.6 * POINT, ls="--", zorder=2)
                if axes is panels[0]:
                    axes.annotate(words, (moment * by, 1.02), xycoords=("data", "axes fraction"), color=ERROR,
                                  ha="center", fontsize=NOTE * POINT)  # fmt: skip
    names = listing([FIELDS.get(field, (field.replace("_", " "), ""))[0] for field in fields])
    which = f" of {listing([name for name in runs if name])}" if len(runs) > 1 else ""
    return Picture(figure, caption or f"{upper(names)}{which} over time.")


def _values(run: Samples, field: str) -> tuple[list[float], list[float]]:
    """Times and values of a field, where it has one."""
    pairs = []
    for time, sample in run:
        value = sample.get(field) if isinstance(sample, Mapping) else getattr(sample, field, None)
        if value is not None:
            pairs.append((float(time), float(value)))
    return [time for time, _ in pairs], [value for _, value in pairs]
