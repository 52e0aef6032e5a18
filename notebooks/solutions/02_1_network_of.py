"""02-1: the first bits of an address, then zeros."""

import socket


def network_of(address, prefix):
    family, bits = (socket.AF_INET6, 128) if ":" in address else (socket.AF_INET, 32)
    try:
        packed = socket.inet_pton(family, address)  # 4 or 16 bytes, most significant first
    except OSError:
        raise ValueError(f"{address!r} is not an IP address") from None
    if not 0 <= prefix <= bits:
        raise ValueError(f"/{prefix} does not fit an address of {bits} bits")
    hosts = bits - prefix  # so many bits at the end tell the hosts apart
    number = int.from_bytes(packed, "big") >> hosts << hosts  # out with them, zeros in
    return socket.inet_ntop(family, number.to_bytes(bits // 8, "big"))
