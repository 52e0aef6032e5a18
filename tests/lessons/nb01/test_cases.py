"""The clients of exercise 01-3 end with their case."""

from __future__ import annotations

import socket

import pytest

from netlab.check.lab import Lab
from netlab.check.report import Wrong
from netlab.check.worker import Watchman
from netlab.lessons.nb01.e3_echo_server import meanwhile
from tests.check.samples import read

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def test_sending_meanwhile_does_not_deadlock_and_ends_when_the_server_gives_up() -> None:
    def gives_up(listener: socket.socket) -> None:
        with listener.accept()[0] as conn:
            read(conn, 1_000_000)
        listener.accept()

    with Watchman() as watchman, Lab("a case", gives_up, "7", 5.0, watchman) as lab:
        try:
            with pytest.raises(Wrong):
                meanwhile(lab, 5_000_000)
        finally:
            watchman.end()
            lab.close()
