"""The front door: what `import netlab` costs, and what it offers."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import netlab

HEAVY = ("matplotlib", "numpy", "ipywidgets", "IPython", "asyncio", "psutil", "ssl")


PROBE = """
import json, sys
before = set(sys.modules)
{code}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def modules_after(code: str) -> list[str]:
    probe = [sys.executable, "-c", PROBE.format(code=code)]
    result = subprocess.run(probe, capture_output=True, text=True, check=True, timeout=60)
    return list(json.loads(result.stdout))


@pytest.mark.parametrize("code", ["import netlab", "import netlab; netlab.EchoServer; netlab.watch"])
def test_import_pulls_in_nothing_heavy(code: str) -> None:
    loaded = modules_after(code)
    assert not [name for name in loaded if name.split(".")[0] in HEAVY]


def test_import_alone_loads_no_room() -> None:
    found = [name for name in modules_after("import netlab") if name.startswith("netlab")]
    assert found == ["netlab", "netlab.lazy"]


def test_servers_load_http_when_it_is_asked_for() -> None:
    loaded = modules_after("from netlab.servers import EchoServer, serve")
    assert "netlab.servers.core" in loaded
    assert not [name for name in loaded if name.startswith("netlab.servers.http")]


@pytest.mark.parametrize("name", sorted(netlab.__all__))
def test_every_offered_name_is_there(name: str) -> None:
    assert getattr(netlab, name) is getattr(netlab, name)


def test_unknown_name_says_what_there_is() -> None:
    with pytest.raises(AttributeError, match="netlab has no 'EhcoServer'.*EchoServer"):
        netlab.EhcoServer  # noqa: B018
