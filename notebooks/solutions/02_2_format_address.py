"""02-2: a socket's address, the way people write it."""


def format_address(sockaddr):
    if isinstance(sockaddr, str):  # a Unix socket: a path, or "" for an end without a name
        return sockaddr
    host, port = sockaddr[:2]  # two parts for IPv4, four for IPv6
    if ":" not in host:
        return f"{host}:{port}"
    scope = sockaddr[3] if len(sockaddr) > 3 else 0
    zone = f"%{scope}" if scope else ""  # which link, where the address alone does not tell
    return f"[{host}{zone}]:{port}"  # without the brackets: which colon is the last?
