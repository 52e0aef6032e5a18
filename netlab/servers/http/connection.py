"""One HTTP/1.1 connection on the server's side: requests in, responses out, one after another.

An application is a function: a Request in, an Answer out, a Response say.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from netlab.wire.http_messages import BadMessage, RequestHead

from ..error_log import ErrorLog, described, related
from .requests import ClientDisconnected, Limits, Request, RequestReader
from .responses import Answer, ResponseWriter, refusal

Application = Callable[[Request], Answer]


class ApplicationFailed(Exception):
    """An application has failed, and its exception is kept already."""


@dataclass
class Conversation:
    """The requests and responses of one connection. `note` is told of each, in one line."""

    conn: socket.socket
    address: Any
    application: Application
    name: str
    limits: Limits
    note: Callable[[str], None]
    error_log: ErrorLog
    left: bool = False  # by its client: nobody to say goodbye to

    def hold(self) -> None:
        """Answer one request after another until the client leaves, or must.

        What the application raises is kept in the error log, and answered with 500 if nothing is out yet;
        else the connection ends. A BadMessage is the client's doing: the answer has the status that it names.
        """
        self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader, goes_on = RequestReader(self.conn, self.address, self.limits), True
        while goes_on:
            request = refused = None
            try:
                request = reader.request()
            except BadMessage as error:
                refused = refusal(error.status, str(error))
            if not (request or refused):
                return
            goes_on = self._answer(reader.head, request, refused)
        if not self.left:
            self._say_goodbye()

    def _answer(self, head: RequestHead | None, request: Request | None, answer: Answer | None) -> bool:
        """Send an answer, the application's if there is none yet. Returns whether the connection goes on."""
        writer = ResponseWriter(self.conn, head, self.limits.seconds, self.note, self.error_log.write)
        try:
            (answer or self._asked(request)).send(writer)
            if not writer.complete:
                raise RuntimeError("the application did not send the whole response")
        except BaseException as error:
            writer.keeps = False
            if self._told(error) and not writer.begun:
                with suppress(ClientDisconnected):
                    refusal(500, "the application failed; its server knows why").send(writer)
        try:
            writer.at_the_end.close()
        except BaseException as error:
            writer.keeps = False
            self._told(error)
        return writer.keeps

    def _asked(self, request: Any) -> Answer:
        try:
            answer = self.application(request)
        except BadMessage as error:
            return refusal(error.status, str(error))
        if not hasattr(answer, "send"):
            raise TypeError(f"{self.name}() returned {answer!r:.60}, and an application returns a Response")
        return answer

    def _told(self, error: BaseException) -> bool:
        """Keep an exception where it is found; False if it comes from the client's going."""
        if isinstance(error, ApplicationFailed):
            return True
        if is_disconnect(error):
            self.left = True
            self.error_log.write(f"{self.name}() stopped sending: {described(error)}")
            return False
        self.error_log.keep(error, self.name)
        return True

    def _say_goodbye(self) -> None:
        """End the connection so that the client can still read the last answer.

        Closing with unread bytes would send a reset, which may destroy the answer on its way. So finish
        sending, and take for a while whatever the client is still sending.
        """
        end = time.monotonic() + min(1.0, self.limits.seconds)
        with suppress(OSError):  # the client has gone already
            self.conn.shutdown(socket.SHUT_WR)
            while (left := end - time.monotonic()) > 0:
                self.conn.settimeout(left)
                if not self.conn.recv(65536):
                    return


def is_disconnect(error: BaseException) -> bool:
    """Whether an exception is, or was raised while handling, that the client has gone."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_disconnect, error.exceptions))
    return any(isinstance(each, ClientDisconnected) for each in related(error))
