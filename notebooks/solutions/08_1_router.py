"""08-1: who answers? Cut first, decode then; text beats parameter; the winner alone decides."""

from urllib.parse import unquote


def match(pattern, segments):
    """The parameters, if the pattern matches, else None."""
    parts = pattern.split("/")
    if len(parts) != len(segments):
        return None
    parameters = {}
    for part, segment in zip(parts, segments):
        if part.startswith("{") and segment:
            parameters[part[1:-1]] = segment
        elif part.startswith("{") or part != segment:
            return None
    return parameters


def router(method, target, routes):
    path = target.partition("?")[0]
    segments = [unquote(segment) for segment in path.split("/")]  # %2F separates nothing
    matching = [pattern for pattern in routes if match(pattern, segments) is not None]
    if not matching:
        return 404, None, {}, ""
    # A list of booleans for each pattern: False, for text, sorts before True, for a parameter.
    best = min(matching, key=lambda pattern: [part.startswith("{") for part in pattern.split("/")])
    methods = routes[best]
    if method in methods:
        return 200, methods[method], match(best, segments), ""
    if method == "HEAD" and "GET" in methods:
        return 200, methods["GET"], match(best, segments), ""
    allowed = {*methods, "OPTIONS"}
    if "GET" in methods:
        allowed.add("HEAD")
    return 204 if method == "OPTIONS" else 405, None, {}, ", ".join(sorted(allowed))
