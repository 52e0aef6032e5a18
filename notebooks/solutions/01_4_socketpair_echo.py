"""01-4: both ends in one program. Three things happen at once: send, echo, receive."""

import socket
import threading


def socketpair_echo(payload):
    near, far = socket.socketpair()

    def echo():
        with far:  # closing the far end is what ends the near end's loop below
            while data := far.recv(65536):
                far.sendall(data)

    def send():
        near.sendall(payload)
        near.shutdown(socket.SHUT_WR)  # "I have sent all": the far end gets b""

    # A pipe holds some hundred kB. If nobody read at the near end while it sends, both ends would
    # be full sooner or later, and both would wait for the other to read.
    threads = [threading.Thread(target=echo), threading.Thread(target=send)]
    for thread in threads:
        thread.start()
    with near:
        came_back = bytearray()
        while data := near.recv(65536):
            came_back += data
        for thread in threads:
            thread.join()
    return bytes(came_back)
