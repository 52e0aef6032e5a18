"""Cases of notebook 03."""

from __future__ import annotations

EMOJI = [{"mood": "🙂👋", "von": "Zoë"}, {"名": "李雷", "n": 2}, "🚀" * 3]
