"""What a kernel path and a relay have in common: the weather, holding, the recording, and the end."""

from __future__ import annotations

import os
import platform
import time
import weakref
from typing import Any, ClassVar, Self

from ..wire import PacketEvent, pcapng
from ._weather import Both, checked, said
from .carried import Carried, Lateness
from .child import Child, PathEnded
from .holding import Hold
from .model import Link

MOST_KEPT = 2**30  # bytes of recording


class Path:
    """A way with weather between clients and a server. A child process carries what passes."""

    _call: ClassVar[str]  # how it is opened, for errors

    def __init__(
        self, link: Link | None, back: Link | None, keep: int, weather: dict[str, Any], child: type, ends: Any
    ) -> None:
        if link is not None and weather:
            raise TypeError(f"Give {self._call} a Link or the parameters of one, not both.")
        self._link = checked("link", Link() if link is None else link, weather)
        self._back = None if back is None else checked("back", back)
        if not 0 <= keep <= MOST_KEPT:
            raise ValueError(f"keep={keep}: give the bytes of the recording to keep, from 0 to {MOST_KEPT}.")
        settings = self._settings(self._link, self._back)  # refuses what is wrong before anything starts
        self._epoch = time.time()
        self._child: Child = child(keep, ends, settings)
        self._close = weakref.finalize(self, self._child.close)  # also when dropped, and at exit

    @property
    def link(self) -> Link:
        """The weather from client to server, and back unless `back` was given. Assign another at any time.

        What is on its way keeps the fate that it has.
        """
        return self._link

    @link.setter
    def link(self, link: Link) -> None:
        self._set(checked("link", link), self._back)

    @property
    def back(self) -> Link:
        """The weather from server to client."""
        return self._link if self._back is None else self._back

    @back.setter
    def back(self, link: Link) -> None:
        self._set(self._link, checked("back", link))

    def change(self, **weather: Any) -> None:
        """Change some parameters of the weather, in both directions: path.change(loss=0.3)."""
        back = None if self._back is None else checked("back", self._back, weather)
        self._set(checked("link", self._link, weather), back)

    def _set(self, link: Link, back: Link | None) -> None:
        self._child.ask("change", *self._settings(link, back))
        self._link, self._back = link, back

    def _settings(self, link: Link, back: Link | None) -> tuple[Any, ...]:
        """What the child needs to know. Refuse what is wrong."""
        return (Both(link, link if back is None else back),)

    def hold(self) -> Hold:
        """From now on every packet waits until you decide what becomes of it. See Hold."""
        return self._child.hold()

    @property
    def packets(self) -> Carried[PacketEvent]:
        """Every packet until now, in both directions, with the addresses that the client sees."""
        return self._recorded()

    def _recorded(self) -> Carried[Any]:
        return Carried(self._child.log(), self._child.began, self._child.event)

    @property
    def lateness(self) -> Lateness:
        """How much later than asked came out what passed until now."""
        return self._recorded().lateness

    def save(self, path: str | os.PathLike[str], *, note: str = "") -> None:
        """Write the packets to a pcapng file, which Wireshark opens. `note` is added to its comment."""
        system, comment = f"{platform.system()} {platform.release()}", said(self._link, self._back) + note
        pcapng.write(path, self.packets, started=self._epoch, system=system, comment=comment)

    @property
    def closed(self) -> bool:
        return self._child.error is not None

    @property
    def error(self) -> PathEnded | None:
        """Why it ended, if that was not by close()."""
        error = self._child.error
        return error if error is not None and error.unexpected else None

    def close(self) -> None:
        """End the child process, and with it every connection. Harmless when done twice."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _named(self) -> list[str]:
        """How it is called, and what else there is to say of it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        name, *more = self._named()
        closed = ["closed"] if self.closed else []
        return f"<{', '.join([name, said(self._link, self._back), *more, *closed])}>"
