"""The hints of the exercises of notebook 08."""

from __future__ import annotations

from ..hints import Hint

SMALLEST = "1 · The smallest web server"
LIBRARY = "2 · What http.server does for you"
APPS = "4 · WSGI and ASGI"
FILES = "5 · Files, and no way out"
STREAMS = "6 · Forms, streams, events"
LIMITS = "7 · Limits, and a graceful end"

FOREVER = Hint(
    "Your function goes round and round. What does recv, or readline, return after the end of the stream?",
    "b'', at once, every time: leave the loop, or raise EOFError, when it comes.",
    misconception=7,
)

ROUTER = {  # 08-1
    "start": Hint(
        "Take /users/42 by hand. Which patterns have as many segments, and which of these match?",
        "One function for one pattern: it returns the parameters, or None. Then choose among them.",
    ),
    "four": Hint("Return four things, always: status, handler, parameters, allow."),
    "query": Hint(
        "Where does a path end? It may be followed by a question, and that may have slashes of its own.",
        'path = target.partition("?")[0], before anything else.',
    ),
    "whole": Hint(
        "A pattern that matches the beginning, or a character that means something to re: is that a match?",
        "As many segments here as there, and each one equal: == on text, without regular expressions.",
    ),
    "slash": Hint(
        'What does "/users/".split("/") give? And what may stand for {id}?',
        "A slash at the end makes one segment more, an empty one. A parameter is never empty.",
    ),
    "cut first": Hint(
        "%2F is a slash that does not separate. When may it become one?",
        'First path.split("/"), then unquote each segment.',
        reread=FILES,
    ),
    "decode": Hint(
        "A browser sends Zoë as Zo%C3%AB. What should the handler get, and what may + mean in a path?",
        "urllib.parse.unquote on each segment, once. unquote_plus is for forms.",
    ),
    "braces": Hint(
        "Ask the pattern whether its segment is a parameter before you compare texts.",
        "A path can hold the text {id}, too: there it is a value like any other.",
    ),
    "text": Hint(
        "/users/me matches two patterns. Does it matter which one somebody has written down first?",
        "Look at all that match, and take the one with text where the other has a parameter.",
    ),
    "first": Hint(
        "Two patterns match, and each has a text where the other has a parameter. Who wins?",
        "Compare from the left: a list of booleans for each pattern, True for a parameter. min() takes it.",
    ),
    "winner": Hint(
        "The best pattern does not have this method. Is another pattern asked?",
        "The path decides first, and alone. Then the method: 405 if the winner does not have it.",
    ),
    "allow": Hint(
        "405 says: not with this method. With which ones, then? And is get the same as GET?",
        '", ".join(sorted({*methods, "OPTIONS"})), and HEAD if GET is there. Methods have capitals.',
    ),
    "head": Hint(
        "HEAD asks for the head of what GET gives. Who answers it?",
        "The handler of HEAD if there is one, else that of GET. Without GET there is no HEAD.",
        reread=LIBRARY,
    ),
    "options": Hint(
        "OPTIONS asks what is allowed here. Who answers if nobody has written a handler?",
        "204 with allow. A handler of its own goes first, and an unknown path is a 404 all the same.",
        reread=LIBRARY,
    ),
    "changed": Hint("routes belongs to your caller, who asks again: make a set or a dict of your own."),
}

STATIC_FILE = {  # 08-2
    "start": Hint(
        "Two questions: is this a proper name? And where is the file really?",
        "Check each segment; os.path.realpath of all of it together; compare with realpath(root); read.",
    ),
    "query": Hint(
        "What comes after ? is no part of the path.",
        'target.partition("?")[0], before you decode: %3F may be in a name.',
    ),
    "bytes": Hint(
        "A picture is a file, too, and so is one of no bytes.",
        'open(place, "rb"), and read() as it is. b"" is an answer, None is another one.',
    ),
    "names": Hint(
        "..hidden, a..b and 100% are good names. Do you look for a part of the text, or a segment?",
        "Compare whole segments with '..'. And a + in a path is a plus: unquote, not unquote_plus.",
    ),
    "once": Hint(
        "%2541 says %41. What would happen if somebody decoded that again?",
        "Decode once. Twice lets %252e%252e through a check that stands between.",
    ),
    "missing": Hint(
        "Nothing there, a name too long, a link to itself: what do open and pathlib raise?",
        "os.path.isfile says False to all of them. Or catch OSError around it, and return None.",
    ),
    "ordinary": Hint(
        "What does open do with a folder? And with a named pipe that nobody writes to?",
        "os.path.isfile first: it is False for both.",
    ),
    "out": Hint(
        "What does .. mean to the system, and how far up does it lead?",
        "Return None for a segment '..', and for a real place that is not inside the real root.",
    ),
    "decode first": Hint(
        "You looked for .. and /, and they came later. What is %2e%2e%2f?",
        "Cut at /, decode each segment, and only then check it: what you check must be what you open.",
    ),
    "absolute": Hint(
        'What does os.path.join("/srv/www", "/etc/passwd") give? Try it, and Path("/srv/www") / "/etc".',
        "An absolute part throws away all before it. An empty segment, and one with a slash in it, is None.",
    ),
    "segments": Hint(
        "This path leads to a file inside root, by a detour. The contract says: names only.",
        'None if a segment is "", "." or "..", or has a slash in it, after decoding.',
    ),
    "backslash": Hint(
        "On one system a backslash is a character of a name, on another it separates folders.",
        "Refuse it on every system: a check that holds on one machine only is none.",
    ),
    "nul": Hint(
        "C ends a text at its NUL. What does Python do with one in a name?",
        "It raises ValueError, in some calls only. Refuse a segment with \\0 in it before that.",
    ),
    "link": Hint(
        "The path looks right, and leads out: a symbolic link. Which function follows it?",
        "os.path.realpath follows links; abspath and normpath look at the text only.",
    ),
    "prefix": Hint(
        'Is "/srv/www-secret/key.txt" inside "/srv/www"? What does startswith say?',
        "os.path.commonpath([root, place]) == root, or Path(place).is_relative_to(root).",
    ),
    "inside": Hint(
        "A link from inside to inside harms nobody. Do you refuse all links?",
        "It is the real place that counts: follow the link, then compare.",
    ),
    "root": Hint(
        "root itself may be a link. Which of the two did you follow?",
        "realpath for both, root and place, before you compare them.",
    ),
}

SERVE_CONNECTION = {  # 08-3
    "start": Hint(
        "Say what the server does with one request: read, check, answer. And when does it stop?",
        "conn.makefile('rb') in a loop: readline until the empty line, then read(length), then sendall.",
    ),
    "goes on": Hint(
        "One connection carries many requests. Who decides that it is over?",
        "A loop around reading and answering. Only close, HTTP/1.0 and a bad request end it.",
        misconception=41,
    ),
    "rest": Hint(
        "Three requests came in one recv. Where are the second and the third?",
        "Keep what is behind the first request, and look there before you receive again.",
        misconception=1,
    ),
    "pieces": Hint(
        "One recv, and half a request. When is it complete?",
        "Receive until the empty line is there, and then until the body has all of its bytes.",
        misconception=2,
    ),
    "at once": Hint(
        "The client waits for this answer before it sends more. For what do you wait?",
        "Answer when the head and the body are there. Not one byte more is needed, and read(n) wants n.",
    ),
    "head": Hint(
        "HEAD asks for the head of the answer to GET: with its Content-Length, and without what?",
        "The same head, the length of the body that GET would get, and no body behind it.",
        reread=LIBRARY,
    ),
    "body": Hint(
        "Behind the head come as many bytes as Content-Length says. Whose are they?",
        "Take exactly that many, whatever they look like. The next request begins behind them.",
        misconception=36,
    ),
    "other": Hint(
        "You do not know this method. Do you know where its request ends?",
        "Content-Length says it, for every method: take the body, answer 501, and go on.",
    ),
    "names": Hint(
        "Content-Length, content-length: are these two names?",
        "name.lower(), and strip the spaces and tabs around the value.",
        reread=LIBRARY,
    ),
    "framing": Hint(
        "With keep-alive the client cannot wait for the end of the stream. How does it find the body's end?",
        "Every answer has a Content-Length, the number of bytes of its body: 501 and 400, too.",
        misconception=36,
    ),
    "closing": Hint(
        "Who ends the connection, and does the other one know it before?",
        'With close among the options: answer, say "Connection: close", leave the loop, close conn.',
    ),
    "old": Hint(
        "In HTTP/1.0 a connection was for one request.",
        "A request of HTTP/1.0 is the last one, and it needs no Host.",
    ),
    "options": Hint(
        "Which field says close, and is close-up the same word?",
        'Connection only: "close" in [option.strip().lower() for option in value.split(",")].',
    ),
    "leaves": Hint(
        "The stream ends, perhaps inside a request. Is somebody there who wants an answer?",
        "A request that is not complete gets no answer: close conn, and return.",
        misconception=7,
    ),
    "vanish": Hint(
        "recv and sendall raise ConnectionError when the client has gone. Is this your error?",
        "Catch ConnectionError around the whole conversation, and close conn.",
    ),
    "bare": Hint(
        "Each line ends in CR LF. Another server may take a LF alone for a line's end. Who is right?",
        "If a line ends in LF without CR, 400, at once. splitlines() takes all sorts of ends.",
        misconception=37,
    ),
    "two": Hint(
        "A server in front believed one length, you believe the other. What is behind the shorter one?",
        "400 for more than one Content-Length, even if they are equal. A dict keeps the last one only.",
        misconception=37,
    ),
    "digits": Hint(
        "int() takes '+5', '-5', ' 5 ' and '0_5'. And isdigit() takes '²'.",
        're.fullmatch("[0-9]+", value), else 400.',
    ),
    "coding": Hint(
        "Transfer-Encoding says that the body ends elsewhere. Can you read it?",
        "400 if the field is there, with a Content-Length or without. Else the body becomes a request.",
        misconception=37,
    ),
    "fields": Hint(
        "Which names are names? What would a reader do that skips this line, and one that does not?",
        "A token, a colon at once behind it, a value without control characters: re.fullmatch for each line.",
    ),
    "host": Hint(
        "One server, many sites: which one is meant?",
        "Exactly one Host from HTTP/1.1 on: none is 400, and two are 400.",
    ),
    "first line": Hint(
        "split() is generous: it takes tabs, and any number of spaces. What does the contract take?",
        "One pattern for the whole line, with re.fullmatch: token, space, target, space, HTTP/1.0 or 1.1.",
    ),
    "smuggled": Hint(
        "This request was refused. Whose are the bytes behind it?",
        "Nobody knows where its body ends: answer 400, close conn, and read no further.",
        misconception=37,
    ),
    "forever": FOREVER,
}
