"""Start the course, or test it. Nothing but Python is needed.

    python3 start.py                            JupyterLab with your own copy of the notebooks, in the browser
    python3 start.py --here                     the same with the course's own notebooks, for who writes them
    python3 start.py --no-browser --port 9000   the same without a browser, on another port
    python3 start.py test                       every test; further arguments go to pytest
    python3 start.py test --quick               all but the slow and the browser tests; the same for arguments

The first run makes the environment `.venv` beside this file (a minute or two); later runs only start.
Standard library only. This file must parse on every old Python, even 2.7, because one that is too old
gets a sentence, not a SyntaxError: hence no f-strings, no annotations, and ASCII only.
"""

from __future__ import print_function

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "The course needs Python 3.11 or newer, and this is Python {}.{}: get one from "
        "https://www.python.org/downloads/ and start with it, for example `python3.15 start.py`.".format(
            sys.version_info[0], sys.version_info[1]
        )
    )

import argparse
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts\\python.exe" if os.name == "nt" else "bin/python")
VERSION = "{}.{}".format(sys.version_info[0], sys.version_info[1])
COURSE, TEST = "requirements.txt", "tests/requirements.txt"
OWN_COPY = "my_course"
NEEDED_MB = 600
UNFINISHED = "unfinished\n"

AGAIN = ", and run this again."
DISK_FULL = "The disk is full: the course needs about {} MB; make room".format(NEEDED_MB) + AGAIN
NETWORK = r"Retrying \(|NameResolutionError|ConnectionError|ProtocolError|Timeout|Max retries exceeded"
REASONS = [  # what pip's last lines say, and what we say about it
    ("No space left on device|not enough space on the disk", DISK_FULL),
    ("Long Path support", "This path is too long for Windows: move the folder to C:\\netlab" + AGAIN),
    (
        "SSL module is not available",
        "This Python was built without ssl and cannot fetch packages: take the one of "
        "https://www.python.org/downloads/" + AGAIN,
    ),
    ("SSLError|CERTIFICATE_VERIFY", "The network has its own certificate: name its file in PIP_CERT" + AGAIN),
    (NETWORK, "No network: pip cannot reach pypi.org; connect, or set HTTPS_PROXY behind a proxy" + AGAIN),
    (
        r"Permission denied|Read-only file system|\[WinError (5|32)\]",
        "pip may not write in {}: stop running notebooks, check your rights there".format(VENV) + AGAIN,
    ),
]


class Problem(Exception):
    """What went wrong and what to do about it, in one sentence for the person at the keyboard."""


def main(arguments):
    for stream in (sys.stdout, sys.stderr):  # a path may hold letters that a redirected stream cannot write
        stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # pip must not outlive us
    try:
        if arguments[:1] == ["test"]:
            prepare([COURSE, TEST], module="pytest")
            return become(["-m", "pytest"] + test_arguments(arguments[1:]))
        options = lab_options(arguments)
        prepare([COURSE], module="jupyterlab")
        own = not options.here and update_own_copy()
        return become(lab_arguments(options, OWN_COPY if own else "notebooks"))
    except KeyboardInterrupt:
        print("\nStopped. The next run goes on from here.", file=sys.stderr)
        return 130
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1


# -- The environment ------------------------------------------------------------------------------------


def prepare(files, module):
    """Bring .venv to what the requirement files say; return quickly where it already is.

    A stamp for each file tells what is installed. It reads "unfinished" while pip changes things, so the
    next run sees an interrupted installation and makes it again from the beginning.
    """
    stamps = {name: read_stamp(name) for name in files}
    outdated = [name for name in files if stamps[name] != wanted_stamp(name)]
    if not outdated and answers(module):
        return
    started = time.monotonic()
    try:
        os.makedirs(VENV, exist_ok=True)
        with open(os.path.join(VENV, "lock"), "a") as lock:
            take(lock)
            # In place: not half an installation, not another Python's, not one that was moved or damaged.
            # No stamp at all is an environment that someone made by hand.
            fits = all(stamp is None or stamp.startswith(identity()) for stamp in stamps.values())
            in_place = outdated and fits and answers("pip")
            if not in_place:
                make_environment()
            for name in outdated if in_place else files:
                install(name)
    except OSError as error:
        raise Problem(explain(error))
    print("Ready after {}.".format(clock(time.monotonic() - started)))


def stamp_path(name):
    return os.path.join(VENV, "installed-" + name.replace("/", "-"))


def read_stamp(name):
    try:
        with open(stamp_path(name), encoding="ascii") as file:
            return file.read()
    except (OSError, ValueError):
        return None


def write_stamp(name, text):
    """Atomic: the stamp is there whole, or not at all. None takes it away."""
    if text is None:
        return os.remove(stamp_path(name))
    with open(stamp_path(name) + ".new", "w", encoding="ascii") as file:
        file.write(text)
    return os.replace(file.name, stamp_path(name))


def identity():
    return "Python {}\n{}\n".format(VERSION, ascii(ROOT))


def wanted_stamp(name):
    return identity() + hashlib.sha256(requirements(name).encode("utf-8")).hexdigest() + "\n"


def requirements(name):
    try:
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        raise Problem("{} is missing: get the whole course, with all its folders".format(name) + AGAIN)


def answers(module):
    """Does the environment's Python run, is it of our version, and does it find the module?"""
    probe = "import sys, importlib.util as u; print('{}.{}'.format(*sys.version_info), bool(u.find_spec(%r)))"
    try:
        command = [PYTHON, "-I", "-c", probe % module]
        found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.stdout.decode("ascii", "replace").strip() == VERSION + " True"


def take(lock):
    """Two runs at once would spoil each other's work. The system frees the lock when this process ends."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise Problem("Another start.py is setting up this folder: wait until it is ready" + AGAIN)
    except OSError:
        pass  # a file system without locks


def make_environment():
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Problem(
            "This Python lacks venv or ensurepip and cannot make environments: on Debian and Ubuntu install "
            "them with `sudo apt install python{}-venv`, elsewhere take the Python of "
            "https://www.python.org/downloads/".format(VERSION)
            + AGAIN
        )
    if shutil.disk_usage(VENV).free < NEEDED_MB * 1000000:
        raise Problem(DISK_FULL)
    for entry in list(os.scandir(VENV)):  # whatever is there is unfinished, damaged or another Python's
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name != "lock":
            os.remove(entry.path)
    write_stamp(COURSE, UNFINISHED)
    base = getattr(sys, "_base_executable", None) or sys.executable  # not the Python of another .venv
    log = []
    if run("Making the environment", [base, "-I", "-m", "venv", VENV], log):
        raise Problem(explain((log or ["no reason given"])[-1].strip()))
    write_stamp(COURSE, None)


def install(name):
    before = read_stamp(name)
    write_stamp(name, UNFINISHED)
    count = len(set(re.findall(r"(?m)^([\w.-]+) *==", requirements(name))))
    title = "Installing {} packages from {} (about a minute)".format(count, name)
    command = [PYTHON, "-I", "-m", "pip", "install", "-r", name]
    log, code = [], None
    try:
        code = run(title, command + ["--progress-bar=off", "--no-input", "--disable-pip-version-check"], log)
    finally:
        if code != 0 and not any(line.startswith("Installing collected") for line in log):
            write_stamp(name, before)  # pip has changed nothing yet, so there is nothing to repair
    if code:
        raise Problem(explain_pip(log))
    if name == COURSE:
        make_jupyterlab_quiet()
        # matplotlib looks for fonts at its first import and says so: better here than in the first picture.
        fonts = "from contextlib import suppress\nwith suppress(ImportError): import matplotlib.font_manager"
        run("Looking for fonts", [PYTHON, "-I", "-c", fonts], [])
    write_stamp(name, wanted_stamp(name))


def make_jupyterlab_quiet():
    """No question about news at its first start, no line in the terminal for each kernel."""
    settings = {
        "share/jupyter/lab/settings/overrides.json": {
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
        },
        "etc/ipython/ipython_kernel_config.json": {"IPKernelApp": {"log_level": "ERROR"}},
    }
    for name, content in settings.items():
        path = os.path.join(VENV, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)


def run(title, command, log):
    """Run the command, with its progress on one line and its output in log; return its exit code."""
    streams = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), encoding="utf-8", errors="replace", **streams
    )

    def read():
        for line in process.stdout:
            log.append(line)

    reader = threading.Thread(target=read, daemon=True)
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns - 1
    started = shown = time.monotonic()
    try:
        reader.start()
        print(title + " ...", flush=True)
        while reader.is_alive():
            reader.join(0.25)
            now = time.monotonic()
            text = "  {}  {}".format(clock(now - started), what_pip_does(log))
            if terminal:
                print("\r" + text[:width].ljust(width), end="", flush=True)
            elif now - shown >= 10:
                print(text, flush=True)
                shown = now
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        if reader.is_alive():
            reader.join(5)  # its last lines tell how far it came
        if terminal:
            print("\r" + " " * width + "\r", end="", flush=True)


def what_pip_does(log):
    for line in reversed(log[-20:]):
        found = re.match(r"(Collecting [\w.-]+|Installing collected packages|.*Retrying \()", line.strip())
        if found:
            doing = found.group(1)
            return "no answer from the network, trying again" if "Retrying" in doing else doing
    return ""


def clock(seconds):
    return "{}:{:02d}".format(*divmod(int(seconds), 60))


def explain_pip(log):
    path = os.path.join(VENV, "install.log")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(log)
    for pattern, sentence in REASONS:
        if re.search(pattern, "".join(log[-15:])):
            return sentence
    errors = re.findall(r"(?m)^ *ERROR: *(.*[^.\s])", "".join(log)) or ["no reason given"]
    return (
        "pip could not install the packages: {} (its whole output is in {}); the course is tested with "
        "Python 3.11 to 3.15, and this is {}.".format(errors[-1], path, VERSION)
    )


def explain(error):
    """The sentence for an OSError, or for another reason given as text."""
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        return DISK_FULL
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            "Cannot write {}: stop running notebooks, or copy the course to a folder of your own".format(
                error.filename or VENV
            )
            + AGAIN
        )
    return "The environment could not be made ({}): delete {}".format(error, VENV) + AGAIN


# -- The learner's own copy -----------------------------------------------------------------------------


def update_own_copy():
    """Make or renew my_course, which says what it does; return whether it can be opened."""
    sys.stdout.flush()
    command = [PYTHON, "-m", "netlab.own_copy"]
    if subprocess.call(command, cwd=ROOT, env=environment(), start_new_session=True) != 0:  # Ctrl-C is ours
        return False
    try:  # JupyterLab inherits this lock: while it runs, no other start rewrites what it has open
        running = os.open(os.path.join(ROOT, OWN_COPY, ".course", "running"), os.O_RDWR | os.O_CREAT)
        with open(running, "a", closefd=False) as lock:
            take(lock)
        os.set_inheritable(running, True)
    except (OSError, Problem):
        pass  # another JupyterLab has it, or the folder can not be written
    return True


# -- What runs in it ------------------------------------------------------------------------------------


def environment():
    """The variables of a shell in which .venv is activated, with nothing of another Python."""
    variables = dict(os.environ, VIRTUAL_ENV=VENV, PIP_USER="0")
    for name in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"):
        variables.pop(name, None)
    without = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    hosts = [host.strip() for host in without.split(",") if host.strip()]
    hosts += [host for host in ("localhost", "127.0.0.1", "127.0.0.0/8", "::1") if host not in hosts]
    variables["NO_PROXY"] = variables["no_proxy"] = ",".join(hosts)  # what is on this machine needs no proxy
    variables.setdefault("MPLCONFIGDIR", os.path.join(VENV, "matplotlib"))  # fonts, looked for once
    if not os.access(os.path.expanduser("~"), os.W_OK):
        place = VENV if os.access(VENV, os.W_OK) else tempfile.mkdtemp(prefix="netlab-course-")
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            variables.setdefault(name, os.path.join(place, "home", name.lower()))
    variables["PATH"] = os.path.dirname(PYTHON) + os.pathsep + variables.get("PATH", os.defpath)
    return variables


def become(arguments):
    """Go on as the environment's Python; on Unix it takes our place, so signals reach it directly."""
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(PYTHON, [PYTHON] + arguments, environment())
    process = subprocess.Popen([PYTHON] + arguments, env=environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # the console gave the Ctrl-C to the process too: wait until it has ended


def test_arguments(arguments):
    """All tests, or all quick ones, are shared out among processes: most wait for a network, not for the
    processor. Any other arguments are pytest's own affair."""
    shared = ["-n", "6", "--dist", "loadscope", "--no-loadscope-reorder"]
    if arguments[:1] == ["--quick"]:
        return shared + ["-m", "not slow and not browser"] + arguments[1:]
    return arguments or shared


def lab_options(arguments):
    parser = argparse.ArgumentParser(description="Start the course; `start.py test` tests it.")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    parser.add_argument("--here", action="store_true", help="open the course's own notebooks, not your copy")
    parser.add_argument("--port", type=int, default=8888, help="where JupyterLab listens (default: 8888)")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        parser.error("a port is a number from 1 to 65535, not {}".format(options.port))
    return options


def lab_arguments(options, folder):
    ports = range(options.port, min(options.port + 100, 65536))
    port = next((port for port in ports if is_free(port)), None)
    if port is None:
        raise Problem("The ports {} to {} are all taken: choose another --port.".format(ports[0], ports[-1]))
    if port != options.port:
        print("Port {} is taken; JupyterLab gets {}.".format(options.port, port))
    where = "" if options.no_browser else " in your browser"
    print("JupyterLab starts{}. Ctrl-C here ends it.".format(where))
    arguments = ["-m", "jupyterlab", "--port={}".format(port), "--ServerApp.root_dir=" + ROOT]
    arguments += ["--ServerApp.answer_yes=True"]  # one Ctrl-C is enough
    arguments += ["--Application.log_level=ERROR"]  # which still shows the address
    if options.no_browser:
        arguments += ["--no-browser"]
    if os.name != "nt" and os.geteuid() == 0:
        arguments += ["--allow-root"]  # as in a container; it listens on loopback only
    return arguments + ["--LabApp.default_url=/lab/tree/{}/00_start_here.ipynb".format(folder)]


def is_free(port):
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                if os.name != "nt":  # as servers do: a port in TIME_WAIT is free
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except PermissionError:
            if os.name == "nt":
                return False
            raise Problem("Port {} is the administrator's: choose one above 1023.".format(port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            # any other error: a machine without IPv6
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
