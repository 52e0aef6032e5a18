"""Exercise 05-3: choose."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import choosing


@exercise()
def choose(application: str) -> Cases:
    """Return (protocol, reason): what you choose for this application, and your defense.

    application is one of:

        "software update"  300 pieces; every one has to be there, however long it takes
        "chat"             every message has to be there, in the order in which it was written
        "voice call"       50 pieces a second; what comes later than 0.1 s is useless, a few may be missing
        "player position"  30 times a second where a player is now; only the latest one counts
        "name lookup"      one small question to a stranger, without delay; asked again if no answer comes
        "web page"         20 pictures at once; each has to be complete, and is shown as soon as it is

    protocol is "tcp" (one connection), "udp" (each datagram once) or "quic" (one connection, in which each
    picture has a stream of its own). The examiner runs the application through 0.04 s each way and 10 % loss,
    over your choice and over its rival: UDP if you choose "tcp", else TCP. Your choice has to do the job, its
    rival has to fail, and reason says what goes wrong with the rival:

        "complete"      some pieces are missing for ever
        "fresh"         what is new waits until something old has been repaired
        "no handshake"  a round trip passes before the first byte of data
        "independent"   a part that is complete waits for a loss in another part
        "faster"        its packets take longer on the way
    """
    for application in choosing.APPLICATIONS:
        yield case(application, choosing.defended, application)
