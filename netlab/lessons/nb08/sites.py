"""Which file? Paths as they come: honest ones, and those that try to get out of the root."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...check.lab import Lab, LeaveOut

NAMES = {  # what a request says, and the name that it means
    "two%20words.txt": "two words.txt",
    "..hidden": "..hidden",
    "a..b": "a..b",
    "100%25": "100%",
    "a&b=c;d": "a&b=c;d",
    "a+b": "a+b",
    "Zo%C3%AB": "Zoë",
    "-rf": "-rf",
}
BYTES = bytes(range(256)) + b"\r\n\r\n\x1a"


def site(lab: Lab) -> Path:
    """A folder with a root, `www`, and things beside it that nobody may have."""
    base = Path(lab.enter(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))).resolve()
    for name, content in {
        "secret.txt": b"SECRET: beside the root",
        "www-secret/key.txt": b"SECRET: a neighbor with a similar name",
        "www/index.html": b"<h1>hello</h1>",
        "www/css/site.css": b"h1 {}",
        "www/css/deep/er/x.css": b"x {}",
        "www/empty.txt": b"",
        "www/picture": BYTES,
        "www/A": b"the file A",
        "www/%41": b"the file %41",
        "www/%2e%2e/index.html": b"a folder with a strange name",
        **{f"www/{name}": name.encode() for name in NAMES.values()},
    }.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_bytes(content)
    return base


def served(lab: Lab, targets: dict[str, bytes | None], root: str = "www", base: Path | None = None) -> None:
    """Each target gives these bytes, or None."""
    base = base or site(lab)
    for target, expected in targets.items():
        got = lab.call(str(base / root), target.replace("BASE", base.as_posix().strip("/")))
        if isinstance(got, bytes) and got != expected and b"SECRET" in got:
            lab.wrong(f"GET {target} got a file from outside root", expected=expected, got=got)
        if isinstance(got, str):
            lab.wrong(
                f"GET {target}: the bytes of the file, not text", expected=expected, got=got, hint="bytes"
            )
        lab.equal(got, expected, said=f"GET {target}")


def refused(lab: Lab, *targets: str) -> None:
    served(lab, dict.fromkeys(targets))


def backslashes(lab: Lab) -> None:
    base = site(lab)
    if os.name != "nt":  # there a name may have a backslash; elsewhere it separates folders
        (base / "www" / "..\\secret.txt").write_bytes(b"SECRET: what Windows would find outside")
        (base / "www" / "css\\site.css").write_bytes(b"SECRET: a backslash")
    served(lab, dict.fromkeys(("/..\\secret.txt", "/..%5Csecret.txt", "/css%5csite.css")), base=base)


def linked(lab: Lab, links: dict[str, str], targets: dict[str, bytes | None], root: str = "www") -> None:
    """With symbolic links: {place: where it points}, both beneath the base."""
    base = site(lab)
    for place, to in links.items():
        try:
            (base / place).symlink_to(base / to, target_is_directory=(base / to).is_dir())
        except OSError:
            raise LeaveOut("symbolic links are not allowed here") from None
    served(lab, targets, root, base)


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
    served(lab, {"/pipe": None, "/index.html": b"<h1>hello</h1>"}, base=base)


# -- targets ------------------------------------------------------------------------------------------

HELLO = b"<h1>hello</h1>"
HONEST = {"/index.html": HELLO, "/css/site.css": b"h1 {}", "/css/deep/er/x.css": b"x {}"}
UNUSUAL = {f"/{said}": name.encode() for said, name in NAMES.items()}
TWICE = {
    "/%2541": b"the file %41",
    "/%41": b"the file A",
    "/%252e%252e/index.html": b"a folder with a strange name",
}
NOTHING = ("/nobody.html", "/nobody/index.html", "/index.html/x", f"/{'x' * 5000}")
OUT = ("/../secret.txt", "/../www-secret/key.txt", "/css/../../secret.txt", "/....//secret.txt")
DISGUISED = ("/%2e%2e/secret.txt", "/.%2E/secret.txt", "/..%2fsecret.txt", "/css%2f..%2F..%2fsecret.txt")
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
OUTWARD = {"www/key": "secret.txt", "www/up": "."}
INWARD = {"www/start": "www/index.html", "www/c": "www/css"}

CASES: list[tuple[Any, ...]] = [  # (what is the case, hint, function, its arguments)
    ("files in the root and in folders", "start", served, HONEST),
    ("a query behind the path", "query", served, {"/index.html?v=2": HELLO, "/index.html?a=/../b": HELLO}),
    ("bytes of every value and none", "bytes", served, {"/picture": BYTES, "/empty.txt": b""}),
    ("names with dots and spaces and percent signs", "names", served, UNUSUAL),
    ("encoded twice", "once", served, TWICE),
    ("nothing is there", "missing", refused, *NOTHING),
    ("folders", "ordinary", refused, "/css", "/css/deep"),
    (
        "up and out",
        "out",
        refused,
        "/../secret.txt",
        "/../www-secret/key.txt",
        "/css/../../secret.txt",
        "/....//secret.txt",
    ),
    ("up and out in disguise", "decode first", refused, *DISGUISED),
    ("absolute paths", "absolute", refused, "//BASE/secret.txt", "/%2FBASE/secret.txt"),
    ("segments that are no names", "segments", refused, *NO_NAMES),
    ("backslashes", "backslash", backslashes),
    ("a NUL", "nul", refused, "/index.html%00", "/index.html%00.png", "/%00"),
    ("links that lead out", "link", linked, OUTWARD, {"/key": None, "/up/secret.txt": None}),
    ("a link to a neighbor", "prefix", linked, {"www/near": "www-secret"}, {"/near/key.txt": None}),
    ("links from inside to inside", "inside", linked, INWARD, {"/start": HELLO, "/c/site.css": b"h1 {}"}),
    ("a link to itself", "missing", linked, {"www/loop": "www/loop"}, {"/loop": None, "/loop/x": None}),
    ("a root behind a link", "root", linked, {"site": "www"}, {"/index.html": HELLO}, "site"),
    ("a named pipe", "ordinary", piped),
]
