"""00-3: say hello, and listen to the end."""

import socket


def greet(host, port, name):
    # create_connection knows IPv4 and IPv6; `with` closes the socket, whatever happens inside.
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{name}\n".encode())  # str -> bytes, in UTF-8
        pieces = []
        while piece := sock.recv(4096):  # up to 4096 bytes; b"" means that the server has finished
            pieces.append(piece)
    # Decode once, at the end: a character may have been cut in two between two pieces.
    return b"".join(pieces).decode()
