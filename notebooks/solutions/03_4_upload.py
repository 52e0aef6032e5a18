"""03-4: send everything, say that it was all, and listen all the while."""

import socket
from concurrent.futures import ThreadPoolExecutor


def upload(address, data):
    def send():
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)  # "that was all", and we still receive

    # Two things at once: if nobody took the answer while we send, both pipes could be
    # full, and both sides would wait for ever.
    with socket.create_connection(address) as sock, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        answer = bytearray()
        while chunk := sock.recv(65536):  # b"": the server's stream has ended
            answer += chunk
        # If the connection breaks, perhaps only the sender is told: result() waits for
        # it, and raises its error here.
        sending.result()
    return bytes(answer)
