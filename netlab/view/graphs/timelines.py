"""How a connection's numbers changed over time, how long things took, and two pictures beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from statistics import median
from typing import Any, Literal

from matplotlib.figure import Figure

from ..kit import Picture, dress, listing, plot, scaled, steps, upper
from ..kit.theme import COLORS, HEAD, INK, MUTED, PAPER, PER_INCH, POINT, SCALE, TEXT, WIDEST

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
    samples: Samples | Mapping[str, Samples], *fields: str, caption: str | None = None, note: str = ""
) -> Picture:
    """Draw fields of samples over time, a panel for each field: timeline(samples, "cwnd", "rtt").

    `samples` are (seconds, values) pairs, as sample(sock) gathers them; values is a TcpInfo, a dict or any
    object with such fields. A dict of several gives each a line, with its name. Beside "cwnd" the slow-start
    threshold is drawn where it is known. `caption` says what is seen, without measured times; `note` is
    small print in the picture. ValueError for no samples, no fields, or one that no sample has.
    """
    runs = dict(samples) if isinstance(samples, Mapping) else {"": list(samples)}
    if not fields or not all(runs.values()):
        raise ValueError('timeline() needs samples and the fields to draw: timeline(samples, "cwnd", "rtt").')
    by, second = scaled([time for run in runs.values() for time, _ in run], "s")
    height = 440 if len(fields) == 1 else 290
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


def latencies(
    series: Mapping[str, Sequence[float]],
    *,
    caption: str,
    kind: Literal["ecdf", "strips"] = "ecdf",
    log: bool = False,
    xlabel: str = "latency",
) -> Picture:
    """Draw how long things took: several series of seconds, by name.

    "ecdf" draws for each time the share of measurements that took no longer, so the tail is seen; "strips"
    draws every measurement as a dot, and the median as a line. `log` for times of different size. The caption
    carries the verdict: the caller knows the numbers. ValueError for no values, one that is not finite, or
    one that a log axis can not show.
    """
    if kind not in ("ecdf", "strips"):
        raise ValueError(f'kind={kind!r} is unknown: use "ecdf" or "strips".')
    runs = {name: sorted(float(value) for value in values) for name, values in series.items()}
    if not runs or not all(runs.values()) or not all(isfinite(v) for run in runs.values() for v in run):
        raise ValueError("latencies() needs one finite value or more in each series.")
    if log and min(run[0] for run in runs.values()) <= 0:
        raise ValueError("A log axis can not show 0 or less: leave log out.")
    by, unit = scaled([run[-1] for run in runs.values()], "s")
    with plot(height=440 if kind == "ecdf" else 150 + 74 * len(runs)) as (figure, (axes,)):
        if log:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        for i, (name, run) in enumerate(runs.items()):
            color, xs = COLORS[i % len(COLORS)], [value * by for value in run]
            if kind == "ecdf":
                shares = [100 * (n + 1) / len(xs) for n in range(len(xs))]
                steps(axes, [xs[0], *xs], [0, *shares], i, name)
            else:
                ys = [i + 0.5 * (n * 0.618034 % 1 - 0.4) for n in range(len(xs))]  # spread, but not by chance
                axes.plot(xs, ys, "o", ms=6 * POINT, mfc=color, mec="none", alpha=0.45)
                axes.plot([median(xs)] * 2, [i - 0.28, i + 0.38], color=INK, lw=2.6 * POINT,
                          label="_" if i else "median")  # fmt: skip
        dress(axes, f"{xlabel} ({unit})", "share that took no longer (%)" if kind == "ecdf" else "",
              bottom=0 if kind == "ecdf" else None)  # fmt: skip
        if kind == "ecdf":
            axes.set_ylim(0, 102)
        else:
            for i, name in enumerate(runs):
                axes.text(0.008, i - 0.4, name, transform=axes.get_yaxis_transform(), va="center",
                          color=COLORS[i % len(COLORS)], fontsize=TEXT * POINT, weight="bold")  # fmt: skip
            axes.set_yticks([])
            axes.set_ylim(len(runs) - 0.5, -0.6)
        if not log:
            axes.set_xlim(left=0)
    return Picture(figure, caption)


def pair(
    before: Picture,
    after: Picture,
    *,
    titles: tuple[str, str] = ("before", "after"),
    caption: str | None = None,
) -> Picture:
    """Two pictures as one: beside each other if they stay readable, else one above the other.

    Without `caption` it is made of both.
    """
    from io import BytesIO

    from PIL import Image

    images = [Image.open(BytesIO(picture.png())).convert("RGB") for picture in (before, after)]
    sizes = [(image.width / SCALE, image.height / SCALE) for image in images]
    head, gap = 34, 16
    across = sum(width for width, _ in sizes) + gap
    beside = across <= WIDEST / 0.75
    width = across if beside else max(width for width, _ in sizes)
    height = head + max(h for _, h in sizes) if beside else 2 * head + sum(h for _, h in sizes)
    zoom = min(1.0, WIDEST / width)
    inches = width * zoom / PER_INCH, height * zoom / PER_INCH
    figure = Figure(figsize=inches, dpi=PER_INCH, facecolor=PAPER)
    x = y = 0.0
    for image, (wide, high), title in zip(images, sizes, titles, strict=True):
        box = (x / width, 1 - (y + head + high) / height, wide / width, high / height)
        figure.add_axes(box).imshow(image, aspect="auto", interpolation="lanczos")
        figure.axes[-1].set_axis_off()
        figure.text((x + 14) / width, 1 - (y + head / 2) / height, title, va="center", color=INK,
                    fontsize=HEAD * POINT * zoom, weight="bold")  # fmt: skip
        x, y = (x + wide + gap, y) if beside else (x, y + head + high)
    first, second = (upper(title) for title in titles)
    return Picture(figure, caption or f"{first}: {before.caption} {second}: {after.caption}")
