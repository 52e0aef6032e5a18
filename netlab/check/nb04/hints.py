"""Hints of notebook 04, and the sections that they send to."""

from __future__ import annotations

from ..hints import Hint

WHOLE = "1 · Each postcard is whole"
NOBODY = "2 · Nobody at home"
WEATHER = "4 · Weather on the way"
ASK_AGAIN = "5 · Ask again"
NOISE = "6 · Sixteen bits against noise"

RECEIVE_WHOLE = {
    "start": Hint(
        "One call gives one datagram and its sender. Which call?",
        "data, address = sock.recvfrom(...). Then find out whether all of it came, and return both.",
    ),
    "cut": Hint(
        "A datagram longer than what you ask for is cut, in silence. How could you notice?",
        "Leave room for one byte more: recvfrom(size + 1). If that byte comes, it is too long.",
        misconception=23,
    ),
    "exact": Hint(
        "A datagram of exactly size bytes is whole. How is it different from one that was cut?",
        "Ask for size + 1 bytes: len(data) > size means too long, len(data) == size is as it should be.",
    ),
    "empty": Hint(
        "A datagram of no bytes is a datagram, and it has a sender. UDP has no end of stream.",
        "Do not test `if not data`: return b'' like any other data.",
    ),
    "one": Hint(
        "Whoever sent this datagram has sent all of it. What would a second recvfrom wait for?",
        "One call of recvfrom is one datagram. No loop is needed.",
    ),
    "next": Hint(
        "After a datagram that was too long the next call has to give the next one.",
        "Receive it for good (MSG_PEEK leaves it in the queue), and once: its rest never comes.",
    ),
    "wait": Hint(
        "Nothing has come yet. What does recvfrom do then?",
        "It waits, by itself. Leave out setblocking(False), and any timeout of your own.",
        misconception=27,
    ),
    "address": Hint("Return two things, data and address: the address as recvfrom gives it."),
}

RPC = {
    "start": Hint(
        "Two loops: the outer one sends, the inner one receives until the answer comes or time is up.",
        "Once: choose an id. For each try: sendto, a deadline, and recvfrom until the deadline.",
    ),
    "format": Hint(
        "Each datagram is 4 bytes of id, the high byte first, and then the payload as it is.",
        'struct.pack("!I", number) + request, or number.to_bytes(4, "big") + request.',
    ),
    "answer": Hint("The id is for you alone: return what comes after its 4 bytes, and only that."),
    "empty": Hint(
        "An answer may be empty: 4 bytes of id, and nothing behind them. It is an answer.",
        "len(data) >= 4 is enough: do not ask whether the answer has any bytes.",
    ),
    "size": Hint(
        "The answer was longer than what you asked recvfrom for. Where is the rest?",
        "Thrown away. No datagram is longer than 65535 bytes: ask for that many.",
        misconception=23,
        reread=WHOLE,
    ),
    "fresh": Hint(
        "An answer to an earlier call may come late. How do you tell it from the answer to this call?",
        "Choose a new id for each call: a counter outside the function, or os.urandom(4).",
    ),
    "same": Hint(
        "The answer to your first try may come while you wait for the second. Is it worth nothing?",
        "Choose the id once, before the loop: every try of one call has the same.",
    ),
    "id": Hint(
        "That was the answer to something else. How does an answer say which request it is for?",
        "Compare the first 4 bytes with those that you sent. If they differ, receive again.",
    ),
    "forged": Hint(
        "Anybody may write to your socket. Who wrote this datagram?",
        "recvfrom gives (data, sender): accept only if sender == address, host and port.",
    ),
    "runt": Hint(
        "A datagram may be shorter than an id. It may even be empty. What does your code make of it?",
        "Fewer than 4 bytes: ignore it and receive again. b'' is not an end.",
    ),
    "spends": Hint(
        "A datagram that is not the answer came, and you stopped waiting. Was the time over?",
        "Ignore it and receive again. It costs no try, and nothing is sent before timeout is over.",
    ),
    "patient": Hint(
        "The server needed a moment for its answer. Was the time over when you sent again?",
        "Send, then wait for timeout seconds. Only then comes the next try.",
    ),
    "deadline": Hint(
        "settimeout counts anew in each recvfrom. While rubbish keeps coming, when do you stop?",
        "Each send sets a deadline = time.monotonic() + timeout. Each recvfrom gets what is left of it.",
        misconception=26,
    ),
    "resend": Hint(
        "A request or its answer was lost. Silence is all that you hear of it.",
        "After timeout seconds send the same datagram again, until tries are used up.",
        misconception=25,
    ),
    "tries": Hint(
        "Count the sends: the first one is a try, too.",
        "for attempt in range(tries): send, wait. After the loop raise TimeoutError.",
    ),
    "end": Hint(
        "The caller has to learn that no answer came. What did your function give it?",
        "After the last try: raise TimeoutError. Every other outcome looks like an answer.",
    ),
    "refused": Hint(
        "An error says that one datagram found nobody. The server may be there in a moment.",
        "Catch ConnectionError around recvfrom and sendto, and go on until tries are used up.",
        misconception=24,
        reread=NOBODY,
    ),
}
