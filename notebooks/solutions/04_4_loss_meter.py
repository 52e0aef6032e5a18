"""04-4: what became of numbered datagrams?"""


def loss_meter(sock, count, timeout):
    seen, highest = set(), -1
    doubled = late = 0
    sock.settimeout(timeout)  # for each recvfrom anew: that is what silence means
    while True:
        try:
            data, _ = sock.recvfrom(65535)
        except TimeoutError:
            break
        if len(data) < 4:
            continue
        number = int.from_bytes(data[:4], "big")
        if number in seen:
            doubled += 1  # a copy, and nothing else
            continue
        seen.add(number)
        late += number < highest
        highest = max(highest, number)
    # Only count knows of the last ones: nothing comes after them to show that they are missing.
    return {"received": len(seen), "lost": count - len(seen), "doubled": doubled, "late": late}
