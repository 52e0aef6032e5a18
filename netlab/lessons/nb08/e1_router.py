"""Exercise 08-1: router."""

from __future__ import annotations

from typing import Any

from ...check.engine import Cases, case, exercise
from . import routing


@exercise()
def router(method: str, target: str, routes: dict[str, dict[str, Any]]) -> Cases:
    """Find out who answers a request: return (status, handler, parameters, allow).

    target is as the request line says it: "/users/42?full=1". A query, from the first
    "?" on, plays no part. routes is {pattern: {method: handler}}, for example
    {"/users/{id}": {"GET": show, "DELETE": remove}}; a handler may be anything.

    Cut path and pattern at each "/" into segments, and then decode each segment of the
    path with urllib.parse.unquote (so %2F is a character of its segment). The pattern
    matches if both have the same number of segments, and each one matches:

        {id}       any segment that is not empty; parameters["id"] is the decoded text
        any other  the same text, in the same capitals

    So "/users" and "/users/" are two paths. If several patterns match, look at the
    first segment where one has a text and the other a parameter: the text wins. No two
    differ in the names of parameters only. The winner alone decides. Look for method,
    in the same capitals, in its dict:

        200  it is there: its handler, and the parameters. HEAD without a handler of its
             own takes that of GET.
        204  it is not, and it is OPTIONS: handler None, parameters {}
        405  it is not, and it is another: handler None, parameters {}
        404  no pattern matches: handler None, parameters {}

    allow is "" with 200 and 404. With 204 and 405 it is the value of the field Allow:
    all methods that do not lead to 405, sorted, joined by ", ". OPTIONS is always one
    of them, and HEAD is if GET is. Leave routes as it is.
    """
    for name, hint, body, *args in routing.CASES:
        yield case(name, body, *args, hint=hint)
