"""03-4: a thread sends, while this one receives."""

import socket
import threading


def upload(address, data):
    failures = []

    def send():
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)  # "that was all", and we still receive
        except OSError as error:
            failures.append(error)

    # Two things at once: if nobody took the answer while we send, both pipes could be
    # full, and both sides would wait for ever.
    with socket.create_connection(address) as sock:
        sender = threading.Thread(target=send)
        sender.start()
        answer = bytearray()
        try:
            while chunk := sock.recv(65536):  # b"": the server's stream has ended
                answer += chunk
        finally:
            wake(sock)  # a server that has answered need not read the rest
            sender.join()
    # If the connection breaks, perhaps only the sender is told. That we woke it
    # ourselves is another error (BrokenPipeError), and no harm.
    for error in failures:
        if isinstance(error, ConnectionResetError):
            raise error
    return bytes(answer)


def wake(sock):
    """End a sendall that still waits."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the connection is gone already
