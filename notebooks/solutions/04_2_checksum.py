"""04-2: the Internet checksum, as RFC 1071 writes it."""


def checksum(data):
    if len(data) % 2:
        data = data + b"\x00"  # the last byte is the high half of its number
    total = 0
    for i in range(0, len(data), 2):
        total += data[i] << 8 | data[i + 1]  # network byte order: the high byte first
    while total >> 16:  # a loop, because bringing a carry back can make a new carry
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF  # every bit turned over
