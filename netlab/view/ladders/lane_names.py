"""What a reader calls the lanes of a recording. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..kit import listing, noun


def named(actors: Sequence[str], names: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """The names of lanes by what the recording calls them; a list names the clients as they appear.

    ValueError for lanes that are not there, and for names that do not tell the lanes apart.
    """
    lanes = f"the lanes are {listing(actors)}" if actors else "nothing was recorded"
    if not isinstance(names, Mapping):
        names = [names] if isinstance(names, str) else names
        clients = [actor for actor in actors if actor.startswith("client")]
        if len(names) > len(clients):
            raise ValueError(
                f"names= has {noun(len(names), 'name')} for {noun(len(clients), 'client')}: {lanes}."
            )
        names = dict(zip(clients, names, strict=False))
    if unknown := [actor for actor in names if actor not in actors]:
        raise ValueError(f"names= has a lane {unknown[0]!r} that is not there: {lanes}.")
    shown = [names.get(actor, actor) for actor in actors]
    if not all(isinstance(name, str) and name.strip() for name in shown) or len(set(shown)) < len(shown):
        raise ValueError(f"names={dict(names)} does not tell the lanes apart: {lanes}.")
    return dict(names)
