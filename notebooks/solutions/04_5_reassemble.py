"""04-5: put datagrams together again from their fragments."""

import struct

HEADER = struct.Struct("!IHB")
LIMIT = 16


def reassemble(fragments):
    unfinished = {}  # id -> its bytes by place; a dict remembers which began first
    lengths = {}  # id -> the length of the datagram, once its end is known
    done = []
    for fragment in fragments:
        if len(fragment) < HEADER.size:
            continue
        key, offset, more = HEADER.unpack_from(fragment)
        data = fragment[HEADER.size :]
        if key not in unfinished:
            if len(unfinished) == LIMIT:
                oldest = next(iter(unfinished))
                del unfinished[oldest]
                lengths.pop(oldest, None)
            unfinished[key] = {}
        places = unfinished[key]
        places.update(enumerate(data, offset))  # what is there already is overwritten: no place counts twice
        if not more:
            lengths[key] = offset + len(data)
        if len(places) == lengths.get(key):
            done.append(bytes(places[i] for i in range(len(places))))
            del unfinished[key], lengths[key]
    return done
