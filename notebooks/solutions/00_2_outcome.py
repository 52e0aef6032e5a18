"""00-2: how a connect ends. Who answers: a kernel that says yes, a kernel that says no, or nobody?"""


def outcome(situation):
    return {
        "a server is listening": "connected",
        # The machine is there, so its kernel answers at once: no.
        "nobody listens on that port": "refused",
        "the server was stopped a moment ago": "refused",
        # The old conversation goes on, but the listening socket is gone.
        "the server stopped listening while one client is still connected": "refused",
        # The kernel connects without the program. The connection waits in the queue for accept.
        "the server is busy and never calls accept": "connected",
        # No place in the queue: the kernel says nothing, in the hope that the client asks again.
        "the server's queue is full": "timeout",
        # A port belongs to an address. At ::1 nobody listens.
        "the server listens on 127.0.0.1 and the client asks ::1": "refused",
    }[situation]
