"""Exercise 08-2: static_file."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import sites


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
    for name, hint, body, *args in sites.CASES:
        yield case(name, body, *args, hint=hint)
