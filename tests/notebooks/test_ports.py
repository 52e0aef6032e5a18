"""The ports that the tests' kernels get."""

from __future__ import annotations

import socket
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from jupyter_client.connect import LocalPortCache
from jupyter_client.manager import KernelManager

from tests.notebooks.kernel import Kernel
from tests.notebooks.ports import APART, COUNT, FIRST, KernelPorts


def test_a_kernel_gets_ports_that_no_connection_is_given(tmp_path: Path) -> None:
    with Kernel(tmp_path) as kernel:
        manager: KernelManager = kernel.manager
        ports = {
            manager.shell_port,
            manager.iopub_port,
            manager.stdin_port,
            manager.hb_port,
            manager.control_port,
        }
    assert len(ports) == 5
    assert all(FIRST <= port < FIRST + COUNT for port in ports)


def test_every_kernel_of_this_process_is_served() -> None:
    assert isinstance(LocalPortCache.instance(), KernelPorts)


@pytest.mark.skipif(sys.platform != "linux", reason="the range is a file on Linux only")
def test_the_range_is_below_the_ephemeral_ports() -> None:
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if low != 32_768:
        pytest.skip("this system's range was changed")
    assert low >= FIRST + COUNT


def test_a_port_in_use_is_passed_over() -> None:
    expected = KernelPorts(process=1).find_available_port("127.0.0.1")
    with socket.socket() as other:
        other.bind(("127.0.0.1", expected))
        assert KernelPorts(process=1).find_available_port("127.0.0.1") > expected


def test_processes_begin_far_apart() -> None:
    first = sorted(FIRST + process * APART % COUNT for process in range(4000, 4012))
    assert min(after - before for before, after in pairwise(first)) > 500
