"""01-3: the first server, without its hidden bugs."""


def echo_server(listener):
    while True:  # one client after another
        conn, address = listener.accept()  # raises OSError when the listener is closed: the end
        with conn:  # closes the connection, whatever happens inside
            try:
                while data := conn.recv(65536):  # b"" means that the client has finished
                    conn.sendall(data)  # all of it: send() might take only a part
            except ConnectionError:
                pass  # this client has vanished; the next one may be waiting already
