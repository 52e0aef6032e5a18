"""Where a kernel path is not possible: one line says why, and nothing else goes wrong."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import textwrap

import pytest

from netlab import link
from netlab.wire import NotOnThisSystem

from .paths import HERE, WAIT, needs_kernel

ASK = """
from netlab import link
from netlab.wire import NotOnThisSystem
print(bool(link.kernel.available()), link.kernel.available())
try:
    link.kernel(delay=0.02)
except NotOnThisSystem as error:
    print(error)
"""

# What Docker's default profile does, and it holds for children too: unshare() fails with EPERM.
REFUSE_UNSHARE = """
import ctypes, os, struct
number = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
rules = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
"""

# A Windows that has none of what the kernel path is made of. Python's own modules come first: on the real one
# they import more.
WINDOWS = """
import platform, subprocess, sys, os, socket, tempfile
sys.platform = "win32"
platform.system = lambda: "Windows"
for name in ("fcntl", "resource"):
    sys.modules[name] = None
for name in ("AF_UNIX", "AF_NETLINK", "SOCK_SEQPACKET", "socketpair", "send_fds", "recv_fds", "MSG_DONTWAIT",
             "MSG_CMSG_CLOEXEC"):
    vars(socket).pop(name, None)
for name in ("pread", "memfd_create", "MFD_CLOEXEC", "pidfd_open", "geteuid", "fork"):
    vars(os).pop(name, None)
"""

NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def ask(*, before: str = "", command: tuple[str, ...] = (), **environment: str) -> list[str]:
    """What a new Python answers, in which kernel paths may not be possible."""
    paths = [str(HERE), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run(
        [*command, sys.executable, "-c", before + ASK],
        capture_output=True,
        text=True,
        timeout=WAIT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment},
    )
    assert run.stderr == ""
    return run.stdout.splitlines()


def become_nobody() -> None:
    if subprocess.run(
        [*NOBODY, "sh", "-c", '"$0" -c ""', sys.executable], stderr=subprocess.DEVNULL
    ).returncode:
        pytest.skip("this Python is for root only")
    if os.stat("/dev/net/tun").st_mode & 0o006 != 0o006:
        pytest.skip("/dev/net/tun is for root only on this machine; Debian and Ubuntu let everyone open it")


def refused(why: str) -> list[str]:
    return [f"False {why}", f"A kernel path is not possible here: {why}."]


@needs_kernel
def test_a_child_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/dev/null")
    monkeypatch.setattr(link.kernel, "_works", False)
    monkeypatch.delenv("NETLAB_KERNEL", raising=False)
    assert "did not start" in str(link.kernel.available())
    with pytest.raises(NotOnThisSystem, match="child process did not start: .*/dev/null"):
        link.kernel()


def test_switched_off() -> None:
    assert ask(NETLAB_KERNEL="off") == refused("the environment variable NETLAB_KERNEL=off switches it off")


@pytest.mark.parametrize(("name", "said"), [("darwin", "Darwin"), ("win32", "Windows")])
def test_another_system(name: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETLAB_KERNEL", raising=False)
    monkeypatch.setattr(sys, "platform", name)
    monkeypatch.setattr(platform, "system", lambda: said)
    assert not link.kernel.available()
    assert str(link.kernel.available()) == f"it needs Linux, and this is {said}"
    with pytest.raises(NotOnThisSystem, match=f"not possible here: it needs Linux, and this is {said}"):
        link.kernel()


def test_it_imports_on_windows() -> None:
    assert ask(before=WINDOWS, NETLAB_KERNEL="") == refused("it needs Linux, and this is Windows")


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "aarch64") or sys.platform != "linux", reason="needs seccomp"
)
def test_a_container_that_forbids_namespaces() -> None:
    why = "this system does not let you make a network namespace: operation not permitted"
    assert ask(before=REFUSE_UNSHARE, NETLAB_KERNEL="") == refused(why)


@needs_kernel
@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare")
def test_no_tun_device() -> None:
    command = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$@"', "sh")
    assert ask(command=command) == refused("cannot open /dev/net/tun: no such file or directory")


@needs_kernel
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can take the right away")
def test_a_tun_device_that_is_not_for_everyone() -> None:
    become_nobody()
    hide = "mount -t tmpfs none /dev/net && touch /dev/net/tun && chmod 600 /dev/net/tun"
    command = ("unshare", "-m", "sh", "-c", f'{hide} && exec "$@"', "sh", *NOBODY)
    assert ask(command=command) == refused("cannot open /dev/net/tun: permission denied")


@needs_kernel
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user() -> None:
    become_nobody()
    talk = textwrap.dedent("""
        from netlab import link
        with link.kernel(loss=0.1) as path, path.listen() as listener, path.socket() as client:
            client.connect((path.far, listener.getsockname()[1]))
            print(len(path.packets) > 2)
    """)
    assert ask(before=talk, command=NOBODY)[:2] == ["True", "True yes"]


def test_a_mistake_of_ours_is_no_reason() -> None:
    """The other tests are skipped where the system refuses, so make sure that it was the system."""
    assert "child process" not in str(link.kernel.available())
