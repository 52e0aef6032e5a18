"""08-2 static_file: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus, unquote_to_bytes, urlsplit

from ..registry import mutant, right


@right("static_file")
def with_pathlib(root: str, target: str) -> bytes | None:
    """pathlib, part by part"""
    base = Path(root).resolve()
    names = [unquote(name) for name in target.split("?")[0][1:].split("/")]
    if any(name in ("", ".", "..") or re.search(r"[/\\\0]", name) for name in names):
        return None
    try:
        place = base.joinpath(*names).resolve(strict=True)
        if place.is_file() and base in place.parents:
            return place.read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: a link to itself, before Python 3.13
        pass
    return None


def _cut(target: str) -> list[str]:
    return [unquote(segment) for segment in target.partition("?")[0].split("/")[1:]]


def _proper(segments: list[str]) -> bool:
    return not any(each in ("", ".", "..") or set(each) & set("/\\\0") for each in segments)


def _inside(root: str, place: str) -> bool:
    return os.path.commonpath([root, place]) == root


def _read(place: str) -> bytes | None:
    if not os.path.isfile(place):
        return None
    with open(place, "rb") as file:
        return file.read()


def _give(
    root: str,
    target: str,
    cut: Callable[[str], list[str]] = _cut,
    proper: Callable[[list[str]], bool] = _proper,
    real: Callable[[str], str] = os.path.realpath,
    real_root: Callable[[str], str] = os.path.realpath,
    inside: Callable[[str, str], bool] = _inside,
    read: Callable[[str], Any] = _read,
) -> Any:
    segments = cut(target)
    if not proper(segments):
        return None
    base = real_root(root)
    place = real(os.path.join(base, *segments))
    return read(place) if inside(base, place) else None


@mutant("static_file", "query")
def question_in_the_name(root: str, target: str) -> Any:
    """looks for a file with a question mark in its name"""
    return _give(root, target, cut=lambda t: [unquote(each) for each in t.split("/")[1:]])


@mutant("static_file", "bytes", says="not text")
def as_text(root: str, target: str) -> Any:
    """reads text"""
    return _give(root, target, read=lambda place: Path(place).read_text("utf-8"))


@mutant("static_file", "bytes")
def empty_is_nothing(root: str, target: str) -> Any:
    """None for a file of no bytes"""
    return _give(root, target) or None


@mutant("static_file", "dots", says="..hidden")
def dots_anywhere(root: str, target: str) -> Any:
    """looks for .. anywhere in the text"""
    return _give(root, target, proper=lambda s: ".." not in "/".join(s) and _proper(s))


@mutant("static_file", "names")
def does_not_decode(root: str, target: str) -> Any:
    """%20 stays %20"""
    return _give(root, target, cut=lambda t: t.partition("?")[0].split("/")[1:])


@mutant("static_file", "names", says="a+b")
def plus_for_space(root: str, target: str) -> Any:
    """takes a path for a form"""
    return _give(root, target, cut=lambda t: [unquote_plus(s) for s in t.partition("?")[0].split("/")[1:]])


@mutant("static_file", "once")
def decoded_twice(root: str, target: str) -> Any:
    """decodes twice"""
    return _give(root, target, cut=lambda t: [unquote(s) for s in _cut(t)])


@mutant("static_file", "once")
def until_nothing_changes(root: str, target: str) -> Any:
    """decodes as long as there is something to decode"""

    def cut(target: str) -> list[str]:
        path = target.partition("?")[0]
        while unquote(path) != path:
            path = unquote(path)
        return path.split("/")[1:]

    return _give(root, target, cut=cut)


@mutant("static_file", "missing", says="FileNotFoundError")
def opens_at_once(root: str, target: str) -> Any:
    """opens whatever it is"""
    return _give(root, target, read=lambda place: Path(place).read_bytes())


@mutant("static_file", "missing")
def only_not_found(root: str, target: str) -> Any:
    """catches FileNotFoundError only"""

    def read(place: str) -> bytes | None:
        try:
            return None if os.path.isdir(place) else Path(place).read_bytes()
        except FileNotFoundError:
            return None

    return _give(root, target, read=read)


@mutant("static_file", "ordinary")
def folders_too(root: str, target: str) -> Any:
    """opens whatever is there"""
    return _give(root, target, read=lambda place: Path(place).read_bytes() if os.path.exists(place) else None)


@mutant("static_file", "ordinary", says="/pipe")
def waits_at_the_pipe(root: str, target: str) -> Any:
    """a pipe is no folder"""

    def read(place: str) -> bytes | None:
        if not os.path.exists(place) or os.path.isdir(place):
            return None
        with open(place, "rb") as file:
            return file.read()

    return _give(root, target, read=read)


@mutant("static_file", "out", says="from outside root")
def trusting(root: str, target: str) -> Any:
    """joins and opens"""
    try:
        return _read(root + unquote(target.partition("?")[0]))
    except (OSError, ValueError):
        return None


@mutant("static_file", "out", says="/....//secret.txt")
def takes_dots_out(root: str, target: str) -> Any:
    """removes ../ from the path"""
    return _read(root + "/" + unquote(target.partition("?")[0])[1:].replace("../", ""))


@mutant("static_file", "decode first", says="from outside root")
def checks_too_early(root: str, target: str) -> Any:
    """checks what has not been decoded"""
    path = target.partition("?")[0]
    if set(path.split("/")[1:]) & {"", ".", ".."} or "....//" in path:
        return None
    return _read(root + unquote(path))


@mutant("static_file", "absolute", says="from outside root")
def joined(root: str, target: str) -> Any:
    """os.path.join with what begins with a slash"""
    path = unquote(target.partition("?")[0])[1:]
    return None if ".." in path.split("/") else _read(os.path.join(root, path))


@mutant("static_file", "segments", says="/css/../index.html")
def detours(root: str, target: str) -> Any:
    """only the real place counts"""
    return _give(root, target, proper=lambda segments: "\0" not in "".join(segments))


@mutant("static_file", "segments")
def tidies_up(root: str, target: str) -> Any:
    """leaves . and empty segments out"""
    return _give(root, target, cut=lambda target: [each for each in _cut(target) if each not in ("", ".")])


@mutant("static_file", "backslash")
def slashes_only(root: str, target: str) -> Any:
    """a backslash is a character like any other"""
    return _give(root, target, proper=lambda segments: _proper([s.replace("\\", "_") for s in segments]))


@mutant("static_file", "nul", says="ValueError")
def forgets_nul(root: str, target: str) -> Any:
    """a NUL is a character like any other"""
    return _give(root, target, proper=lambda segments: _proper([s.replace("\0", "_") for s in segments]))


@mutant("static_file", "nul")
def cuts_at_nul(root: str, target: str) -> Any:
    """ends a name at its NUL, as C does"""
    return _give(root, target, cut=lambda target: [each.partition("\0")[0] for each in _cut(target)])


@mutant("static_file", "link", says="from outside root")
def looks_at_text(root: str, target: str) -> Any:
    """abspath, which follows no link"""
    return _give(root, target, real=os.path.abspath)


@mutant("static_file", "prefix", says="from outside root")
def startswith(root: str, target: str) -> Any:
    """startswith(root)"""
    return _give(root, target, inside=lambda root, place: place.startswith(root))


@mutant("static_file", "prefix", says="/../www-secret/key.txt")
def normpath_and_startswith(root: str, target: str) -> Any:
    """works out the dots, and then startswith(root)"""
    place = os.path.normpath(os.path.join(root, *_cut(target)))
    try:
        return _read(place) if place.startswith(os.path.realpath(root)) else None
    except ValueError:
        return None


@mutant("static_file", "inside")
def no_links(root: str, target: str) -> Any:
    """refuses every link"""
    return _give(root, target, inside=lambda r, place: place == os.path.join(r, *_cut(target)))


@mutant("static_file", "root")
def root_as_written(root: str, target: str) -> Any:
    """follows the links of the file, not those of root"""
    return _give(root, target, real_root=os.path.abspath)


# -- words of the contract that are easily passed over ---------------------------------------------------


def _mutant(hint: str, name: str, says: str = "", **wrong: Any) -> None:
    """Right but for this."""

    def static_file(root: str, target: str) -> Any:
        return _give(root, target, **wrong)

    static_file.__doc__, static_file.__name__ = name, name.replace(" ", "_")
    mutant("static_file", hint, says)(static_file)


def _each(change: Callable[[str], str]) -> Callable[[str], list[str]]:
    return lambda target: [change(each) for each in target.partition("?")[0].split("/")[1:]]


def _refusing(pattern: str) -> Callable[[list[str]], bool]:
    return lambda segments: _proper(segments) and not any(re.search(pattern, each) for each in segments)


def _decoded_first(target: str) -> list[str]:
    return unquote(target.replace("%25", "%2525")).partition("?")[0].replace("%25", "%").split("/")[1:]


def _up_to_the_last(target: str) -> list[str]:
    return [unquote(each) for each in (target.rpartition("?")[0] or target).split("/")[1:]]


def _read_some(place: str) -> bytes | None:
    return (_read(place) or b"")[:65536] if os.path.isfile(place) else None


def _first_of_glob(place: str) -> bytes | None:
    return _read(next(iter(glob.glob(place)), place + "/nothing"))


def _no_pipe(place: str) -> bytes | None:
    mode = os.stat(place).st_mode if os.path.exists(place) else 0
    return None if not mode or stat.S_ISDIR(mode) or stat.S_ISFIFO(mode) else Path(place).read_bytes()


def _index(place: str) -> bytes | None:
    return _read(os.path.join(place, "index.html") if os.path.isdir(place) else place)


def _last_link(place: str) -> str:
    return (
        os.path.normpath(os.path.join(os.path.dirname(place), os.readlink(place)))
        if os.path.islink(place)
        else place
    )


def _step_by_step(place: str) -> str:
    """Nowhere if a folder on the way is outside of where the one before was."""
    real = os.path.realpath(place)
    for folder in Path(place).parents:
        if folder.is_symlink() and not os.path.realpath(folder).startswith(os.path.realpath(folder.parent)):
            return "/nowhere"
    return real


def _as_written(root: str) -> str:
    return os.path.realpath(root) if os.path.islink(root) else root


_mutant("query", "knows fragments", "#top", cut=lambda target: _cut(urlsplit("x:" + target).path))
_mutant("query", "the last question mark", "a?b", cut=_up_to_the_last)
_mutant("query", "decodes before it looks for the query", "%3Fv=2", cut=_decoded_first)
_mutant("bytes", "the first 64 kB", "large", read=_read_some)
_mutant("dots", "no name begins with a dot", "..hidden", proper=_refusing(r"^\."))
_mutant("dots", "a name of dots alone", "/...", proper=_refusing(r"^\.+$"))
_mutant("names", "strips names", "a%20", cut=_each(lambda each: unquote(each).strip()))
_mutant(
    "names", "expands a tilde", "/~", cut=_each(lambda each: os.path.expanduser(unquote(each)).strip("/"))
)
_mutant("names", "expands variables", "$HOME", real=lambda place: os.path.realpath(os.path.expandvars(place)))
_mutant("names", "looks for patterns", "[a]", read=_first_of_glob)
_mutant("names", "no control characters", "%0A", proper=_refusing(r"[\x00-\x1f]"))
_mutant("names", "a list of good letters", "#", proper=_refusing(r"[^\w .%&=;+-]"))
_mutant("names", "a percent sign that says nothing", "/100%", proper=_refusing(r"%(?![0-9a-fA-F]{2})"))
_mutant("names", "names of 100 letters", "xxx", proper=_refusing(".{101}"))
_mutant("missing", "strict UTF-8", "UnicodeDecodeError", cut=_each(lambda s: unquote_to_bytes(s).decode()))
_mutant("ordinary", "the index of a folder", "/sub", read=_index)
_mutant("ordinary", "opens a socket", "OSError", read=_no_pipe)
_mutant("link", "follows one link", real=_last_link)
_mutant("inside", "every folder on the way", "/up/www/index.html", real=_step_by_step)
_mutant("root", "compares root as it is written", "relative", real_root=_as_written)

_SEEN: dict[str, bytes | None] = {}


@mutant("static_file", "changes", says="/news.txt")
def remembers(root: str, target: str) -> Any:
    """gives what it gave before"""
    if target == "/news.txt" and target not in _SEEN:
        _SEEN[target] = _give(root, target)
    return _SEEN[target] if target in _SEEN else _give(root, target)
