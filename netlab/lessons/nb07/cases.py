"""Cases of notebook 07."""

from __future__ import annotations

from . import heads

HELLO = heads.request()


BROWSER = heads.request(b"User-Agent: a browser", b"Accept: text/html", b"Connection: keep-alive")
