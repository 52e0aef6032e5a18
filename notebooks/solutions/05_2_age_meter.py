"""05-2: how old is what the receiver knows? The area under a saw, and its highest tooth."""


def age_meter(arrivals):
    in_order = sorted(arrivals, key=lambda pair: pair[1])
    newest, begin = in_order[0]  # what is known, and since when this line of the graph runs
    area = peak = 0.0
    for sent, arrived in in_order[1:]:
        low, high = begin - newest, arrived - newest  # the age grows by one second in each second
        area += (low + high) / 2 * (arrived - begin)
        peak = max(peak, high)  # the age right before this arrival
        begin = arrived
        newest = max(newest, sent)  # one that was overtaken tells nothing new
    return area / (in_order[-1][1] - in_order[0][1]), peak
