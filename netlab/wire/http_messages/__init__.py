"""HTTP/1.1 messages, read strictly from bytes (RFC 9110: what they mean; RFC 9112: how they are written).

Pure: no sockets, no clocks. Where RFC 9112 lets a reader guess, this one refuses: two readers that guess
differently are how requests are smuggled (RFC 9112, section 11.2).
"""

from .bodies import ChunkReader as ChunkReader
from .bodies import body_length as body_length
from .heads import TOKEN as TOKEN
from .heads import BadMessage as BadMessage
from .heads import Field as Field
from .heads import Head as Head
from .heads import RequestHead as RequestHead
from .heads import ResponseHead as ResponseHead
from .heads import end_of_head as end_of_head
from .heads import field_lines as field_lines
from .heads import members as members
from .heads import parse_response as parse_response
from .heads import read_request_lines as read_request_lines
from .requests import parse_request as parse_request
from .requests import split_authority as split_authority
from .requests import split_target as split_target
