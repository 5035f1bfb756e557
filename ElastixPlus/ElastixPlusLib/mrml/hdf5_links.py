"""Names in groups of an HDF5 file: one to a message, or, where a group has more than eight, together in a heap.

Chapters in the comments are of the HDF5 File Format Specification 3.0.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator

from .hdf5_headers import Hdf5LayoutError

_NOWHERE = 2**64 - 1
_HEAP_BYTES = 142
_OBJECT_COUNT_AT, _TABLE_AT = 70, 110
_TABLE = struct.Struct(
    "<HQQHHQH"
)  # blocks in a row, bytes of the first, and of the largest, bits, rows, root, its rows
_MOST_ROWS = 64
_HAS_CHECKSUMS = 2


def link(body: bytes, start: int = 0) -> tuple[str, int, int]:
    """A name, the address of what it names, and where its message ends. Source: chapter IV.A.2.g.

    :raises Hdf5LayoutError: it is no such message, or leads out of the file.
    """
    if start + 3 > len(body) or body[start] != 1:
        raise Hdf5LayoutError("a link that is none")
    flags, at = body[start + 1], start + 2
    if flags & 8 and body[at] != 0:
        raise Hdf5LayoutError("a link to another file")
    at += bool(flags & 8) + 8 * bool(flags & 4) + bool(flags & 16)
    width = 1 << (flags & 3)
    length = int.from_bytes(body[at : at + width], "little")
    at += width
    if at + length + 8 > len(body):
        raise Hdf5LayoutError("a link without its end")
    (address,) = struct.unpack_from("<Q", body, at + length)
    return body[at : at + length].decode("ascii", "replace"), address, at + length + 8


def links_in_heap(content: bytes | mmap.mmap, group_information: bytes) -> Iterator[tuple[str, int]]:
    """The names of a group and the addresses of what they name, where it has a heap for them.

    :param group_information: the message of the group that tells of the heap. Source: chapters IV.A.2.c, III.G.
    :raises Hdf5LayoutError: the heap cannot be followed.
    """
    (heap,) = struct.unpack_from("<Q", group_information, 2 + 8 * (group_information[1] & 1))
    if heap == _NOWHERE:
        return
    if content[heap : heap + 5] != b"FRHP\x00" or heap + _HEAP_BYTES > len(content):
        raise Hdf5LayoutError("names lead nowhere")
    (left,) = struct.unpack_from("<Q", content, heap + _OBJECT_COUNT_AT)
    for start, end in _blocks(content, heap):
        block, at = bytes(content[start:end]), 0
        while left and at < len(block) and block[at] == 1:  # what is free in a block is zero
            name, address, at = link(block, at)
            left -= 1
            yield name, address
    if left:
        raise Hdf5LayoutError("names are missing")


def _blocks(content: bytes | mmap.mmap, heap: int) -> Iterator[tuple[int, int]]:
    """From where to where the links lie in each block of a heap."""
    width, first_bytes, most_bytes, bits, _, root, rows = _TABLE.unpack_from(content, heap + _TABLE_AT)
    inside = 13 + (bits + 7) // 8
    head = inside + 4 * bool(content[heap + 9] & _HAS_CHECKSUMS)
    if rows > _MOST_ROWS:
        raise Hdf5LayoutError("a heap without an end")
    if rows and content[root : root + 4] != b"FHIB":
        raise Hdf5LayoutError("names lead nowhere")
    left = len(content)
    for number in range(max(rows * width, 1)):
        size = first_bytes << max(number // max(width, 1) - 1, 0)
        block = root if not rows else struct.unpack_from("<Q", content, root + inside + 8 * number)[0]
        if block == _NOWHERE:
            continue
        left -= size
        if left < 0 or size > most_bytes or content[block : block + 4] != b"FHDB" or block + size > len(content):
            raise Hdf5LayoutError("names lead nowhere")
        yield block + head, block + size
