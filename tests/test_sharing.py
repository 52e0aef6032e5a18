"""Which tests stay in one process, when several share them."""

from __future__ import annotations

import pytest

EXERCISES = "tests/lessons/test_exercises.py"
BROWSER = "tests/browser/test_notebooks.py::test_run_all_ends"


@pytest.mark.parametrize(
    ("one", "other", "stay"),
    [
        ("notebooks/01_sockets.ipynb::Cell 0", "notebooks/01_sockets.ipynb::Cell 1", True),
        ("notebooks/01_sockets.ipynb::Cell 0", "notebooks/03_tcp_streams.ipynb::Cell 0", False),
        ("tests/wire/test_watch.py::test_a", "tests/wire/test_watch.py::test_b[1-x]", True),
        ("tests/wire/test_watch.py::test_a", "tests/wire/test_traffic.py::test_a", False),
        (f"{EXERCISES}::test_m[race-a]", f"{EXERCISES}::test_n[race-b]", True),
        (f"{EXERCISES}::test_m[race-a]", f"{EXERCISES}::test_m[rpc-a]", False),
        (
            "tests/notebooks/test_runs.py::test_c[01_sockets]",
            "tests/notebooks/test_runs.py::test_c[03_tcp]",
            False,
        ),
        (f"{BROWSER}[01_sockets.ipynb]", f"{BROWSER}[03_tcp_streams.ipynb]", True),
        (f"{BROWSER}[01_sockets.ipynb]", f"{BROWSER}[08_http_servers.ipynb]", False),
        (f"{BROWSER}[00_start_here.ipynb-1024x768]", "tests/browser/test_own_page.py::test_a", True),
    ],
)
def test_what_stays_together(pytestconfig: pytest.Config, one: str, other: str, stay: bool) -> None:
    conftest = pytestconfig.pluginmanager.get_plugin(str(pytestconfig.rootpath / "conftest.py"))
    assert (conftest.together(one) == conftest.together(other)) is stay
