"""From a Request to a WSGI application and back to a Response (PEP 3333)."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any
from urllib.parse import unquote_to_bytes

from ...servers.http import HOP_BY_HOP, Application, Fields, HTTPApplicationServer, Limits, Request, Response

_logger = logging.getLogger("netlab.wsgi")
_logger.addHandler(logging.NullHandler())  # nothing on the screen unless the program asks for it


def serve_wsgi(
    application: Callable[..., Any], *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
) -> HTTPApplicationServer:
    """Run a WSGI application (PEP 3333) as a server in the background, a thread for each connection.

    The body of a request is read before the application is called. An exception of the application is
    answered with 500, kept in `server.errors`, and raised by `stop()`.
    """
    return HTTPApplicationServer(wsgi(application), host=host, port=port, limits=limits)


def wsgi(application: Callable[..., Iterable[bytes]]) -> Application:
    """The Application that runs a WSGI application."""
    if not callable(application):
        raise TypeError(
            f"a WSGI application is called as application(environ, start_response), not {application!r}"
        )

    def respond(request: Request) -> Response:
        answer = _Answer()
        result = application(environ(request), answer.start)
        if isinstance(result, (str, bytes)):
            name = getattr(application, "__name__", "the application")
            raise TypeError(f"{name}() returned {type(result).__name__}: WSGI wants a list of bytes")
        if isinstance(result, (list, tuple)):
            response = answer.begun()
            response.body = b"".join([*answer.written, *result])
            return response
        parts = iter(result)
        for part in parts:  # it may call start_response only now
            answer.written.append(part)
            if part:
                break
        response = answer.begun()
        response.body = chain(answer.written, parts)
        response.over = getattr(result, "close", None)
        return response

    respond.__name__ = getattr(application, "__name__", type(application).__name__)
    return respond


def environ(request: Request) -> dict[str, Any]:
    """What a WSGI application is told about a request."""
    local = request.conn.getsockname()
    variables: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.raw_path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": local[0],
        "SERVER_PORT": str(local[1]),
        "SERVER_PROTOCOL": "HTTP/{}.{}".format(*request.head.version),
        "REMOTE_ADDR": request.address[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name in {field.name.lower() for field in request.head.fields}:
        if "_" in name:  # X_Name and X-Name would be the same variable
            continue
        values = request.head.all(name)
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            variables[key] = values[0]
        elif key != "TRANSFER_ENCODING":  # it is off already
            variables["HTTP_" + key] = ("; " if key == "COOKIE" else ", ").join(values)
    if request.head.get("Transfer-Encoding"):
        variables["CONTENT_LENGTH"] = str(len(request.body))
    return variables


class _Answer:
    def __init__(self) -> None:
        self.response: Response | None = None
        self.written: list[bytes] = []

    def start(self, status: str, headers: Fields, exc_info: Any = None) -> Callable[[bytes], None]:
        if self.response and not exc_info:
            raise RuntimeError("start_response() was called a second time without exc_info")
        code, _, reason = status.partition(" ") if isinstance(status, str) else ("", "", "")
        if not (len(code) == 3 and code.isdecimal()):
            raise ValueError(f'a WSGI status is text such as "200 OK", not {status!r}')
        if hop := [name for name, _ in headers if name.lower() in HOP_BY_HOP]:
            raise ValueError(f"{hop[0]} is between client and server; a WSGI application does not set it")
        self.response = Response(int(code), list(headers), reason=reason)
        return self.written.append

    def begun(self) -> Response:
        if self.response is None:
            raise RuntimeError("the application returned a body without calling start_response()")
        return self.response


class _Errors(io.TextIOBase):
    """wsgi.errors: what an application writes there goes to the log of this name."""

    def write(self, text: str) -> int:
        if text.strip():
            _logger.error("%s", text.rstrip())
        return len(text)
