"""Runs the learner's function for one case: deadline, sockets, ways to end. lab.py adds the words for cases.

Rules: everything that is handed out is closed when the case ends; nothing waits longer than the case
lasts. A watchdog sleeps until the deadline. Then it notes where the learner's function is (Stuck) and wakes
all that waits: the learner's sockets, those lent to it, and the examiner's own. Peers wait for SPARE
seconds more, so that it is the watchdog who finds that time is up, and not one of them.
"""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from time import monotonic, perf_counter  # ours, whatever becomes of the module
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..wire import Recording
from .comparing import named
from .endings import Broke, Returned, Stuck
from .report import Wrong
from .sockets import close_same, family_of, identity, wake
from .surroundings import Patches
from .worker import Run, Watchman

if TYPE_CHECKING:
    from .peers import Script

T = TypeVar("T")
SPARE = 0.5  # seconds that a peer waits beyond the deadline: the watchdog comes first
LATE = 0.5  # seconds by which the watchdog does not come too late by itself
GRACE = 0.8  # seconds beyond the deadline for the examiner itself


class Bench:
    """One case as it runs."""

    def __init__(
        self, name: str, function: Callable[..., Any], seed: str, seconds: float, watchman: Watchman
    ) -> None:
        self.name, self.function, self.seconds, self.watchman = name, function, seconds, watchman
        self.rng = random.Random(seed)
        self.recording: Recording = Recording()
        self.cut: float | None = None  # when the deadline passed, on the clock of the recording
        self.stuck: Stuck | None = None
        self.run: Run | None = None  # the learner's function, while and after it runs
        self.judged: list[Run] = []  # runs whose exception a case has seen: perhaps it was right
        self.changed: list[str] = []  # what of the process the learner's function changed
        self._patches: Patches | None = None  # of modules: a case may have a resolver of its own
        self.default_timeout: float | None = None  # of sockets, when the learner's function began
        self._serves = False
        self.ending = False  # its listener is closed: an error from now on is its right
        self.failure: Exception | None = None
        self.held_up = False  # something kept everybody else from running: a long call in C
        self.brief = False  # it has less time than it is due: if that is not enough, nothing is said of it
        self.stubborn = False  # a thread of the learner's could not be ended
        self.misused: Wrong | None = None  # something that the case forbids was used
        self._own: list[socket.socket] = []
        self._scripts: dict[socket.socket, Script] = {}  # by the learner's end of their connection
        self._stack, self._closed = ExitStack(), False
        self._end = monotonic() + seconds
        self._examiner: Run | None = None
        self._settled = threading.Event()
        self._watchdog = threading.Thread(target=self._guard, name="netlab watchdog", daemon=True)

    # -- what cases use ---------------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether the case is over: nobody waits for its peers any more."""
        return self._settled.is_set() or self.stuck is not None

    @property
    def left(self) -> float:
        """Seconds for a peer to wait: a little more than this case has left."""
        return max(0.0, self._end - monotonic()) + SPARE

    def call(self, *args: Any) -> Any:
        """Run the learner's function to its end: what it gave. Raises Broke, or Stuck at the deadline."""
        self.start(*args)
        return self.result()

    def result(self) -> Any:
        """Wait for the end of the function that start began: as call."""
        run = self.run
        assert run is not None
        while not run.done.wait(0.05) and not self.stuck:
            pass
        self.put_back()
        if self.stuck is None and run.ended > self._end:  # the watchdog was kept from its work
            self.stuck = Stuck(self.seconds, run)
            self.held_up = run.ended > self._end + LATE
        if self.stuck:
            raise self.stuck
        if run.error is not None:
            self.judged.append(run)  # a case that goes on has taken this for right
            raise Broke(run)
        return run.value

    def outcome(self, *args: Any) -> tuple[Any, Broke | None]:
        """As call, where an exception may be right: (what it gave, None), or (None, Broke)."""
        try:
            return self.call(*args), None
        except Broke as broke:
            if isinstance(broke.error, NotImplementedError):
                raise
            return None, broke

    def start(self, *args: Any) -> Run:
        """Run the learner's function in the background. Sockets given to it block, as a fresh one does."""
        return self._begin(args, self._wake_peers_of_a_stub)

    def _begin(self, args: tuple[Any, ...], after: Callable[[], None]) -> Run:
        for value in args:
            if isinstance(value, socket.socket) and value.fileno() != -1:
                value.settimeout(None)
        self.default_timeout = socket.getdefaulttimeout()
        self.run = self.watchman.prepare(self.function, args, after)
        self._patches = Patches()
        self.run.thread.start()  # one long call may keep everybody else from running before this returns
        return self.run

    def _wake_peers_of_a_stub(self) -> None:
        """Nobody has to wait for the deadline to hear "not started yet"."""
        if any(isinstance(run.error, NotImplementedError) for run in self.watchman.errors()):
            self.watchman.wake_all()

    @contextmanager
    def serving(self, family: int = socket.AF_INET, **options: int) -> Iterator[Any]:
        """The learner's function(listener) serves while the block runs: yields its address.

        After the block its listener is closed, and it must end. If it ends before, its sockets are shut down,
        as they would be at the end of a program. options: of the listener, and so of its connections.
        """
        listener = self._bound("::1" if family == socket.AF_INET6 else "127.0.0.1", options)
        listener.listen()
        address, self._serves = listener.getsockname(), True
        run = self._begin((listener,), self.watchman.wake_all)
        yield address
        if self.stuck:
            raise self.stuck
        if run.done.is_set():
            raise self.over() or Broke(run)
        self.put_back()
        self.ending = True
        wake(listener)
        while not run.done.wait(0.05):
            if self.stuck:
                raise Wrong(f"the listener was closed: {self.stuck}", hint="ends") from self.stuck

    def pair(self, **options: int) -> tuple[socket.socket, socket.socket]:
        """The learner's end and the peer's end of a TCP connection; options are those of the learner's."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            near = self.client(listener.getsockname(), **options)
            far = self.own(listener.accept()[0])
        for sock in (near, far):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small sends need not wait
        far.settimeout(self.left)
        return near, far

    def client(self, address: Any, **options: int) -> socket.socket:
        """A connected socket of the examiner's own, with a deadline; closed after the case."""
        sock = self._socket(address[0], options)
        sock.connect(address)
        return sock

    def _bound(self, host: str, *more: Any) -> socket.socket:
        sock = self._socket(host, *more)
        sock.bind((host, 0))
        return sock

    def _socket(self, host: str, options: Mapping[str, int], kind: int = socket.SOCK_STREAM) -> socket.socket:
        """options: SO_SNDBUF=4096, TCP_MAXSEG=100. Those that this system does not have are left out."""
        sock = self.own(socket.socket(family_of(host), kind))
        for name, value in options.items():
            level = socket.IPPROTO_TCP if name.startswith("TCP_") else socket.SOL_SOCKET
            with suppress(OSError, AttributeError):
                sock.setsockopt(level, getattr(socket, name), value)
        sock.settimeout(self.left)
        return sock

    def own(self, sock: socket.socket) -> socket.socket:
        """Shut this socket down at the deadline and close it after the case."""
        self._own.append(sock)
        if self.stuck or self._closed:  # too late to be woken with the others
            wake(sock)
        self._stack.callback(close_same, sock, identity(sock))
        return sock

    def enter(self, manager: AbstractContextManager[T]) -> T:
        """Enter a context that is left after the case."""
        return self._stack.enter_context(manager)

    def beside(self, function: Callable[..., Any], *args: Any) -> threading.Thread:
        """Run a function of the examiner's in a thread, beside the learner's; it ends with the case."""

        def run() -> None:
            with suppress(OSError, EOFError):  # the learner's end has gone: the case finds out
                function(*args)

        thread = threading.Thread(target=run, name="netlab peer", daemon=True)
        thread.start()
        self._stack.callback(thread.join)
        return thread

    def pause(self, seconds: float) -> None:
        """Keep the learner waiting, but not longer than the case lasts."""
        self._settled.wait(seconds)

    def other_end(self, conn: socket.socket) -> socket.socket | None:
        """The socket at the other end of this connection, if it is the learner's or was made here."""
        for sock in [*self.watchman.sockets, *self._own]:
            with suppress(OSError):
                if sock.fileno() != -1 and sock.getsockname() == conn.getpeername():
                    return sock
        return None

    # -- what the engine uses ---------------------------------------------------------------------

    def put_back(self) -> None:
        """Give back to names of modules what the learner's function has replaced: all need them."""
        patches, self._patches = self._patches, None
        self.changed += patches.restore() if patches else []

    def examine(self, body: Callable[[], None]) -> None:
        """Run what the examiner does, here. It is ended long after the deadline, with Stuck: it looks at
        objects of the learner's, whose `__eq__` may never return."""
        self._examiner = run = Run(threading.current_thread(), body)
        run()
        error, run.error = run.error, None
        try:
            if isinstance(error, (Exception, KeyboardInterrupt)):
                raise error
            if error is not None:
                raise Wrong(f"an object that you gave raised {named(error)}")
        finally:
            del error  # it holds this frame
        if not run.finished:
            raise self.stuck or Stuck(self.seconds, self.run)

    def __enter__(self) -> Self:
        self._began, self._end = perf_counter(), monotonic() + self.seconds
        self._watchdog.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._settled.set()
        self._watchdog.join()

    def over(self) -> Returned | None:
        """That the learner's server function has returned, if so, although it should go on."""
        should = self._serves and not self.ending
        has = self.run and self.run.done.is_set() and not self.run.error
        return Returned(served=bool(self.watchman.sockets)) if should and has else None

    def close(self) -> None:
        """Close what the examiner opened."""
        self._closed = True
        for sock in self._own:
            wake(sock)
        self._stack.close()

    def _guard(self) -> None:
        """The watchdog: at the deadline, note where everything is, then wake everything that waits."""
        if self._settled.wait(self.seconds):
            return
        self.held_up = monotonic() > self._end + LATE
        self.put_back()
        dropped = self.recording.dropped
        stuck = Stuck(self.seconds, self.run, look=not self.brief)
        if self.recording.dropped > dropped:  # it calls and calls, even where the system does not tell
            stuck.computes = stuck.loops = True
        self.stuck = stuck
        self.cut = perf_counter() - self._began
        self.watchman.wake_all()
        for sock in self._own:
            wake(sock)
        patience = GRACE
        while not self._settled.wait(patience) and self._examiner is not None:
            self._examiner.stop(twice=patience < GRACE)
            patience = 0.1
