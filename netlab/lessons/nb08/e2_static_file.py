"""Exercise 08-2: static_file."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab, LeaveOut

Files = dict[str, bytes | None]  # what a target gives
HELLO = b"<h1>hello</h1>"
BYTES = bytes(range(256)) + b"\r\n\r\n\x1a"
LARGE = BYTES * 1000
DOTTED = {"..hidden": "..hidden", "a..b": "a..b", ".well-known": ".well-known"}
NAMES = {  # what a request says, and the name that it means
    "two%20words.txt": "two words.txt",
    "100%25": "100%",
    "100%": "100%",
    "a&b=c;d": "a&b=c;d",
    "a+b": "a+b",
    "a%2bb": "a+b",
    "a#b": "a#b",
    "Zo%C3%AB": "Zoë",
    "%c3%a9t%c3%a9": "été",
    "-rf": "-rf",
    "~": "~",
    "$HOME": "$HOME",
    "[a]": "[a]",
    "x" * 200: "x" * 200,
}
if os.name != "nt":  # where these are no names
    DOTTED |= {"...": "...", "a.": "a."}
    NAMES |= {"%20a%20": " a ", "a%0Ab": "a\nb", "a%3Fb": "a?b", "%22%3C%7C%3A%2A": '"<|:*'}
SITE = {  # a root, `www`, and things beside it that nobody may have
    "secret.txt": b"SECRET: beside the root",
    "www-secret/key.txt": b"SECRET: a neighbor with a similar name",
    "www/index.html": HELLO,
    "www/css/site.css": b"h1 {}",
    "www/css/deep/er/x.css": b"x {}",
    "www/empty.txt": b"",
    "www/picture": BYTES,
    "www/sub/index.html": b"the index of a folder",
    "www/A": b"the file A",
    "www/%41": b"the file %41",
    "www/%2e%2e/index.html": b"a folder with a strange name",
}
HONEST: Files = {"/index.html": HELLO, "/css/site.css": b"h1 {}", "/css/deep/er/x.css": b"x {}"}
QUERIES: Files = {
    "/index.html?v=2": HELLO,
    "/index.html?a=/../b": HELLO,
    "/index.html?a?b": HELLO,
    "/index.html?": HELLO,
    "/index.html%3Fv=2": None,
    "/index.html#top": None,
    "/?/index.html": None,
}
TWICE: Files = {
    "/%2541": b"the file %41",
    "/%41": b"the file A",
    "/%252e%252e/index.html": b"a folder with a strange name",
}
NOTHING = "/nobody.html", "/nobody/index.html", "/index.html/x", f"/{'x' * 5000}", "/%FF"
OUT = "/../secret.txt", "/../www-secret/key.txt", "/css/../../secret.txt", "/....//secret.txt"
DISGUISED = "/%2e%2e/secret.txt", "/.%2E/secret.txt", "/..%2fsecret.txt", "/css%2f..%2F..%2fsecret.txt"
NO_NAMES = (
    "/css/../index.html",
    "/../www/index.html",
    "/./index.html",
    "/css/%2e/site.css",
    "/css//site.css",
    "//index.html",
    "/index.html/",
    "/css%2Fsite.css",
    "/",
)
OUTWARD = {"www/key": "secret.txt", "www/up": ".", "www/one": "www/two", "www/two": "secret.txt"}
OUTSIDE: Files = dict.fromkeys(("/key", "/up/secret.txt", "/one"))
INWARD = {"www/start": "www/index.html", "www/c": "www/css", "www/css/home": "www/start", "www/up": "."}
INSIDE: Files = {
    "/start": HELLO,
    "/c/site.css": b"h1 {}",
    "/css/home": HELLO,
    "/up/www/index.html": HELLO,
    "/c": None,
}
NOWHERE = {"www/loop": "www/loop", "www/gone": "www/nobody"}


@exercise()
def static_file(root: str, target: str) -> Cases:
    r"""Return the bytes of the file that target names, or None if it names none.

    root is the folder from which everything may be given away, and nothing else: a
    path, perhaps through a symbolic link. target is as the request line says it:
    "/css/site.css?v=2". A query, from the first "?" on, plays no part.

    target begins with "/". Cut what follows at each "/" into segments, and decode each
    one once, with urllib.parse.unquote: "%2541" is the name "%41". Return None if a
    segment is then empty, "." or "..", or has a "/", a "\" or a NUL ("\0") in it.
    Everything else is a name: "..hidden", "a..b", "100%", "two words.txt".

    The segments are the way from root to the file. Return None if nothing is there, or
    no ordinary file (a folder, a named pipe), or if its real place, with all symbolic
    links followed, is outside root. Links from inside to inside count. Raise nothing.
    """
    yield case("files in the root and in folders", served, HONEST, hint="start")
    yield case("a query behind the path", served, QUERIES, hint="query", raises={OSError: "missing"})
    yield case("bytes of every value and none", served, {"/picture": BYTES, "/empty.txt": b""}, hint="bytes")
    yield case("a large file", named, {"large": "large"}, LARGE, hint="bytes")
    yield case("names with dots", named, DOTTED, hint="dots")
    yield case("names of any characters", named, NAMES, hint="names")
    yield case("encoded twice", served, TWICE, hint="once")
    yield case("nothing is there", refused, *NOTHING, hint="missing")
    yield case("folders", refused, "/css", "/css/deep", "/sub", "/%252e%252e", hint="ordinary")
    yield case("a file that changes", changing, hint="changes")
    yield case("up and out", refused, *OUT, hint="out")
    yield case("up and out in disguise", refused, *DISGUISED, hint="decode first")
    yield case("absolute paths", refused, "//BASE/secret.txt", "/%2FBASE/secret.txt", hint="absolute")
    yield case("segments that are no names", refused, *NO_NAMES, hint="segments")
    yield case("backslashes", backslashes, hint="backslash")
    yield case("a NUL", refused, "/index.html%00", "/index.html%00.png", "/%00", hint="nul")
    yield case("links that lead out", linked, OUTWARD, OUTSIDE, hint="link")
    near = {"www/near": "www-secret"}
    yield case("a link to a neighbor", linked, near, {"/near/key.txt": None}, hint="prefix")
    yield case("links from inside to inside", linked, INWARD, INSIDE, hint="inside")
    nothing: Files = dict.fromkeys(("/loop", "/loop/x", "/gone"))
    yield case("links to nothing and to itself", linked, NOWHERE, nothing, hint="missing")
    yield case("a root behind a link", linked, {"site": "www"}, {"/index.html": HELLO}, "site", hint="root")
    yield case("a root with a slash at its end and a relative one", other_roots, hint="root")
    yield case("a named pipe", piped, hint="ordinary")
    yield case("a socket of the file system", socketed, hint="ordinary")


def site(lab: Lab) -> Path:
    """The folder of SITE."""
    base = Path(lab.enter(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))).resolve()
    for name, content in SITE.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_bytes(content)
    return base


def served(
    lab: Lab, files: Files, root: str = "www", base: Path | None = None, form: Callable[[str], str] = str
) -> None:
    """form: how root is written."""
    base = base or site(lab)
    for target, expected in files.items():
        got = lab.call(form(str(base / root)), target.replace("BASE", base.as_posix().strip("/")))
        if isinstance(got, bytes) and got != expected and b"SECRET" in got:
            hint = "prefix" if b"a neighbor" in got else None
            lab.wrong(f"GET {target} got a file from outside root", expected=expected, got=got, hint=hint)
        if isinstance(got, str):
            said = f"GET {target}: the bytes of the file, not text"
            lab.wrong(said, expected=expected, got=got, hint="bytes")
        lab.equal(got, expected, said=f"GET {target}")


def named(lab: Lab, names: dict[str, str], content: bytes | None = None) -> None:
    """Files with these names: {what a request says: the name that it means}."""
    base = site(lab)
    for name in names.values():
        (base / "www" / name).write_bytes(content or name.encode())
    served(lab, {f"/{said}": content or name.encode() for said, name in names.items()}, base=base)


def refused(lab: Lab, *targets: str, base: Path | None = None) -> None:
    served(lab, dict.fromkeys(targets), base=base)


def backslashes(lab: Lab) -> None:
    base = site(lab)
    if os.name != "nt":  # on Windows it separates folders; elsewhere a name may have it
        (base / "www" / "..\\secret.txt").write_bytes(b"SECRET: what Windows would find outside")
        (base / "www" / "css\\site.css").write_bytes(b"SECRET: a backslash")
    refused(lab, "/..\\secret.txt", "/..%5Csecret.txt", "/css%5csite.css", base=base)


def changing(lab: Lab) -> None:
    """The same target, and another file: with time, and beneath another root."""
    base = site(lab)
    for content in (b"one", b"two"):
        (base / "www" / "news.txt").write_bytes(content)
        served(lab, {"/news.txt": content}, base=base)
    served(lab, {"/news.txt": None})


def linked(lab: Lab, links: dict[str, str], files: Files, root: str = "www") -> None:
    """With symbolic links: {place: where it points}, both beneath the base; absolute, then relative."""
    for relative in (False, True):
        base = site(lab)
        for place, to in links.items():
            there = os.path.relpath(base / to, (base / place).parent) if relative else base / to
            try:
                (base / place).symlink_to(there, target_is_directory=(base / to).is_dir())
            except OSError:
                raise LeaveOut("symbolic links are not allowed here") from None
        served(lab, files, root, base)


def other_roots(lab: Lab) -> None:
    base = site(lab)
    served(lab, HONEST, base=base, form=lambda root: f"{root}/")
    try:
        os.path.relpath(base)
    except ValueError:
        raise LeaveOut("the folder for temporary files is on another drive") from None
    served(lab, HONEST, base=base, form=os.path.relpath)


def socketed(lab: Lab) -> None:
    """What open() refuses, and what is neither a folder nor a pipe."""
    base = site(lab)
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(base / "www" / "sock"))
    except (AttributeError, OSError):
        raise LeaveOut("there are no such sockets on this system") from None
    refused(lab, "/sock", base=base)


def piped(lab: Lab) -> None:
    """A named pipe: whoever opens it waits for a writer."""
    if not hasattr(os, "mkfifo"):
        raise LeaveOut("there are no named pipes on this system")
    base = site(lab)
    pipe = base / "www" / "pipe"
    os.mkfifo(pipe)

    def free() -> None:
        """Be that writer, after a while, and say nothing."""
        lab.pause(0.4)
        while not lab.settled:
            with suppress(OSError):  # nobody is waiting
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
            lab.pause(0.02)

    lab.beside(free)
    served(lab, {"/pipe": None, "/index.html": HELLO}, base=base)
