"""The hints of the exercises 08-4 and 08-5."""

from __future__ import annotations

from ..hints import Hint
from .hints import FOREVER

LIMITED_SERVER = {  # 08-4
    "start": Hint(
        "Which limit can be broken before the empty line? Which one right after it? Which always?",
        "One function that receives until a moment. One that returns status and body. One that answers.",
    ),
    "pieces": Hint(
        "One recv, and a piece of the request. When is it complete?",
        "Receive until the empty line is there, and then until the body has all of its bytes.",
        misconception=3,
    ),
    "names": Hint("content-length is the same name as Content-Length: compare in lower case."),
    "edge": Hint(
        "Exactly as much as allowed is allowed. And does the body belong to the head?",
        "Count to the end of the empty line. Compare with >, and do not count what is behind it.",
    ),
    "complete": Hint(
        "It was too long, and came all at once: did you compare after you had found its end?",
        "Compare the length of the head with most_head in both cases, found or not.",
    ),
    "431": Hint(
        "A head without an end: how much of it do you gather before you say no?",
        "In the loop: as soon as there are more than most_head bytes and no empty line, 431.",
    ),
    "413": Hint(
        "The client has said how much it wants to send. Why wait for it?",
        "Compare int(Content-Length) with most_body before you receive any of the body.",
    ),
    "408": Hint(
        "How long may a client say nothing? Without a timeout: for ever.",
        "conn.settimeout before recv, and TimeoutError is the 408.",
        misconception=8,
    ),
    "total": Hint(
        "A byte now and then, and each recv begins its timeout afresh. Who adds up?",
        "end = time.monotonic() + seconds, once. Before each recv: settimeout(end - time.monotonic()).",
        misconception=26,
    ),
    "framing": Hint(
        "Content-Length and Connection: close belong to every answer, to a 431 as to a 200.",
        "One function makes every answer: status, length of the body, close, empty line, body.",
    ),
    "linger": Hint(
        "You answered, and closed, and bytes of the client lay unread. What does the kernel send then?",
        "sendall, shutdown(SHUT_WR), recv until b'', and only then close.",
        misconception=12,
    ),
    "leaves": Hint(
        "The stream ends inside the request. Is anybody waiting for an answer?",
        "b'' before the request is complete: close conn, and return.",
        misconception=7,
    ),
    "vanish": Hint(
        "recv, sendall and shutdown raise OSError when the client has gone. Is this your error?",
        "Catch OSError around all of it, and close conn.",
    ),
    "stop": Hint(
        "You wait for the client's end, to be polite. What if it never comes?",
        "Another moment, seconds after the answer: when it has passed, close, whatever still comes.",
        misconception=26,
    ),
    "forever": FOREVER,
}

REVERSE_PROXY = {  # 08-5
    "start": Hint(
        "You are a server to one side, and a client to the other one. What goes across, in which order?",
        "read_head; HTTPConnection(*upstream); putrequest, putheader, send; getresponse; sendall.",
    ),
    "request": Hint(
        "What has upstream got? Write down what you send, byte by byte.",
        "Method, target and HTTP/1.1; every field; an empty line; the body. Once, and on one connection.",
    ),
    "target": Hint(
        "The method and the target are not yours. Did you decode, shorten or replace them?",
        "putrequest(method, target, ...), as read_head gave them.",
    ),
    "fields": Hint(
        "Compare the fields on both sides. A dict loses those that come twice, and libraries add their own.",
        "One putheader for each pair; putrequest(..., skip_host=True, skip_accept_encoding=True).",
    ),
    "hop": Hint(
        "Some fields speak about one connection, and there are two here. Which ones?",
        "Compare name.lower() with a set of those six names, and leave them out.",
    ),
    "named": Hint(
        "Connection: X-For-You. What does that say about the field X-For-You?",
        "Whatever Connection names is for this connection: add its options, in lower case, to your set.",
    ),
    "hop back": Hint(
        "Fields for one connection only come from upstream, too.",
        "Use the same function on answer.getheaders().",
    ),
    "forwarded": Hint(
        "Upstream sees your address. How does it learn who has asked, and through whom?",
        "One field: the old value, if there is one, then ', ', then conn.getpeername()[0].",
    ),
    "body": Hint(
        "The body follows the head in file. Did all of its bytes get through, and as bytes?",
        "While some of length are missing: file.read1(missing), send it, subtract its length.",
        misconception=36,
    ),
    "large": Hint(
        "1 MB does not come in one piece, and does not go in one.",
        "A loop for the body of the request, and one for the body of the answer.",
        misconception=3,
    ),
    "stream up": Hint(
        "The rest of the body comes only when upstream has the first half. For what do you wait?",
        "read(n) waits for n bytes. read1(n) returns what is there: send that at once.",
    ),
    "stream down": Hint(
        "Upstream has said something, and thinks. Why does the client not see it?",
        "read() waits for the end. answer.read1(65536) returns what is there: pass it on at once.",
    ),
    "framing": Hint(
        "You took the chunks off. How does the client find the end, and the length, of what you send?",
        "Upstream's Content-Length if it has one, else chunks: size, CR LF, data, CR LF, and at last 0.",
        misconception=36,
    ),
    "status": Hint(
        "404 and 500 are answers, too. And a redirect is the client's to follow.",
        "Pass the status on as it is. urllib.request follows and raises, http.client does not.",
    ),
    "bodiless": Hint(
        "An answer to HEAD, 204 and 304: does its Content-Length say that bytes follow?",
        "No body, and no chunks, not even the last one. http.client says so: answer.length is 0.",
    ),
    "closing": Hint(
        "This connection ends after the answer. Does the client know?",
        "Add Connection: close, and close conn behind the body.",
    ),
    "broken": Hint(
        "Upstream broke off, and your answer looks complete. What did the client have to see?",
        "Do not send the last chunk, 0, unless upstream's body came to its end.",
    ),
    "invalid": Hint(
        "read_head raised ValueError. What has upstream heard by then?",
        "Read the head first, and connect only after it: except ValueError answers 400.",
        misconception=37,
    ),
    "502": Hint(
        "Nobody there, no answer, or no HTTP. Which exceptions are these?",
        "OSError and http.client.HTTPException, around connecting, sending and getresponse().",
    ),
    "504": Hint(
        "Upstream is there, and says nothing. How long do you wait, and what is it called?",
        "HTTPConnection(*upstream, timeout=seconds). TimeoutError is an OSError: ask for it first.",
        misconception=26,
    ),
    "leaves": Hint(
        "The client has ended its stream inside its body. What do you tell upstream?",
        "Nothing more: read1 gives b'' before length bytes are there. Close both, answer nobody.",
        misconception=7,
    ),
    "forever": FOREVER,
}
