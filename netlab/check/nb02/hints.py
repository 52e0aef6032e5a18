"""The hints of the exercises of notebook 02."""

from __future__ import annotations

from ..hints import Hint

NETWORK_OF = {  # 02-1
    "start": Hint(
        "An address is one number, written in a special way. Which of its bits belong to the network?",
        "inet_pton makes bytes of the text, int.from_bytes a number. Keep its first prefix bits: & mask.",
    ),
    "byte": Hint(
        "The dots stand after each 8 bits. Where does a prefix of 26 end?",
        "A prefix may end inside a byte: work on the whole number, not on the parts between the dots.",
    ),
    "keep": Hint(
        "Two kinds of bits: the network's and the host's. Which ones do you keep, and which become 0?",
        "Keep the first prefix bits. Of 32 bits the last 32 - prefix become 0.",
    ),
    "edge": Hint(
        "Take the extremes by hand: with /0 no bit is left, with /32 every bit stays.",
        "A slice like bits[:-n] is empty for n = 0. Count from the front, or use a mask.",
    ),
    "v6": Hint(
        "An IPv6 address has 128 bits, and a short way to write them. How do you know which one you got?",
        "A colon in it means AF_INET6, for inet_pton and for inet_ntop, and 128 bits instead of 32.",
    ),
    "text": Hint("The answer is an address, as text: no number, no bytes, and no /26 after it."),
    "form": Hint(
        "An IPv6 address can be written in several ways. One of them is the usual one.",
        "socket.inet_ntop writes it so: lower case, no leading zeros, the longest run of zeros as ::.",
    ),
    "fits": Hint(
        "What is a /33 of an address of 32 bits? Or a /-1?",
        "Check 0 <= prefix <= bits before you compute, and raise ValueError.",
    ),
    "error": Hint(
        "Text that is no address: who notices, and with which exception?",
        "inet_pton raises OSError. Catch that one and raise ValueError. inet_aton takes too much.",
    ),
    "module": Hint(
        "ipaddress knows the answer. How does it find it?",
        "The module socket is enough: inet_pton gives the bytes, a mask does the rest, inet_ntop writes.",
    ),
}

FORMAT_ADDRESS = {  # 02-2
    "start": Hint(
        "Print sockaddr for an IPv4 socket and for an IPv6 socket. What do they have in common?",
        'Host and port are the first two parts of both: f"{host}:{port}" for IPv4, brackets for IPv6.',
    ),
    "four": Hint(
        "Count the parts of an IPv6 address: ('::1', 80, 0, 0).",
        "`host, port = sockaddr` cannot unpack four parts. `host, port = sockaddr[:2]` can.",
        misconception=21,
    ),
    "brackets": Hint(
        "Read ::1:80 aloud. Where does the address end, and where does the port begin?",
        'Brackets around the host, if there is a colon in it: f"[{host}]:{port}".',
    ),
    "plain": Hint(
        "Brackets tell the colons of the address from the colon before the port. Does IPv4 need them?",
        "An IPv4 address has no colon: no brackets.",
    ),
    "two": Hint(
        "connect and bind take ('::1', 80), too: the number of parts does not tell the family.",
        "A colon in the host does.",
    ),
    "scope": Hint(
        "fe80::1 exists on every link. Which part of the tuple says which link is meant?",
        "The fourth, the scope id. The host gets %2 if it is 2, before the bracket closes.",
    ),
    "zero": Hint("A scope id of 0 means that none is needed: then no % is written."),
    "mapped": Hint(
        "::ffff:127.0.0.1 came from an IPv6 socket, and there it is a good IPv6 address.",
        "Leave the host as it is: brackets around it, as around any other IPv6 address.",
    ),
    "unix": Hint(
        "The address of a Unix socket is a file's path. What is it in Python?",
        "if isinstance(sockaddr, str): return sockaddr. It may be empty, too.",
    ),
}

CONNECT_ANY = {  # 02-3
    "start": Hint(
        "Print what getaddrinfo gives for localhost. What do you do with the first, and with the next?",
        "For each (family, type, proto, _, sockaddr): make a socket, set the timeout, connect, return.",
    ),
    "next": Hint(
        "The first address failed. Are there others?",
        "A loop over all that getaddrinfo gives, with try inside the loop: OSError means the next one.",
        misconception=20,
    ),
    "first": Hint(
        "Two addresses would answer, and you connected to the other one. In which order did they come?",
        "getaddrinfo has sorted them: take its order, and return at the first that answers.",
    ),
    "family": Hint(
        "socket.socket() makes an IPv4 socket. Which family does this address have?",
        "getaddrinfo says it for each address: socket.socket(family, type, proto), connect(sockaddr).",
        misconception=19,
    ),
    "stream": Hint(
        "A UDP socket connects at once, even where nobody is. Which kinds did getaddrinfo give you?",
        "getaddrinfo(host, port, type=socket.SOCK_STREAM) leaves the others out.",
    ),
    "unsupported": Hint(
        "A resolver may give an address of a family that this machine cannot use. Which call fails then?",
        "socket.socket(...) fails: it belongs inside the try, too.",
    ),
    "silence": Hint(
        "An address can refuse, or say nothing. Which exceptions are these? And what comes after each?",
        "TimeoutError is an OSError, like the refusal: catch both, and try the next for timeout seconds.",
        misconception=8,
    ),
    "each": Hint(
        "Two addresses keep silent, and the third one answers. How long may each of them take?",
        "Every address gets timeout seconds of its own.",
        misconception=26,
    ),
    "blocking": Hint(
        "The timeout is for connecting. Whoever gets the socket does not know about it.",
        "sock.settimeout(None) before you return it.",
        misconception=26,
    ),
    "default": Hint(
        "setdefaulttimeout changes the timeout of every socket that anybody makes from now on.",
        "Set the timeout of your own socket only.",
    ),
    "closed": Hint(
        "`with sock:` closes it at the end of the block, also when you return it from there.",
        "Close it only where connecting failed: except OSError: sock.close().",
    ),
    "connected": Hint(
        "How do you know that the socket is connected? connect raises, and connect_ex returns a number.",
        "Only connect without an error, or a 0 of connect_ex, means connected.",
    ),
    "none": Hint(
        "The loop is over, and nobody has answered. What does your function do then?",
        "raise the last OSError, or one of your own. Whoever calls you expects a socket.",
    ),
    "kept": Hint(
        "Python deletes the name of `except OSError as error` at the end of the except block.",
        "Keep it under another name: last = error. And after the loop: raise last.",
    ),
    "forbidden": Hint(
        "create_connection does all this. What would you write if it did not exist?",
        "Here you build it: getaddrinfo, and a loop with a socket and a connect for each address.",
    ),
}

RACE = {  # 02-4
    "start": Hint(
        "Several connects at once: what lets one thread start them all, and wait for the first?",
        "setblocking(False), connect_ex, and select: a socket is writable when its connect has ended.",
    ),
    "wait": Hint(
        "The first address keeps silent, and you wait for it. When does the second one get its chance?",
        "Wait for delay seconds at most, with select. Then start the next, while the first goes on.",
    ),
    "stagger": Hint(
        "All at once is fast, and rude: each attempt costs a server a connection. Who goes first?",
        "Start one. Start the next only when delay has passed or the one before has failed.",
    ),
    "asleep": Hint(
        "While you sleep, an address answers, or refuses. Do you notice?",
        "select with a timeout waits as long as sleep would, and returns as soon as something happens.",
    ),
    "begun": Hint(
        "What does BlockingIOError say about this connect: that it has failed, or something else?",
        "It has begun. Use connect_ex, or catch BlockingIOError, and let select tell how it ends.",
        misconception=27,
    ),
    "refused": Hint(
        "An address has refused, at once. What is there to wait for?",
        "After a failure start the next one at once, without waiting for the rest of the delay.",
    ),
    "fails": Hint(
        "One attempt has failed. Does this end the race?",
        "Close this socket, and go on with the others. Only when none is left, raise.",
    ),
    "patience": Hint(
        "You gave the first one up when its delay was over. Delay is when the next may start, no more.",
        "Keep every attempt that is under way until one of them is connected.",
    ),
    "order": Hint(
        "Somebody has sorted this list, the best address first. In which order do you try them?",
        "From the front, each once, until one is connected: addresses[0] first.",
    ),
    "family": Hint(
        "socket.socket() makes an IPv4 socket. Which family does this address have?",
        "The list says it: for family, sockaddr in addresses: socket.socket(family).",
        misconception=21,
    ),
    "connected": Hint(
        "Writable says that connect has ended. Does it say how?",
        "sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) is 0 if it is connected.",
        misconception=27,
    ),
    "blocking": Hint(
        "Whoever gets the socket expects an ordinary one, which waits.",
        "sock.setblocking(True) for the winner, before you return it.",
    ),
    "closed": Hint(
        "Which sockets are closed when your function is over?",
        "All but one: take the winner out of the list before you close the others.",
    ),
    "none": Hint(
        "Every attempt has failed. What does your function do then?",
        "raise OSError: the last one will do.",
    ),
    "losers": Hint(
        "A thread that waits in connect for a silent address waits for minutes. How do you end it?",
        "A timeout or a non-blocking socket. Or no threads at all: select waits for many sockets.",
    ),
}
