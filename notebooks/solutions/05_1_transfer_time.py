"""05-1: how long does it take until all n bytes are there?"""


def transfer_time(n, rtt, rate, protocol):
    hello = rtt if protocol == "tcp" else 0  # SYN there, SYN-ACK back; the ACK travels with the data
    sending = n * 8 / rate  # a byte is 8 bits, and the link sends one bit after another
    travel = rtt / 2  # the last bit goes one way; nobody waits for the ACK that comes back
    return hello + sending + travel
