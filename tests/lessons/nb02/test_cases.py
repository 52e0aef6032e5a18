"""Names with made-up answers, and ports that differ from address to address."""

from __future__ import annotations

import _socket
import ipaddress
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from netlab.check.lab import Broke, Lab, LeaveOut
from netlab.check.report import Wrong
from netlab.check.worker import Watchman
from netlab.lessons.nb00.e2_outcome import attempt
from netlab.lessons.nb02 import e1_network_of
from netlab.lessons.nb02.e3_connect_any import one_port
from netlab.lessons.nb02.e4_race import reopen
from netlab.lessons.nb02.hosts import (
    CLOSED,
    NO_FAMILY,
    OPEN,
    SILENT,
    begin,
    bound,
    has,
    needed,
    reaches_nobody,
)
from netlab.lessons.nb02.resolving import NAME, resolving

pytestmark = pytest.mark.usefixtures("leaves_nothing")
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
quiet_queue = pytest.mark.skipif(sys.platform == "win32", reason="a full queue refuses")


def ask(function: Callable[[], Any], hosts: list[str]) -> Any:
    """What the function gives in a learner's thread, while NAME has these addresses; and what was noted."""
    with Watchman() as watchman, Lab("a case", function, "1/0", 2.0, watchman) as lab:
        try:
            with resolving(lab, hosts) as asked:
                return lab.call(), asked
        finally:
            watchman.end()
            lab.close()


def test_the_learner_gets_the_addresses_in_their_order_for_both_kinds() -> None:
    found, asked = ask(lambda: socket.getaddrinfo(NAME, 80), ["127.0.0.2", "::1"])
    assert [(entry[1], entry[4]) for entry in found] == [
        (TCP, ("127.0.0.2", 80)), (UDP, ("127.0.0.2", 80)),
        (TCP, ("::1", 80, 0, 0)), (UDP, ("::1", 80, 0, 0)),
    ]  # fmt: skip
    assert asked.count == 1 and not asked.by_create_connection


def test_family_and_type_are_filtered_as_a_resolver_does() -> None:
    found, _ = ask(lambda: socket.getaddrinfo(NAME, "80", socket.AF_INET6, TCP), ["127.0.0.1", "::1"])
    assert [entry[4] for entry in found] == [("::1", 80, 0, 0)]
    with pytest.raises(Broke, match="gaierror"):
        ask(lambda: socket.getaddrinfo(NAME, 80, socket.AF_INET6), ["127.0.0.1"])
    with pytest.raises(Broke, match="gaierror"):
        ask(lambda: socket.getaddrinfo(NAME, 80), [])


def test_a_name_imported_before_is_caught_too_and_a_numeric_host_gets_the_truth() -> None:
    early = socket.getaddrinfo
    assert ask(lambda: early(NAME, 1, type=TCP), ["127.0.0.9"])[0][0][4] == ("127.0.0.9", 1)
    assert ask(lambda: early("127.0.0.3", 1, type=TCP), ["127.0.0.9"])[0][0][4] == ("127.0.0.3", 1)


def test_nobody_else_is_told_and_afterwards_all_is_as_before() -> None:
    real = _socket.getaddrinfo
    with Watchman() as watchman:
        lab = Lab("a case", print, "1/0", 2.0, watchman)
        with pytest.raises(ZeroDivisionError), resolving(lab, ["127.0.0.9"]):
            assert "127.0.0.9" not in {entry[4][0] for entry in socket.getaddrinfo(NAME, 80)}
            assert _socket.getaddrinfo is not real
            raise ZeroDivisionError
    assert _socket.getaddrinfo is real


def test_create_connection_is_noticed() -> None:
    with ExitStack() as stack:
        port = bound(stack, "127.0.0.1").getsockname()[1]  # refused

        def connect() -> None:
            with suppress(OSError):
                socket.create_connection((NAME, port), timeout=1)

        assert ask(connect, ["127.0.0.1"])[1].by_create_connection


def test_a_family_without_sockets_has_none() -> None:
    found, _ = ask(lambda: socket.getaddrinfo(NAME, 80, type=TCP), [NO_FAMILY])
    with pytest.raises(OSError):
        socket.socket(found[0][0])


@quiet_queue
def test_one_port_does_at_each_address_what_was_wanted() -> None:
    hosts = [host for host in ("127.0.0.1", "::1", "127.0.0.2") if has(host)]
    if len(hosts) < 2:
        pytest.skip("one address only")
    wanted = list(zip(hosts, (OPEN, CLOSED, SILENT)))
    with one_port([*wanted, (NO_FAMILY, CLOSED)]) as (port, sockets):
        assert list(sockets) == hosts
        verdicts = [attempt((host, port)) for host in hosts]
    assert verdicts == ["connected", "refused", "timeout"][: len(hosts)]


@quiet_queue
def test_a_full_queue_keeps_silent_until_it_is_reopened() -> None:
    with ExitStack() as stack:
        listener = bound(stack, "127.0.0.1")
        begin(stack, listener, SILENT)
        assert attempt(listener.getsockname(), 0.1) == "timeout"
        reopen(stack, listener)
        assert attempt(listener.getsockname()) == "connected"


def test_a_missing_address_leaves_the_case_out() -> None:
    needed("127.0.0.1")
    with pytest.raises(LeaveOut, match=r"no 192\.0\.2\.1"):
        needed("192.0.2.1")
    with pytest.raises(LeaveOut, match="no IPv6"):
        needed("2001:db8::1")


def test_whoever_reaches_nobody_has_to_raise_oserror() -> None:
    def raising(error: Exception) -> None:
        raise error

    with Watchman() as watchman, Lab("a case", raising, "1/0", 2.0, watchman) as lab:
        reaches_nobody(lab, ConnectionRefusedError())
        with pytest.raises(Broke, match="IndexError"):
            reaches_nobody(lab, IndexError())
        for lab.function, hint in ((socket.socket, "connected"), (lambda: None, "none")):
            with pytest.raises(Wrong) as wrong:
                reaches_nobody(lab)
            assert wrong.value.hint == hint
        watchman.end()
        lab.close()


def test_whoever_asks_the_module_ipaddress_is_told_so() -> None:
    def use(address: str, prefix: int) -> str:
        return str(ipaddress.ip_network((address, prefix), strict=False).network_address)

    with Watchman() as watchman, Lab("a case", use, "1/0", 2.0, watchman) as lab:
        e1_network_of.in_blocks(lab, "192.0.2.77", 26)
        assert "module ipaddress (IPv4Network)" in str(lab.misused)
        lab.misused, lab.function = None, lambda address, prefix: str(ipaddress.ip_interface(address).ip)
        e1_network_of.in_blocks(lab, "192.0.2.7", 32)
        assert "module ipaddress (IPv4Interface)" in str(lab.misused)
        watchman.end()
        lab.close()
