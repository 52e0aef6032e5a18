"""08-2: a file, and no way out. What counts is the real place, not how it is written."""

import os
from urllib.parse import unquote


def static_file(root, target):
    path = target.partition("?")[0]
    segments = [unquote(segment) for segment in path.split("/")[1:]]  # once, and after the cut
    for segment in segments:
        if segment in ("", ".", "..") or set(segment) & set("/\\\0"):
            return None
    # A link may lead anywhere, and root may be one: compare the real places of both.
    root = os.path.realpath(root)
    place = os.path.realpath(os.path.join(root, *segments))
    if os.path.commonpath([root, place]) != root:  # "/srv/www-secret" starts with "/srv/www"
        return None
    if not os.path.isfile(place):  # to open a named pipe would wait for somebody who writes
        return None
    try:
        with open(place, "rb") as file:
            return file.read()
    except OSError:  # we may not read it, or it has gone
        return None
