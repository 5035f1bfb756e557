"""Where groups and datasets lie in an HDF5 file, as far as transforms of ITK have need of it.

HDF5's own library guards its headers with checksums, but not what says where a text lies, and ITK ends the program at
a text that is none. Chapters in the comments are of the HDF5 File Format Specification 3.0.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .hdf5_headers import Hdf5LayoutError, Message, messages
from .hdf5_links import link, links_in_heap

Content = bytes | mmap.mmap
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_DATASPACE, _LINK_INFORMATION, _DATATYPE, _LINK, _LAYOUT, _SYMBOL_TABLE = 0x01, 0x02, 0x03, 0x06, 0x08, 0x11
_FLOAT, _VARIABLE_LENGTH = 1, 9
_CONTIGUOUS, _CHUNKED = 1, 2
_MOST_MEMBERS = 1_000
_LONGEST_NAME = 1_000
_MOST_BYTES_PER_BYTE = 1032  # of what deflate has packed
_PIECE_BYTES = 2**20
_HEAP_HEAD_BYTES = 16
_HEAP_OBJECT = struct.Struct("<HHIQ")  # index, references, reserved, size
_TEXT_PLACE = struct.Struct("<IQI")  # length, address of the heap, index in it


@dataclass(frozen=True)
class Dataset:
    """A row of numbers or texts."""

    type_class: int
    bytes_of_value: int
    count: int
    address: int | None
    """None where HDF5 has packed the values."""


def root_address(content: Content) -> int:
    """Where the header of the topmost group lies.

    :raises Hdf5LayoutError: it is no HDF5 file, or one with other addresses than ITK's. Source: chapter II.A.
    """
    if content[:8] != _SIGNATURE or len(content) < 96:
        raise Hdf5LayoutError("no HDF5 file")
    version = content[8]
    if version in (0, 1):
        sizes, base, root = content[13:15], 24 + 4 * version, 64 + 4 * version
    elif version in (2, 3):
        sizes, base, root = content[9:11], 12, 36
    else:
        raise Hdf5LayoutError(f"version {version}")
    if sizes != b"\x08\x08" or _number(content, base, "<Q"):
        raise Hdf5LayoutError("addresses of an unusual kind")
    return _number(content, root, "<Q")


def members(content: Content, group: int) -> dict[str, int]:
    """The names in a group, and where the headers of what they name lie.

    :param group: address of its header.
    :raises Hdf5LayoutError: it cannot be followed.
    """
    found: dict[str, int] = {}
    for message in messages(content, group):
        for name, address in _names_of(content, message):
            if name in found or len(found) == _MOST_MEMBERS:
                raise Hdf5LayoutError("a name stands twice, or there are more of them than in any file of ITK")
            found[name] = address
    return found


def dataset(content: Content, address: int) -> Dataset:
    """What the header of a dataset with one axis says of it.

    :raises Hdf5LayoutError: it says something else than it has, or what no transform has.
    """
    said: dict[int, bytes] = {}
    for message in messages(content, address):
        if message.kind in said:
            raise Hdf5LayoutError("a dataset is described twice")
        if message.kind in (_DATASPACE, _DATATYPE, _LAYOUT):
            said[message.kind] = message.body
    if said.keys() != {_DATASPACE, _DATATYPE, _LAYOUT}:
        raise Hdf5LayoutError("a dataset is not described")
    type_class, bytes_of_value = said[_DATATYPE][0] & 15, _number(said[_DATATYPE], 4, "<I")
    count = _count(said[_DATASPACE])
    return Dataset(type_class, bytes_of_value, count, _data_address(content, said[_LAYOUT], count * bytes_of_value))


def text(content: Content, address: int) -> str:
    """The one text in a dataset.

    :param address: of its header.
    :raises Hdf5LayoutError: it holds something else, or the text is not where it should be.
    """
    found = dataset(content, address)
    is_text = found.type_class == _VARIABLE_LENGTH and found.bytes_of_value == _TEXT_PLACE.size
    if not is_text or found.count != 1 or found.address is None:
        raise Hdf5LayoutError("no text of variable length")
    length, heap, index = _TEXT_PLACE.unpack_from(content, found.address)
    stored = next((body for number, body in _heap_objects(content, heap) if number == index), b"")
    if not 0 < length <= len(stored):
        raise Hdf5LayoutError("a text leads nowhere")
    try:
        return stored[:length].split(b"\0")[0].decode("ascii")
    except UnicodeDecodeError as problem:
        raise Hdf5LayoutError("a text of other letters") from problem


def numbers(content: Content, found: Dataset) -> Iterator[np.ndarray]:
    """The numbers of a dataset in pieces of shape (n,); none where HDF5 has packed them, and checks them itself.

    :raises Hdf5LayoutError: it holds no floating point numbers.
    """
    if found.type_class != _FLOAT or found.bytes_of_value not in (4, 8):
        raise Hdf5LayoutError("no numbers")
    if found.address is None:
        return
    end = found.address + found.count * found.bytes_of_value
    for start in range(found.address, end, _PIECE_BYTES):
        yield np.frombuffer(bytes(content[start : min(start + _PIECE_BYTES, end)]), f"<f{found.bytes_of_value}")


def _names_of(content: Content, message: Message) -> Iterator[tuple[str, int]]:
    if message.kind == _LINK:
        yield link(message.body)[:2]
    elif message.kind == _LINK_INFORMATION:
        yield from links_in_heap(content, message.body)
    elif message.kind == _SYMBOL_TABLE:
        tree, heap = struct.unpack_from("<QQ", message.body)
        if content[heap : heap + 4] != b"HEAP":
            raise Hdf5LayoutError("names lead nowhere")
        names = _number(content, heap + 24, "<Q")
        for node in _leaves(content, tree):
            for entry in range(node + 8, node + 8 + 40 * _number(content, node + 6, "<H"), 40):
                name, address = _two_numbers(content, entry)
                yield _name(content, names + name), address


def _name(content: Content, start: int) -> str:
    end = content.find(b"\0", start, start + _LONGEST_NAME)
    if end < 0:
        raise Hdf5LayoutError("a name without its end")
    return _ascii(bytes(content[start:end]))


def _leaves(content: Content, tree: int) -> Iterator[int]:
    """Addresses of the nodes with names below a tree of names. Source: chapter III.A.1."""
    waiting, seen = [tree], set[int]()
    while waiting:
        node = waiting.pop()
        if node in seen or content[node : node + 4] not in (b"TREE", b"SNOD"):
            raise Hdf5LayoutError("a tree that leads nowhere")
        seen.add(node)
        if content[node : node + 4] == b"SNOD":
            yield node
            continue
        if content[node + 4] != 0:
            raise Hdf5LayoutError("a tree of another kind")
        entries = _number(content, node + 6, "<H")
        waiting += [_number(content, node + 32 + 16 * entry, "<Q") for entry in range(entries)]


def _count(dataspace: bytes) -> int:
    """How many values there are along the one axis. Source: chapter IV.A.2.b."""
    version, axes = dataspace[0], dataspace[1]
    start = {1: 8, 2: 4}.get(version)
    if start is None or axes != 1:
        raise Hdf5LayoutError("another number of axes than one")
    return _number(dataspace, start, "<Q")


def _data_address(content: Content, layout: bytes, byte_count: int) -> int | None:
    """Where the values lie, None if packed. Source: chapter IV.A.2.i."""
    version, kind = layout[0], layout[1]
    if version not in (3, 4):
        raise Hdf5LayoutError("a layout of another version")
    if kind == _CHUNKED and byte_count <= _MOST_BYTES_PER_BYTE * len(content):
        return None
    address, size = _two_numbers(layout, 2)
    if kind == _CONTIGUOUS and size == byte_count == 0:  # a shift has no fixed parameters, and they lie nowhere
        return 0
    if kind != _CONTIGUOUS or size != byte_count or address + size > len(content):
        raise Hdf5LayoutError("values that are missing")
    return address


def _heap_objects(content: Content, heap: int) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of what lies in a heap of texts. Source: chapter III.E."""
    if content[heap : heap + 5] != b"GCOL\x01":
        raise Hdf5LayoutError("a text leads nowhere")
    end = heap + _number(content, heap + 8, "<Q")
    if end > len(content):
        raise Hdf5LayoutError("a heap of texts without its end")
    place = heap + _HEAP_HEAD_BYTES
    while place + _HEAP_OBJECT.size <= end:
        number, _, _, size = _HEAP_OBJECT.unpack_from(content, place)
        start = place + _HEAP_OBJECT.size
        if number == 0 or start + size > end:
            return
        yield number, bytes(content[start : start + size])
        place = start + (size + 7) // 8 * 8


def _ascii(name: bytes) -> str:
    return name.decode("ascii", "replace")


def _number(content: Content, at: int, kind: str) -> int:
    return int(struct.unpack_from(kind, content, at)[0])


def _two_numbers(content: Content, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from("<QQ", content, at)
    return int(first), int(second)
