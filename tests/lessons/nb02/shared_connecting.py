"""What the solutions of several exercises of notebook 02 share."""

from __future__ import annotations

import socket

STREAM = socket.SOCK_STREAM
