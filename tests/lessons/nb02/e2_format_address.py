"""02-2 format_address: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import ipaddress
import os
from typing import Any

from ..registry import mutant, right


@right("format_address")
def by_the_tuple(sockaddr: Any) -> str:
    """taken apart with a star"""
    if not isinstance(sockaddr, tuple):
        return sockaddr
    host, port, *rest = sockaddr
    if len(rest) == 2 and rest[1]:
        host += f"%{rest[1]}"
    return "{}:{}".format(f"[{host}]" if ":" in host else host, port)


@right("format_address")
def with_the_module(sockaddr: Any) -> str:
    """ipaddress says the version"""
    if isinstance(sockaddr, str):
        return sockaddr
    host = sockaddr[0]
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:  # a name, or nothing
        version = 4
    if version == 6:
        zone = "%" + str(sockaddr[3]) if sockaddr[3:] and sockaddr[3] != 0 else ""
        host = "[" + host + zone + "]"
    return host + ":" + str(sockaddr[1])


def _formatted(sockaddr: Any) -> str:
    return by_the_tuple(sockaddr)


@mutant("format_address", "four", says="ValueError")
def two_parts_only(sockaddr: Any) -> str:
    """host, port = sockaddr"""
    if isinstance(sockaddr, str):
        return sockaddr
    host, port = sockaddr
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@mutant("format_address", "four", says="TypeError")
def percent_formatting(sockaddr: Any) -> str:
    """'%s:%d' % sockaddr"""
    return "%s:%d" % sockaddr  # noqa: UP031


@mutant("format_address", "brackets")
def no_brackets(sockaddr: Any) -> str:
    """::1:80"""
    return f"{sockaddr[0]}:{sockaddr[1]}" if sockaddr else ""


@mutant("format_address", "plain")
def brackets_for_all(sockaddr: Any) -> str:
    """[127.0.0.1]:80"""
    return f"[{sockaddr[0]}]:{sockaddr[1]}"


@mutant("format_address", "two", says="[::1]:80")
def four_parts_are_ipv6(sockaddr: Any) -> str:
    """len(sockaddr) == 4 means IPv6"""
    if isinstance(sockaddr, str) or len(sockaddr) == 4:
        return _formatted(sockaddr)
    return f"{sockaddr[0]}:{sockaddr[1]}"


@mutant("format_address", "two", says="ValueError")
def four_parts_always(sockaddr: Any) -> str:
    """host, port, flowinfo, scope_id = sockaddr for IPv6"""
    if isinstance(sockaddr, str) or ":" not in sockaddr[0]:
        return _formatted(sockaddr)
    host, port, _, scope = sockaddr
    return f"[{host}%{scope}]:{port}" if scope else f"[{host}]:{port}"


@mutant("format_address", "two", says="IndexError")
def asks_for_the_fourth(sockaddr: Any) -> str:
    """sockaddr[3], whether it is there or not"""
    if isinstance(sockaddr, str) or ":" not in sockaddr[0]:
        return _formatted(sockaddr)
    zone = f"%{sockaddr[3]}" if sockaddr[3] else ""
    return f"[{sockaddr[0]}{zone}]:{sockaddr[1]}"


@mutant("format_address", "scope")
def drops_the_scope(sockaddr: Any) -> str:
    """no scope id"""
    return _formatted(sockaddr[:2] if isinstance(sockaddr, tuple) else sockaddr)


@mutant("format_address", "scope")
def takes_flowinfo(sockaddr: Any) -> str:
    """takes the third part for the scope id"""
    if isinstance(sockaddr, tuple) and len(sockaddr) == 4:
        sockaddr = (*sockaddr[:2], 0, sockaddr[2])
    return _formatted(sockaddr)


@mutant("format_address", "scope")
def scope_outside(sockaddr: Any) -> str:
    """[fe80::1]%2:80"""
    text = _formatted(sockaddr)
    if isinstance(sockaddr, tuple) and "%" in text:
        return f"[{sockaddr[0]}]%{sockaddr[3]}:{sockaddr[1]}"
    return text


@mutant("format_address", "zero")
def scope_always(sockaddr: Any) -> str:
    """[::1%0]:80"""
    if isinstance(sockaddr, tuple) and len(sockaddr) == 4:
        return f"[{sockaddr[0]}%{sockaddr[3]}]:{sockaddr[1]}"
    return _formatted(sockaddr)


@mutant("format_address", "mapped")
def takes_the_prefix_off(sockaddr: Any) -> str:
    """127.0.0.1 for ::ffff:127.0.0.1"""
    if isinstance(sockaddr, tuple) and sockaddr[0].startswith("::ffff:"):
        sockaddr = (sockaddr[0][7:], sockaddr[1])
    return _formatted(sockaddr)


@mutant("format_address", "mapped")
def a_dot_means_ipv4(sockaddr: Any) -> str:
    """a dot in the host: IPv4, so no brackets"""
    if isinstance(sockaddr, tuple) and "." in sockaddr[0]:
        return f"{sockaddr[0]}:{sockaddr[1]}"
    return _formatted(sockaddr)


@mutant("format_address", "unix")
def no_unix(sockaddr: Any) -> str:
    """takes a path for a tuple"""
    host, port, *rest = sockaddr
    return _formatted((host, port, *rest))


@mutant("format_address", "unix")
def empty_is_nothing(sockaddr: Any) -> str:
    """if not sockaddr: return 'unknown'"""
    return _formatted(sockaddr) if sockaddr else "unknown"


@mutant("format_address", "unix")
def only_the_name_of_the_file(sockaddr: Any) -> str:
    """the last part of the path"""
    return os.path.basename(sockaddr) if isinstance(sockaddr, str) else _formatted(sockaddr)


@mutant("format_address", "start")
def as_python_prints_it(sockaddr: Any) -> str:
    """str(sockaddr)"""
    return str(sockaddr)


@mutant("format_address", "start", says="without `return`")
def gives_nothing(sockaddr: Any) -> None:
    """pass"""


def _right(sockaddr: Any) -> str:
    if isinstance(sockaddr, str):
        return sockaddr
    host, port, _, scope = (*sockaddr, 0, 0)[:4]
    return f"[{host}{f'%{scope}' if scope else ''}]:{port}" if ":" in host else f"{host}:{port}"


@mutant("format_address", "scope", says="[fe80::1%9]:80")
def the_last_is_the_scope(sockaddr: Any) -> str:
    """sockaddr[-1] is the scope id"""
    if isinstance(sockaddr, str) or len(sockaddr) != 3:
        return _right(sockaddr)
    return _right((*sockaddr[:2], 0, sockaddr[-1]))


@mutant("format_address", "same", says="does not appear to be")
def asks_ipaddress(sockaddr: Any) -> str:
    """ipaddress says which family it is"""
    if not isinstance(sockaddr, str):
        ipaddress.ip_address(sockaddr[0])
    return _right(sockaddr)


@mutant("format_address", "same")
def in_lower_case(sockaddr: Any) -> str:
    """host.lower()"""
    return _right(sockaddr) if isinstance(sockaddr, str) else _right((sockaddr[0].lower(), *sockaddr[1:]))


@mutant("format_address", "unix")
def unpacks_a_path(sockaddr: Any) -> str:
    """two parts are host and port: so is the path /s"""
    return _right(tuple(sockaddr)) if len(sockaddr) == 2 else _right(sockaddr)


@mutant("format_address", "unix")
def a_colon_is_ipv6(sockaddr: Any) -> str:
    """brackets around a path with a colon"""
    text = _right(sockaddr)
    return f"[{text}]" if isinstance(sockaddr, str) and ":" in sockaddr else text
