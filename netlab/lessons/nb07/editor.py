"""The raw request editor: your bytes, how a strict reader takes them apart, and what two servers answer."""

from __future__ import annotations

import re
from html import escape

import ipywidgets as widgets

from ...view import message_anatomy
from ...view.kit import caption_html
from ...view.widgets.playground import image_and_caption
from ...view.widgets.questions import Described
from .lenient import answers_to

_POST = "POST /echo HTTP/1.1\nHost: 127.0.0.1\n"
PREPARED = {
    "a correct GET": "GET /hello HTTP/1.1\nHost: 127.0.0.1\n\n",
    "a form": "POST /form HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 10\n"
    "Content-Type: application/x-www-form-urlencoded\n\ncolor=blue",
    "line ends are LF alone": "GET /hello HTTP/1.1\\n\\\nHost: 127.0.0.1\\n\\\n\\n",
    "no empty line": "GET /hello HTTP/1.1\nHost: 127.0.0.1\n",
    "no Host": "GET /hello HTTP/1.1\nAccept: text/plain\n\n",
    "a space before the colon": "GET /hello HTTP/1.1\nHost : 127.0.0.1\n\n",
    "a space in the target": "GET /my page HTTP/1.1\nHost: 127.0.0.1\n\n",
    "a folded line": "GET /hello HTTP/1.1\nHost: 127.0.0.1\nA: one\n two\n\n",
    "another version": "GET /hello HTTP/2.0\nHost: 127.0.0.1\n\n",
    "another site's name": "GET /hello HTTP/1.1\nHost: example.com\n\n",
    "two lengths": _POST + "Content-Length: 5\nContent-Length: 6\n\nhello!",
    "a length and chunks": _POST + "Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n",
    "a body shorter than its length": _POST + "Content-Length: 9\n\nhello",
}
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}


def as_bytes(text: str) -> bytes:
    r"""What the editor sends for its text: each line ends in CR LF, but for one that ends in a backslash.

    \n, \r, \t, \\ and \x00 to \xff are one byte each; all else is sent as UTF-8.
    """

    def one(found: re.Match[bytes]) -> bytes:
        return _ESCAPES.get(found[1]) or bytes([int(found[1][1:], 16)])

    data = re.sub(r"(?<!\\)((?:\\\\)*)\\\n", r"\1", text).replace("\n", "\r\n").encode("utf-8", "replace")
    return re.sub(rb"\\([nrt\\]|x[0-9A-Fa-f]{2})", one, data)


class RequestEditor(Described):
    """A field for a request, a Send button, the picture of its bytes, and the answers of two servers.

    Without a browser: `text.value`, `prepared.value`, send(). `answers` are the statuses of the strict server
    and of http.server. Only send() sends, and the constructor, once.
    """

    def __init__(self) -> None:
        fitting = widgets.Layout(width="calc(100% - 4px)", max_width="60em")
        self.prepared = widgets.Dropdown(options=list(PREPARED), description="begin with", layout=fitting)
        self.text = widgets.Textarea(
            PREPARED[self.prepared.value], rows=8, description="request", layout=fitting,
            continuous_update=True,
        )  # fmt: skip
        self.text.add_class("netlab-request")
        self.button = widgets.Button(description="Send", button_style="primary", tooltip="Send these bytes")
        self.answers = ("", "")
        self._image, self._caption = image_and_caption()
        self._table = widgets.HTML(layout=widgets.Layout(width="auto"))
        style = widgets.HTML("<style>.netlab-request textarea { font-family: monospace; }</style>")
        super().__init__(
            [style, self.prepared, self.text, self.button, self._table, self._image, self._caption]
        )
        self.prepared.observe(lambda change: setattr(self.text, "value", PREPARED[change["new"]]), "value")
        self.text.observe(self._changed, "value")
        self.button.on_click(lambda _: self.send())
        self.send()

    @property
    def words(self) -> str:  # type: ignore[override]
        strict, lenient = self.answers
        return (
            f"Request editor: {self._said} The strict server answers {strict}, http.server {lenient}. "
            "(Run the notebook to edit and send.)"
        )

    def _changed(self, _: object) -> None:
        self._table.value = "<b>Changed, and not yet sent:</b> what is below was sent before."

    def send(self) -> None:
        """Send what is in the field to both servers, and show it and their answers."""
        data = as_bytes(self.text.value)
        if not data:
            self._table.value = "<b>There is nothing to send: write a request, or choose one.</b>"
            return
        self.button.disabled = True
        try:
            picture, self.answers = message_anatomy(data), answers_to(data)
        finally:
            self.button.disabled = False
        self._said = picture.caption
        rows = "".join(
            f"<tr><td>{name}</td><td><b>{escape(answer)}</b></td></tr>"
            for name, answer in zip(("a strict server answers", "Python's http.server answers"), self.answers)
        )
        self._table.value = f'<table role="status">{rows}</table>'
        self._image.width = str(picture.width)
        self._image.value = picture.png()
        self._caption.value = caption_html(picture.caption)
