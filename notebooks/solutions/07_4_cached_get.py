"""07-4: ask once, then ask whether it has changed. What is fresh is not asked for at all."""

import http.client
from contextlib import closing


def cached_get(address, target, cache, now):
    key = (address, target)
    stored = cache.get(key)
    if stored and now < stored["until"]:
        return 200, stored["body"]
    conditions = {"If-None-Match": stored["etag"]} if stored and stored["etag"] else {}
    with closing(http.client.HTTPConnection(*address)) as connection:
        connection.request("GET", target, headers=conditions)
        response = connection.getresponse()
        body = response.read()
    if response.status not in (200, 304):
        return response.status, body
    etag, control = response.headers["ETag"], response.headers.get_all("Cache-Control")
    if response.status == 304:  # what it does not say stays as it was
        body, etag, control = stored["body"], etag or stored["etag"], control or stored["control"]
    directives = {}
    for directive in ",".join(control or []).lower().split(","):
        name, _, value = directive.strip().partition("=")
        directives[name] = value
    if "no-store" in directives:
        cache.pop(key, None)
        return 200, body
    lifetime = 0 if "no-cache" in directives else int(directives.get("max-age", 0))
    until = now + lifetime - int(response.headers.get("Age", 0))
    cache[key] = {"body": body, "etag": etag, "control": control, "until": until}
    return 200, body
