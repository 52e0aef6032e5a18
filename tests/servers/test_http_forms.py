"""Forms with files: each part byte for byte, whatever it holds, and what is no form (RFC 7578, RFC 2046)."""

from __future__ import annotations

import json

import pytest

from .peers import ask


def part(*lines: str, data: bytes = b"") -> bytes:
    return "\r\n".join(["--B", *lines, "", ""]).encode() + data + b"\r\n"


NAMED = 'Content-Disposition: form-data; name="f"'
FILE = NAMED + '; filename="m"'


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed; boundary=B2", "text/plain", "x", ""])
def test_a_file_is_taken_byte_for_byte_whatever_its_type(client, kind):
    for data in (
        b"",
        b"\r\n",
        b"Subject: x\r\n\r\nhi",
        b"--B2\r\n\r\nx\r\n--B2--",
        bytes(range(256)) + b"\n\r\r\n",
    ):
        upload = b"preamble\r\n" + part(FILE, f"Content-Type: {kind}", data=data) + b"--B-- \r\nepilogue"
        response, body = ask(
            client, "POST", "/form", upload, Content_Type='Multipart/Form-Data ; boundary="B"'
        )
        assert response.status == 200
        assert [each["bytes"] for each in json.loads(body)["files"]] == [len(data)], data


def test_names_of_parts_are_utf_8_and_boundaries_are_whole_lines(client):
    upload = part('Content-Disposition: form-data; name="é"', data="ü--B\r\n--Bx".encode())
    upload += part('content-disposition:form-data;name=g;filename="李.txt"', data=b"x--B--") + b"--B--"
    _, body = ask(client, "POST", "/form", upload, Content_Type="multipart/form-data; boundary=B")
    got = json.loads(body)
    assert got["fields"] == [["é", "ü--B\r\n--Bx"]]
    assert [(each["field"], each["filename"], each["bytes"]) for each in got["files"]] == [("g", "李.txt", 6)]


@pytest.mark.parametrize(
    "parameters, name, filename",
    [
        ("name=f", "f", None),
        ('NAME="f"; Filename=""', "f", ""),
        ('filename="a;name=x\\"\\\\.txt";name="f"', "f", 'a;name=x"\\.txt'),
        ("name=f; filename*=utf-8''a; filename*1=b", "f", None),  # not in forms (RFC 7578, section 4.2)
        ("name=f;\r\n filename=folded", "f", "folded"),
    ],
)
def test_parameters_of_a_part(client, parameters, name, filename):
    upload = part(f"Content-Disposition: form-data; {parameters}", data=b"x") + b"--B--"
    got = json.loads(ask(client, "POST", "/form", upload, Content_Type="multipart/form-data; boundary=B")[1])
    if filename is None:
        assert got == {"fields": [[name, "x"]], "files": []}
    else:
        assert [(each["field"], each["filename"]) for each in got["files"]] == [(name, filename)]


@pytest.mark.parametrize(
    "kind, upload, why",
    [
        ("multipart/form-data", part(NAMED) + b"--B--", b"boundary"),
        ("multipart/form-data; boundary=C", part(NAMED) + b"--B--", b"last boundary"),
        ("multipart/form-data; boundary=B", part(NAMED, data=b"half"), b"last boundary"),
        ("multipart/form-data; boundary=B", b"", b"last boundary"),
        ("multipart/form-data; boundary=B", b"--B\r\n" + NAMED.encode() + b"\r\n--B--", b"empty line"),
        ("multipart/form-data; boundary=B", part("Content-Type: text/plain") + b"--B--", b"form-data"),
        (
            "multipart/form-data; boundary=B",
            part("Content-Disposition: form-data; name*=f") + b"--B--",
            b"form-data",
        ),
        ("multipart/form-data; boundary=B", part(NAMED, "A : b") + b"--B--", b"between the name"),
        ("multipart/form-data; boundary=B", part(NAMED, "A: \0") + b"--B--", b"control character"),
        ("multipart/form-data; boundary=B", part("Content-Disposition: form-data") + b"--B--", b"form-data"),
        (
            "multipart/form-data; boundary=B",
            part('Content-Disposition: file; name="f"') + b"--B--",
            b"form-data",
        ),
    ],
)
def test_a_form_that_is_none_is_refused(client, kind, upload, why):
    response, body = ask(client, "POST", "/form", upload, Content_Type=kind)
    assert response.status == 400 and why in body
