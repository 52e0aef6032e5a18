"""05-3: which protocol? Ask what is worse: missing, late, a round trip, or waiting for a neighbor."""


def choose(application):
    return {
        # A hole is not allowed, and time does not matter much: let TCP repair it.
        "software update": ("tcp", "complete"),
        "chat": ("tcp", "complete"),
        # The repaired piece would come too late, and hold up the next ones meanwhile.
        "voice call": ("udp", "fresh"),
        "player position": ("udp", "fresh"),
        # TCP would spend one round trip on hello: twice the time for one question.
        "name lookup": ("udp", "no handshake"),
        # No hole is allowed, but a hole in one picture is no reason to hold back the others.
        "web page": ("quic", "independent"),
    }[application]
