"""05-4: only the newest reading is worth repeating."""


def newest_first(net):
    newest = latest_value = None
    due = None  # when to send the newest reading again; None: it is acknowledged
    ended = False
    while not (ended and due is None):
        # The time that is left, not 0.2 s afresh: other things may happen meanwhile.
        patience = None if due is None else max(0, due - net.now)
        kind, number, value = net.wait(patience)
        if kind == "reading":  # whatever was not yet acknowledged is outdated now
            newest, latest_value = number, value
        elif kind == "ack" and number == newest:
            due = None
        elif kind == "end":
            ended = True
        if kind in ("reading", "timeout"):
            net.send(newest, latest_value)
            due = net.now + 0.2
