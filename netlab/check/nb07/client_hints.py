"""The hints of notebook 07 about clients: one connection for many requests, a cache, a download."""

from __future__ import annotations

from ..hints import Hint
from .hints import ANATOMY, END, TWICE

FETCH_ALL = {
    "start": Hint(
        "Two loops: one over the targets, and inside it one that reads heads until one is the real answer.",
        "One socket and one bytearray for all targets. Read a head, then read_body(sock, headers, buffer).",
    ),
    "request": Hint(
        "What does the server need to read? The request line, a Host with the port, an empty line.",
        'f"GET {target} HTTP/1.1\\r\\nHost: {host}:{port}\\r\\n\\r\\n".encode()',
        reread=ANATOMY,
    ),
    "own": Hint(
        "http.client has this in it. Here you find out how it works: use sockets and read_body only.",
    ),
    "one": Hint(
        "Each connection costs a handshake. Who told the server, or you, that this one is over?",
        "Connect before the loop, and again only if the connection is over. Do not send Connection: close.",
        misconception=41,
    ),
    "order": Hint(
        "Each target is asked for once, in order, and a second time only if its connection had ended.",
        "Send the next request when the answer before it is complete.",
    ),
    "pieces": Hint(
        "One recv may bring half a status line. When is a head complete?",
        'Receive into buffer until b"\\r\\n\\r\\n" is in it.',
        misconception=2,
        reread=END,
    ),
    "head": Hint(
        "The reason may be missing, or be any words. Names come in any capitals, values with any spaces.",
        'The status is line.split(" ")[1]. Then name.lower(), value.strip(), and decode("latin-1").',
        reread=ANATOMY,
    ),
    "interim": Hint(
        "100 says: go on. 103 says: the answer will need this. Is that the answer?",
        "while status < 200: read the next head. They have no bodies.",
        reread=ANATOMY,
    ),
    "bodiless": Hint(
        "204 and 304 end with their heads, whatever they say about a length. What do you wait for?",
        "if status in (204, 304): the body is b'', and read_body is not called.",
        reread=END,
    ),
    "rest": Hint(
        "What came behind a body belongs to the next answer. Where is it when you look for that?",
        "One buffer for each connection, from its first head to its last body; a new one when you connect.",
        misconception=1,
        reread=END,
    ),
    "close": Hint(
        "This answer was the last one of its connection, and said so. Will anybody read your next request?",
        'If "close" is among the options of Connection, close, and connect for the next target.',
        misconception=36,
    ),
    "old": Hint(
        "In HTTP/1.0 a connection carries one request. Did you look at the version of the answer?",
        'if version == "HTTP/1.0": close, and connect for the next target.',
        misconception=41,
    ),
    "again": Hint(
        "A server may close a connection that is quiet, without a word. Your request found nobody. What now?",
        "No byte of the answer, and not the first request there: connect, and send this request once more.",
        misconception=11,
    ),
    "once": Hint(
        "A new connection ended without a word. Will the next one do better? And the one after that?",
        "On a new connection it is an error: raise EOFError.",
    ),
    "inside": Hint(
        "The answer had begun. What you have is a part of it, and the server may have acted already.",
        "After the first byte of an answer there is no second try: EOFError for an end, and no except.",
        misconception=7,
        reread=END,
    ),
    "garbage": Hint(
        "Who is that at the other end? A number in the second place does not make it HTTP.",
        'if not line.startswith("HTTP/1."): raise ValueError.',
        reread=ANATOMY,
    ),
    "two": Hint(
        "Two fields of one name: which one does your dict keep? read_body has to see both.",
        'Join them: headers[name] + ", " + value. Then let read_body refuse.',
        misconception=37,
        reread=END,
    ),
    "forever": Hint(
        "After the end recv returns b'' at once, every time. Does your loop notice?",
        "if not data: raise EOFError.",
        misconception=7,
    ),
}
CACHED_GET = {
    "start": Hint(
        "Three situations: nothing stored, stored and fresh, stored and stale. What is sent in each?",
        "Nothing stored: GET. Fresh: nothing. Stale: GET with If-None-Match, if there is an ETag.",
    ),
    "request": Hint(
        "What does the server need to read? GET, the target as it is, HTTP/1.1, and a Host with the port.",
        'http.client.HTTPConnection(*address).request("GET", target, headers=...) writes all of it.',
        reread=ANATOMY,
    ),
    "fresh": Hint(
        "Nobody has to ask for what is fresh. Until when is it? Zero seconds is a time, too.",
        "Keep the time with the answer: it is fresh while now - stored_at < max_age.",
    ),
    "stale": Hint(
        "At max-age seconds it is not fresh any more. And without max-age: who promised anything?",
        "Fresh is: age < max-age. Without max-age the server is asked each time.",
    ),
    "once": Hint("One request is enough: its answer says whether anything has changed, and brings it."),
    "tag": Hint(
        "To the client an ETag means nothing: quotes, W/ and commas are the server's own. What do you send?",
        'headers={"If-None-Match": etag}: exactly the text that came, and nothing if none came.',
    ),
    "unchanged": Hint(
        "304 has no body. Which body does it speak of?",
        "if status == 304: return 200 and the stored body, even if that is b''.",
    ),
    "renew": Hint(
        "The server has told you that the page is still right. From when on does its time count?",
        "304 sets the time anew. Its Cache-Control, ETag and Age count; the rest stays as it was.",
    ),
    "replace": Hint(
        "A new page has a new ETag, a new max-age, or none. What is left of the old entry?",
        "200 makes a whole new entry: change nothing in the old one, replace it.",
    ),
    "no-store": Hint(
        "The server does not want this kept. And what about the older answer that you have?",
        'if "no-store" in directives: cache.pop(key, None).',
    ),
    "no-cache": Hint(
        "no-cache means: keep it, and ask before each use. It is not no-store.",
        "Store it with its ETag, and let it never be fresh.",
    ),
    "list": Hint(
        "A list, in any capitals, in one field or several, with directives that you have never heard of.",
        'Join all fields, lower(), split(","), strip(), partition("="): a dict of directives.',
    ),
    "age": Hint(
        "Somebody on the way had kept it before you did. How old was it when it came?",
        "Its age is now - stored_at + Age.",
    ),
    "other": Hint(
        "A 404 or a 500 is about this moment. Is it the page?",
        "Only 200 is stored. Any other status but 304 is returned, and changes nothing.",
    ),
    "key": Hint(
        "The same target at another server is another page. And another dict is another cache.",
        "cache[address, target] = ...: everything that you keep is in this dict.",
    ),
}
RESUME = {
    "start": Hint(
        "You have the first bytes. Which two fields ask for the others, and only if nothing has changed?",
        "Range: bytes=1000- and If-Range with the ETag. Then look at the status before you add anything.",
    ),
    "request": Hint(
        "What does the server need to read? GET, the target as it is, HTTP/1.1, and a Host with the port.",
        'http.client.HTTPConnection(*address).request("GET", target, headers=...) writes all of it.',
        reread=ANATOMY,
    ),
    "range": Hint(
        "Bytes are counted from 0. You have 1000 of them: which one is the first that you need?",
        'f"bytes={len(data)}-": from there to the end.',
    ),
    "if": Hint(
        "Whose rest is it? If the file has changed, its rest does not fit to your part.",
        "With Range send If-Range: the ETag of your part, exactly as it came; without Range, none.",
        reread=TWICE,
    ),
    "ignored": Hint(
        "You asked for a part. What does the status say that you got?",
        "200 is all of it, from the first byte: data.clear() before you add its body.",
    ),
    "unsure": Hint(
        "Nothing says which file your part belongs to. Can you add to it?",
        "Without an ETag, or with a weak one (W/), forget the part, and ask without Range.",
    ),
    "place": Hint(
        "206 says where its body belongs. Did you look?",
        "Content-Range: bytes first-last/total. Add the body only if first == len(data); else ask for all.",
    ),
    "total": Hint(
        "The server may give less than you asked for. How do you know that you have all of it?",
        "The number behind / in Content-Range is the size of all of it. Fewer bytes: ask for the rest.",
    ),
    "complete": Hint(
        "416: the file has no byte where you want to begin. That may be good news, or bad.",
        "Content-Range: bytes */total. total == len(data): done. Else forget the part, and ask for all.",
    ),
    "again": Hint(
        "The connection has ended in the middle. Which bytes do you have, and which are missing?",
        "Count them: fewer than announced is not all. Keep them, also if recv raises, and ask for the rest.",
        misconception=8,
    ),
    "mixed": Hint(
        "Your part and your ETag have to belong to the same answer. Which answer did these bytes come with?",
        'Whenever you begin with new bytes, keep the ETag that came with them: response.headers["ETag"].',
    ),
    "tries": Hint(
        "How many requests may you send in all, and what do you say when they were not enough?",
        "for _ in range(tries): ... and behind the loop: raise ConnectionError.",
    ),
    "status": Hint(
        "404 has a body too. Is it a part of the file? And will the next try be better?",
        "200, 206 and 416 mean something here. Raise ValueError for any other, at once.",
    ),
}
