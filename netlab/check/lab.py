"""What a case of an exercise works with: `lab`. bench.py runs the function; here are the words for cases.

    near = lab.peer(b"hel", THINK, b"lo", END)     somebody to talk with: scripts are in peers.py
    lab.gives(b"hello", near, 5)                   run the function, and judge what it does

Chance is `lab.rng`. LeaveOut leaves the case out, and says why.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from . import peers
from .bench import Bench
from .comparing import difference, named, only_type, safely
from .endings import LOOP, Broke, LeaveOut, Returned, Stuck
from .report import Wrong
from .surroundings import replaced

__all__ = ["LOOP", "Broke", "Lab", "LeaveOut", "Returned", "Stuck"]

E = TypeVar("E", bound=Exception)
Hinted = str | Callable[[Any], str | None] | None  # a key, or how to find it from what was given
KINDS = (EOFError, ValueError, ConnectionError)  # what contracts ask for


class Lab(Bench):
    """Given to each case. Everything it hands out is closed when the case ends."""

    # -- what it must do ---------------------------------------------------------------------------

    def gives(
        self, expected: Any, *args: Any, hint: Hinted = None, none: str | None = "start", asked: str = "",
        **more: Any,
    ) -> Any:  # fmt: skip
        """Run the learner's function: it has to return this, in type too, as equal(). Returns what it gave.

        hint: a key, or a function of what it gave that finds one. none: the hint for None where something
        else is expected; with none=None that is `hint`, too. asked: the call, as a program would write it,
        for the report.
        """
        try:
            got = self.call(*args)
        except Broke as broke:
            broke.asked = asked
            raise
        if got is None and expected is not None and none is not None:
            hint = none
        if asked:
            more.setdefault("happened", [asked])
        self.equal(got, expected, hint=hint, **more)
        return got

    def raises(
        self, kind: type[E], *args: Any, hint: str | None = None, why: str = "", naming: str = "",
        unnamed: str | None = None, asked: str = "",
    ) -> E:  # fmt: skip
        """Run the learner's function: it has to raise such an error. Returns the error.

        why: what asks for it, told in the report. naming: a sentence with a number, like "3 bytes were
        missing": the text of the error has to have that number; unnamed is the hint if not, else `hint`.
        asked: as for gives.
        """
        got, broke = self.outcome(*args)
        because = f"{why}: " if why else ""
        if broke is None:
            said = f"{because}your function had to raise {kind.__name__}, and returned"
            self.wrong(said, got=got, hint=hint, happened=[asked] if asked else None)
        broke.asked, error = asked, broke.error
        if not isinstance(error, kind):
            if why and isinstance(error, KINDS):
                said = f"{why}: this asks for {kind.__name__}, and you raised {named(error)}"
                self.wrong(said, hint=hint)
            raise broke
        if naming and not set(re.findall(r"\d+", naming)[:1]) & set(re.findall(r"\d+", named(error))):
            said = f"{naming}, and your error does not say so: {named(error)}"
            self.wrong(said, hint=unnamed or hint)
        return error

    def leaves(self, expected: bytes, *places: socket.socket | bytearray, hint: str | None = None) -> None:
        """What the learner's function did not take is there: in a buffer, then in a socket of lab.peer."""
        left = b"".join(bytes(place) for place in places if isinstance(place, bytearray))
        for place in places:
            if isinstance(place, socket.socket):
                if script := self._scripts.get(place):
                    script.rest()
                place.settimeout(0)
                with suppress(BlockingIOError):
                    left += place.recv(1 << 16, socket.MSG_PEEK)
        self.equal(left, expected, hint=hint, verb="left")

    def forbids(
        self, *kinds: type, hint: str, said: str = "your function used {0.__module__}.{0.__name__}"
    ) -> None:
        """Until the case ends: it fails if a thread of the learner's makes an object of these classes."""

        def noted(kind: Any) -> Callable[..., None]:
            init = kind.__init__

            def noted_init(made: Any, *args: Any, **kwargs: Any) -> None:
                if self.misused is None and self.watchman.is_learners_thread():
                    self.misused = Wrong(said.format(kind), hint=hint)
                init(made, *args, **kwargs)

            return noted_init

        for kind in kinds:
            self.enter(replaced(kind, "__init__", noted(kind)))

    def equal(self, got: Any, expected: Any, hint: Hinted = None, **more: Any) -> None:
        """Fail this case unless both are the same, in type too and all the way down: 1 is not True, nor 1.0.

        Where only the type differs, the hint is that for types.
        """
        differs = difference(got, expected)
        if differs is None:
            return
        if note := only_type(*differs):
            raise Wrong(expected=expected, got=got, hint="type", note=note, **more)
        key = safely(lambda: hint(got), None) if callable(hint) else hint
        self.wrong(expected=expected, got=got, hint=key, **more)

    def wrong(self, said: str = "", hint: str | None = None, first: bool = False, **more: Any) -> NoReturn:
        """Fail this case with one sentence. first: whatever the function raised came of this."""
        if first and self.run is not None:
            self.judged.append(self.run)
        returned = self.run is not None and self.run.finished and self.run.value is None
        if returned and more.get("got", more) is None and "verb" not in more:
            more["note"] = "what a function without `return` gives"
        raise Wrong(said, hint=hint, **more)

    # -- whom it talks with ------------------------------------------------------------------------

    def peer(self, *steps: peers.Step | peers.Script, **options: int) -> socket.socket:
        """The learner's end of a connection; the script plays at the other. options are of the learner's end.

        Here and below: a Script, to be asked afterwards what it heard, or the steps of one.
        """
        near, far = self.pair(**options)
        script = self._scripts[near] = peers.Script.of(steps)
        self.beside(script.meet(self, far).play)
        return near

    def server(self, *steps: peers.Step | peers.Script, host: str = "127.0.0.1", **options: int) -> Any:
        """The address of a server that plays the script with each client. options: of its connections."""
        script, listener = peers.Script.of(steps), self._bound(host, options)
        listener.listen()
        self.beside(script.serve, self, listener)
        return listener.getsockname()

    def visit(self, address: Any, *steps: peers.Step | peers.Script, **options: int) -> bytes:
        """Play the script as a client of this server, here and now: what it heard."""
        talk = peers.Script.of(steps).meet(self, self.client(address, **options))
        talk.play()
        return bytes(talk.heard)

    def mailbox(self, host: str = "127.0.0.1", **options: int) -> socket.socket:
        """A bound UDP socket with a deadline; closed after the case."""
        return self._bound(host, options, socket.SOCK_DGRAM)
