"""Cases of notebook 04."""

from __future__ import annotations

WHOLE = "1 · Each postcard is whole"


NOBODY = "2 · Nobody at home"


ASK_AGAIN = "5 · Ask again"
