"""start.py as a person meets it: run as a program, in a small course of its own, without any network."""

from __future__ import annotations

import ast
import contextlib
import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.small_course import DEADLINE, ROOT, Course, read_until

BEFORE = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")
OLD = [path for name in BEFORE if (path := shutil.which(f"python{name}"))]
OLD = [path for path in OLD if "shims" not in path]  # pyenv's may lead nowhere
OLD += [str(path) for name in BEFORE for path in Path.home().glob(f".pyenv/versions/{name}.*/bin/python")]
posix = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course after its first run, and what that run said."""
    course = Course(tmp_path_factory.mktemp("start") / "a course, Übung 网络")
    return course, course.run("--no-browser")


@pytest.fixture
def course(made):
    course = made[0]
    course.require(version=1)
    return course


@pytest.fixture
def silent_index():
    """A package index that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/simple"


def test_the_first_run_makes_everything_and_opens_the_first_notebook(made):
    course, said = made
    for words in ("Making the environment", "Installing", "Ready after", "LAB ", "--no-browser", "00_start_"):
        assert words in said
    assert ascii(str(course.folder / ".venv")) in said
    assert ascii("--ServerApp.root_dir=" + str(course.folder)).strip("'") in ascii(said).replace("\\\\", "\\")
    settings = course.folder / ".venv" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert '"fetchNews": "false"' in settings.read_text()


def test_a_second_run_installs_nothing(course):
    course.run()
    said = course.run()
    assert "LAB " in said
    assert "Installing" not in said
    assert "Making" not in said
    assert "--no-browser" not in said


def test_a_start_opens_the_learners_own_copy_and_here_the_courses(course):
    assert "default_url=/lab/tree/my_course/00_start_here.ipynb" in course.run()
    assert (course.folder / "my_course" / "00_start_here.ipynb").is_file()
    shutil.rmtree(course.folder / "my_course")
    assert "default_url=/lab/tree/notebooks/00_start_here.ipynb" in course.run("--here")
    assert not (course.folder / "my_course").exists()
    assert "my_course is your own copy" in course.run()
    assert "my_course" not in course.run().replace("tree/my_course", "")


def test_a_start_brings_what_is_new_in_the_course(course):
    course.run()
    course.write_notebook("Good evening.")
    said = course.run()
    assert said.index("00_start_here.ipynb: 1 cell renewed.") < said.index("LAB ")
    assert "Good evening." in (course.folder / "my_course" / "00_start_here.ipynb").read_text("utf-8")


def test_no_start_touches_the_copy_while_jupyterlab_runs_on_it(course):
    course.run()
    own = course.folder / "my_course" / "00_start_here.ipynb"
    with course.start(LAB_WAITS="1") as first:
        read_until(first, "WRITES TO")
        course.write_notebook("Good night.")
        said = course.run()
        assert "JupyterLab still runs on my_course" in said
        assert "tree/my_course" in said
        first.kill()
        first.communicate(timeout=DEADLINE)
    assert "Good night." not in own.read_text("utf-8")
    if os.name == "posix":  # elsewhere JupyterLab outlives a start.py that is killed
        course.run()
        assert "Good night." in own.read_text("utf-8")


def test_a_copy_that_can_not_be_made_is_said_and_the_courses_notebooks_are_opened(course):
    shutil.rmtree(course.folder / "my_course", ignore_errors=True)
    (course.folder / "my_course").write_text("a file")
    said = course.run()
    (course.folder / "my_course").unlink()
    assert "there is no my_course, and the course's own notebooks are opened" in said
    assert "tree/notebooks/00_start_here.ipynb" in said


@posix
def test_ctrl_c_while_the_copy_is_made_is_said_and_spoils_nothing(course):
    course.run()
    course.write_notebook("Good morning.")
    (course.folder / "my_course" / ".course").mkdir(exist_ok=True)
    with open(course.folder / "my_course" / ".course" / "lock", "a") as lock:
        course.module().take(lock)
        with course.start() as process:
            time.sleep(1.5)
            os.killpg(process.pid, signal.SIGINT)
            said = process.communicate(timeout=DEADLINE)[0]
    assert process.returncode == 130
    assert "Stopped" in said
    assert "Traceback" not in said
    assert "1 cell renewed" in course.run()


OWN = "localhost,127.0.0.1,127.0.0.0/8,::1"


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", OWN),
        ("example.org, ::1,", "example.org,::1,localhost,127.0.0.1,127.0.0.0/8"),
        (OWN, OWN),
        ("*", "*," + OWN),
    ],
)
def test_a_proxy_is_not_asked_for_what_is_on_this_machine(course, name, before, after):
    said = course.run(**{name: before, "HTTP_PROXY": "http://127.0.0.1:9"})
    assert f"ASKED DIRECTLY {after} {after}" in said


@posix
@pytest.mark.parametrize("home", ["/nonexistent", "a home"])
def test_jupyterlab_starts_without_a_home_that_can_be_written(course, tmp_path, home):
    if home == "a home":
        (tmp_path / home).mkdir()
    said = course.run(HOME=str(tmp_path / home))
    own = ascii(str(course.folder / ".venv" / "home" / "jupyter_data_dir"))
    assert f"WRITES TO {own if home == '/nonexistent' else repr('its own place')}" in said


def test_changed_requirements_are_installed_into_the_same_environment(course):
    course.run()
    course.require(version=2)
    said = course.run()
    assert "Installing" in said
    assert "Making" not in said
    assert "version 2" in said


def test_test_passes_its_arguments_to_pytest_and_gives_back_its_exit_code(course):
    said = course.run("test", "-k", "one and two", "--no-such-option", code=3)
    assert "PYTEST ['-k', 'one and two', '--no-such-option']" in said
    assert "Installing" not in course.run("test", code=3)
    assert "Installing" not in course.run()


def test_test_alone_shares_all_tests_among_processes(course):
    said = course.run("test", code=3)
    assert "PYTEST ['-n', '6', '--dist', 'loadscope', '--no-loadscope-reorder']" in said


@pytest.mark.parametrize("more", [[], ["tests/wire", "-x"]])
def test_quick_leaves_out_what_is_slow_and_passes_the_rest_on(course, more):
    said = course.run("test", "--quick", *more, code=3)
    shared = ["-n", "6", "--dist", "loadscope", "--no-loadscope-reorder"]
    assert f"PYTEST {[*shared, '-m', 'not slow and not browser', *more]}" in said


def remove_interpreter(course):
    os.remove(course.module().PYTHON)


def remove_package(course):
    (package,) = (course.folder / ".venv").rglob("site-packages/jupyterlab")
    shutil.rmtree(package)


def kill_in_the_middle(course):
    course.require(version=1, more="netlab-nothing==1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        index = f"http://127.0.0.1:{listener.getsockname()[1]}/simple"
        with course.start(PIP_NO_INDEX="0", PIP_INDEX_URL=index) as process:
            listener.accept()[0].close()  # pip is at work
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
    course.require(version=1)


def move(course):
    moved = course.folder.with_name(course.folder.name + " 2")
    course.folder.rename(moved)
    course.folder = moved


@pytest.mark.slow
@pytest.mark.parametrize("damage", [remove_interpreter, remove_package, kill_in_the_middle, move])
def test_a_spoiled_environment_is_made_again(course, damage):
    course.run()
    damage(course)
    said = course.run()
    assert "Making the environment" in said
    assert ascii(str(course.folder / ".venv")) in said
    assert "Making" not in course.run()


def test_no_network_is_said_in_one_sentence_and_spoils_nothing(course):
    course.run()
    course.require(version=2, more="netlab-nothing==1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"http://127.0.0.1:{listener.getsockname()[1]}/simple"
    said = course.run(code=1, PIP_NO_INDEX="0", PIP_INDEX_URL=closed, PIP_RETRIES="1")
    assert said.splitlines()[-1].startswith("No network: ")
    course.require(version=1)
    assert "Installing" not in course.run()


def test_what_pip_complains_of_is_passed_on(course):
    course.require(version=2, more="netlab-nothing==1")
    said = course.run(code=1)
    assert "No matching distribution found for netlab-nothing==1" in said.splitlines()[-1]
    assert "install.log" in said.splitlines()[-1]


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_pip_works_ends_it_and_spoils_nothing(course, silent_index, number):
    course.run()
    course.require(version=2, more="netlab-nothing==1")
    with course.start(PIP_NO_INDEX="0", PIP_INDEX_URL=silent_index) as process:
        read_until(process, "Installing")
        os.kill(process.pid, number)
        said = process.communicate(timeout=DEADLINE)[0]
    assert process.returncode == 130
    assert "Stopped" in said
    assert "Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # pip is gone too
    course.require(version=1)
    assert "Installing" not in course.run()


@posix
def test_ctrl_c_reaches_jupyterlab_and_leaves_no_process(course):
    with course.start(LAB_WAITS="1") as process:
        read_until(process, "LAB ")
        os.kill(process.pid, signal.SIGINT)
        said = process.communicate(timeout=DEADLINE)[0]
    assert f"LAB interrupted {process.pid}" in said
    assert "Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_taken_port_is_said_and_the_next_free_one_used(course):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        if port > 65500:
            pytest.skip("the system gave one of the last ports")
        said = course.run("--port", str(port))
    (chosen,) = re.findall(r"--port=(\d+)", said)
    assert port < int(chosen) < port + 100
    assert f"Port {port} is taken; JupyterLab gets {chosen}." in said


def test_a_free_port_is_passed_on(course):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    assert f"--port={port}" in course.run("--port", str(port))


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_what_is_no_port_is_refused(course, port):
    assert "start.py: error: " in course.run("--port", port, code=2)


def test_two_runs_at_once_do_not_spoil_each_other(course):
    course.run()
    course.require(version=2)
    with open(course.folder / ".venv" / "lock", "a") as lock:
        course.module().take(lock)
        assert "Another start.py is setting up this folder" in course.run(code=1)
    assert "version 2" in course.run()


def test_a_python_without_ensurepip_is_told_the_package(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    said = Course(tmp_path / "course").run(code=1, PYTHONPATH=str(tmp_path))
    assert f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in said


def test_start_py_alone_says_what_is_missing(tmp_path):
    course = Course(tmp_path / "course")
    (course.folder / "requirements.txt").unlink()
    assert "requirements.txt is missing" in course.run(code=1)


def test_a_file_in_the_place_of_the_environment_is_said(tmp_path):
    course = Course(tmp_path / "course")
    (course.folder / ".venv").write_text("")
    assert "delete " + str(course.folder / ".venv") in course.run(code=1)


def test_a_read_only_folder_is_said_in_one_sentence(tmp_path):
    if os.name == "nt" or os.geteuid() == 0:
        pytest.skip("rights do not bind this user; the next test covers the sentence")
    course = Course(tmp_path / "course")
    course.folder.chmod(0o555)
    try:
        assert "Cannot write " in course.run(code=1)
    finally:
        course.folder.chmod(0o755)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EROFS, "Cannot write "), (errno.EACCES, "Cannot write "), (errno.ENOSPC, "The disk is full")],
)
def test_a_folder_that_refuses_is_said_in_one_sentence(tmp_path, monkeypatch, capsys, number, words):
    module = Course(tmp_path / "course").module()

    def refuse(path, **options):
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(module.os, "makedirs", refuse)
    with contextlib.ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
        assert module.main([]) == 1
    assert capsys.readouterr().err.startswith(words)


@pytest.mark.skipif(not OLD, reason="no Python before 3.11 here")
@pytest.mark.parametrize("python", OLD)
def test_an_old_python_gets_a_sentence(python):
    done = subprocess.run([python, str(ROOT / "start.py")], capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 1
    assert done.stderr.startswith("The course needs Python 3.11 or newer, and this is Python ")
    assert done.stderr.count("\n") == 1


def test_start_py_is_written_for_old_pythons():
    text = (ROOT / "start.py").read_text(encoding="utf-8")
    assert text.isascii()
    for node in ast.walk(ast.parse(text)):
        new = ast.JoinedStr | ast.AnnAssign | ast.NamedExpr | ast.Nonlocal | ast.Match
        assert not isinstance(node, new), node.lineno
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            assert not (node.returns or arguments.kwonlyargs or arguments.posonlyargs), node.name
            assert not any(argument.annotation for argument in arguments.args), node.name
        if isinstance(node, ast.Raise):
            assert node.cause is None, node.lineno


def status(url):
    """JupyterLab prints its address some milliseconds before it listens there: so ask until it answers."""
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.status
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise


@posix
@pytest.mark.slow
def test_the_real_jupyterlab_answers_and_one_ctrl_c_ends_it():
    if Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("only in the environment that `python3 start.py test` makes")
    with subprocess.Popen(
        [sys.executable, str(ROOT / "start.py"), "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            url = re.search(r"http://127\S+", read_until(process, "http://127")).group(0)
            assert status(url) == 200
            os.kill(process.pid, signal.SIGINT)
            said = process.communicate(timeout=60)[0]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert "?" not in said
