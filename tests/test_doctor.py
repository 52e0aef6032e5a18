"""netlab.doctor(): what it finds here, and what it says on machines that lack something."""

from __future__ import annotations

import socket

import pytest

from netlab import diagnosis, doctor
from netlab.diagnosis import Diagnosis, Finding

# The kernel's answers differ from system to system; these hold on every one that the course supports.
EVERYWHERE = {"Python", "IPv4 loopback"}


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor().findings}


def test_this_machine_is_ready() -> None:
    found = findings()
    assert all(found[name].works for name in EVERYWHERE)
    assert doctor().ready
    assert str(doctor()).endswith("This machine is ready for the course.")


def test_without_ipv6_the_course_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_ipv6", False)
    assert not findings()["IPv6 loopback"].works
    assert doctor().ready


def test_without_unix_sockets_socketpair_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    monkeypatch.setenv("NETLAB_KERNEL", "off")  # it is made of one
    assert "socketpair" in str(findings()["Unix sockets"])


def test_another_system_says_what_it_shows_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(sys, "platform", "darwin")
    found = findings()
    for name in ("Kernel view", "Packet view"):
        assert not found[name].works
        assert found[name].instead in str(found[name])
        assert "\n" not in str(found[name])


def test_without_loopback_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(family: int, host: str) -> str:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(diagnosis, "_loopback", unreachable)
    report = doctor()
    assert not report.ready
    assert "[ -- ] IPv4 loopback Network is unreachable" in str(report)
    assert "Mend the lines" in str(report)


def test_html_names_works_and_lacks_in_words_and_escapes() -> None:
    html = Diagnosis((Finding("a<b", True, "x"), Finding("c", False, "no & more", "y")))._repr_html_()
    assert "a&lt;b" in html and "no &amp; more. y" in html
    assert "✓ works" in html and "✗ not here" in html
