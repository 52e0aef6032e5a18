"""01-1: does anybody accept connections there?"""

import socket


def is_port_open(host, port, timeout):
    try:
        # The timeout belongs to this socket only. `with` closes it at once: nothing is sent.
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:  # refused (ConnectionRefusedError) or silent (TimeoutError): both are OSErrors
        return False
