"""From a Request to a WSGI application and back to its response (PEP 3333)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper, is_hop_by_hop

from ...servers.http import HTTPApplicationServer, Limits
from ...servers.http.connection import Application
from ...servers.http.requests import Request
from ...servers.http.responses import Fields, ResponseWriter


def serve_wsgi(
    application: Callable[..., Any], *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
) -> HTTPApplicationServer:
    """Run a WSGI application (PEP 3333) as a server in the background, a thread for each connection.

    The body of a request is read before the application is called. Whatever the application raises is kept
    in `server.errors`, raised by `stop()`, and answered with 500; when a part of the response is out already,
    the connection ends. What it writes to wsgi.errors is in `server.log`.
    """
    return HTTPApplicationServer(wsgi(application), host=host, port=port, limits=limits)


def wsgi(application: Callable[..., Iterable[bytes]]) -> Application:
    """The Application that runs a WSGI application."""
    if not callable(application):
        raise TypeError(
            f"a WSGI application is called as application(environ, start_response), not {application!r}"
        )

    def respond(request: Request) -> _Exchange:
        return _Exchange(application, respond.__name__, request)

    respond.__name__ = getattr(application, "__name__", type(application).__name__)
    return respond


def environ(request: Request, errors: io.TextIOBase) -> dict[str, Any]:
    """What a WSGI application is told about a request."""
    local, remote = request.conn.getsockname(), request.address
    host, port = local[:2] if isinstance(local, tuple) else ("localhost", 0)  # a Unix socket has neither
    variables: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.raw_path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": f"[{host}]" if ":" in host else host,  # RFC 3875, section 4.1.14
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/{}.{}".format(*request.head.version),
        "REMOTE_ADDR": remote[0] if isinstance(remote, tuple) else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,  # it ends where the body does, whatever CONTENT_LENGTH says
        "wsgi.errors": errors,
        "wsgi.file_wrapper": FileWrapper,
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


class _Exchange:
    """One call of the application, and what it sends."""

    def __init__(self, application: Callable[..., Iterable[bytes]], name: str, request: Request) -> None:
        self.application, self.name, self.request = application, name, request
        self.called = False

    def send(self, writer: ResponseWriter) -> None:
        self.writer = writer
        errors = _Errors(writer.log)
        writer.at_the_end.callback(errors.flush)
        result = self.application(environ(self.request, errors), self.start_response)
        if close := getattr(result, "close", None):
            writer.at_the_end.callback(close)
        if isinstance(result, (str, bytes)) or not (
            hasattr(result, "__iter__") or hasattr(result, "__getitem__")
        ):
            what = type(result).__name__
            raise TypeError(f"{self.name}() returned {what}: WSGI wants a list of bytes, or another iterable")
        if isinstance(result, (list, tuple)):
            self._finish(b"".join(map(self._checked, result)))
            return
        for part in result:  # it may call start_response only now
            self.write(part)
            if self.writer.begun and self.writer.silent:
                break
        self._finish(b"")

    def start_response(self, status: str, headers: Fields, exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info:
            try:
                if self.writer.begun:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # its traceback refers to this frame
        elif self.called:
            raise RuntimeError("start_response() was called a second time without exc_info")
        self.called = True
        code, _, reason = status.partition(" ") if isinstance(status, str) else ("", "", "")
        if not (len(code) == 3 and code.isascii() and code.isdecimal()):
            raise ValueError(f'a WSGI status is text such as "200 OK", not {status!r}')
        if not isinstance(headers, list):
            raise TypeError(f"the headers of a WSGI response are a list of pairs, not {headers!r:.60}")
        self.writer.start(int(code), headers, reason=reason)
        if hop := [name for name, _ in headers if is_hop_by_hop(name)]:
            self.writer.status = 0  # there is no head then
            raise ValueError(f"{hop[0]} is between client and server; a WSGI application does not set it")
        return self.write

    def write(self, part: bytes) -> None:
        if self._checked(part):  # an empty part does not send the head yet
            self.writer.write(part)

    def _finish(self, part: bytes) -> None:
        if not self.called:
            raise RuntimeError("the application returned a body without calling start_response()")
        self.writer.write(part, last=True)

    def _checked(self, part: bytes) -> bytes:
        if not isinstance(part, bytes):
            what = f"{type(part).__name__}: {part!r:.60}"
            raise TypeError(f"the body of a WSGI response is bytes, not {what}")
        if part and not self.called:
            raise RuntimeError("a part of the body came without calling start_response() first")
        return part


class _Errors(io.TextIOBase):
    """wsgi.errors: the lines that an application writes there go to the server's log."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.log, self.line = log, ""

    def write(self, text: str) -> int:
        *lines, self.line = (self.line + text).split("\n")
        for line in lines:
            self.log(line)
        return len(text)

    def flush(self) -> None:
        self.log(self.line)
        self.line = ""
