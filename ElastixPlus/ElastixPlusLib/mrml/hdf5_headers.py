"""The messages in a header of an HDF5 object, of which groups and datasets are made up.

Source: HDF5 File Format Specification 3.0, chapter IV.A.1.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_CONTINUATION = 0x10
_HAS_TIMES, _HAS_PHASES, _HAS_ORDER = 0x20, 0x10, 0x04


class Hdf5LayoutError(ValueError):
    """The file is damaged, or laid out as ITK never does it."""


@dataclass(frozen=True)
class Message:
    """One thing that a header says."""

    kind: int
    body: bytes


@dataclass(frozen=True)
class _Form:
    """How messages are written in the blocks of one header."""

    head: struct.Struct
    after_head: int
    signature: bytes
    checksum_bytes: int


_OLD = _Form(struct.Struct("<HHB"), 3, b"", 0)


def messages(content: bytes | mmap.mmap, address: int) -> Iterator[Message]:
    """The messages of the header at an address, in their order.

    :raises Hdf5LayoutError, struct.error: there is no header, or it leads nowhere.
    """
    form, start, size = _first_block(content, address)
    waiting, left = [(start, size)], len(content)
    while waiting:
        start, size = waiting.pop(0)
        left -= size
        if size < 0 or left < 0 or start + size > len(content):  # of blocks that hold each other there is no end
            raise Hdf5LayoutError("a header without an end")
        for message in _messages_of_block(content, form, start, start + size):
            if message.kind == _CONTINUATION:
                block, length = struct.unpack_from("<QQ", message.body)
                if content[block : block + len(form.signature)] != form.signature:
                    raise Hdf5LayoutError("a header that leads nowhere")
                waiting.append((block + len(form.signature), length - len(form.signature) - form.checksum_bytes))
            else:
                yield message


def _first_block(content: bytes | mmap.mmap, address: int) -> tuple[_Form, int, int]:
    """How the messages are written, where they begin, and how many bytes there are of them."""
    if content[address : address + 1] == b"\x01":
        return _OLD, address + 16, struct.unpack_from("<I", content, address + 8)[0]
    if content[address : address + 5] != b"OHDR\x02":
        raise Hdf5LayoutError("a header that is none")
    flags = content[address + 5]
    start = address + 6 + 16 * bool(flags & _HAS_TIMES) + 4 * bool(flags & _HAS_PHASES)
    width = 1 << (flags & 3)
    size = int.from_bytes(content[start : start + width], "little")
    form = _Form(struct.Struct("<BHB"), 2 * bool(flags & _HAS_ORDER), b"OCHK", 4)
    return form, start + width, size


def _messages_of_block(content: bytes | mmap.mmap, form: _Form, start: int, end: int) -> Iterator[Message]:
    while start + form.head.size + form.after_head <= end:  # what is left behind the last one is a gap
        kind, size, _ = form.head.unpack_from(content, start)
        start += form.head.size + form.after_head
        if start + size > end:
            raise Hdf5LayoutError("a message without its end")
        yield Message(kind, bytes(content[start : start + size]))
        start += size
