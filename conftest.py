"""What holds for every test: nobody's own settings or progress take part, and a missing library is a skip."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.ports import KernelPorts

try:
    import hypothesis

    # Each case may take its time: a loaded machine is no failure.
    hypothesis.settings.register_profile("netlab", deadline=None, print_blob=True)
    hypothesis.settings.load_profile("netlab")
except ImportError:
    pass

ONLY_FOR_TESTS = {"hypothesis", "playwright"}  # learners have neither

# Set here, as the first thing of a run, because kernels inherit them. matplotlib's backend stays as it is, so
# that a notebook has the same one as in JupyterLab.
_home = tempfile.TemporaryDirectory(prefix="netlab-tests-", ignore_cleanup_errors=True)
for _name in ("NETLAB_PROGRESS", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
    os.environ[_name] = str(Path(_home.name, _name.lower()))
for _name in ("http_proxy", "https_proxy", "all_proxy"):  # nobody is there: who asks loopback needs no proxy
    os.environ[_name] = os.environ[_name.upper()] = "http://127.0.0.1:9"
for _name in ("no_proxy", "NO_PROXY"):
    os.environ.pop(_name, None)
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
os.environ["JUPYTER_PLATFORM_DIRS"] = "1"  # no DeprecationWarning about the old folders


def pytest_configure(config: pytest.Config) -> None:
    KernelPorts.instance()
    # Relative to this folder, so that pytest may be started in any other.
    patterns = getattr(config.option, "nbval_sanitize_with", None)
    if patterns:
        config.option.nbval_sanitize_with = str(config.rootpath / patterns)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cells whose output holds on some systems or Pythons only run everywhere, and are compared there."""
    for item in items:
        cell = getattr(item, "cell", None)
        if cell is not None and not all(map(output_holds, cell.metadata.get("tags", []))):
            item.options["check"] = False  # type: ignore[attr-defined]  # nbval's own switch


def output_holds(tag: str) -> bool:
    """Whether what the cell with this tag prints is the same here: `linux-output`, `output-before-3.15`."""
    if tag == "linux-output":
        return sys.platform == "linux"
    if before := re.fullmatch(r"output-before-3\.(\d+)", tag):
        return sys.version_info < (3, int(before[1]))
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where several processes share the tests: which of them stay together, in one process and in order."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    return Together(config, log)


def together(nodeid: str) -> str:
    """A notebook's cells, and a file's tests. What is done with whole notebooks is spread, a notebook here
    and one there, and so are the solutions and mutants of the exercises. The browsers come first, and keep a
    processor busy: two at a time, beside tests that mostly wait."""
    file, _, rest = nodeid.partition("::")
    parameter = rest.partition("[")[2].rstrip("]")
    if file.startswith("tests/browser/"):
        return f"tests/browser {'odd' if parameter[1:2] in set('13579') else 'even'} notebooks"
    if file.startswith("tests/notebooks/") and parameter:
        return f"{file} {parameter}"
    if file == "tests/lessons/test_exercises.py" and parameter:
        return f"{file} {parameter.partition('-')[0]}"
    return file


def pytest_unconfigure() -> None:
    _home.cleanup()


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    return TestModule.from_parent(parent, path=module_path)


class TestModule(pytest.Module):
    """A test file that is skipped, in one line, where a library is missing that learners do not have."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        try:
            yield from super().collect()
        except self.CollectError as error:
            missing = (getattr(error.__cause__, "name", None) or "").partition(".")[0]
            if missing not in ONLY_FOR_TESTS:
                raise
            reason = f"{self.path.name} needs {missing}, which `python3 start.py test` installs"
            pytest.skip(reason, allow_module_level=True)
