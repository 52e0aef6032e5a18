"""07-5: ask for the rest, if it is still the same file. data and etag always belong together."""

import http.client
import re
from contextlib import closing


def resume(address, target, part, etag, tries):
    data = bytearray(part)
    for _ in range(tries):
        if data and etag and not etag.startswith("W/"):
            fields = {"Range": f"bytes={len(data)}-", "If-Range": etag}
        else:
            fields = {}
        try:
            with closing(http.client.HTTPConnection(*address)) as connection:
                connection.request("GET", target, headers=fields)
                response = connection.getresponse()
                if response.status not in (200, 206, 416):
                    raise ValueError(f"{target}: {response.status} {response.reason}")
                place = response.headers.get("Content-Range", "")
                first, total = re.fullmatch(r"(?:bytes (?:(\d+)-\d+|\*)/(\d+))?", place).groups()
                if response.status == 416 and int(total) == len(data):
                    return bytes(data)
                if not fields or response.status != 206 or int(first) != len(data):
                    data.clear()
                if response.status == 416 or (response.status == 206 and int(first) != len(data)):
                    continue
                size = int(total or response.headers["Content-Length"])
                etag = response.headers["ETag"]
                while piece := response.read1(65536):  # read() would lose all of it if the connection breaks
                    data += piece
            if len(data) == size:
                return bytes(data)
        except (ConnectionError, http.client.HTTPException):
            pass  # what has come is in data: go on from there
    raise ConnectionError(f"{target} is not complete after {tries} requests")
