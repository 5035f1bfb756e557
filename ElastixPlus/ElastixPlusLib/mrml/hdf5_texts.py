"""Whether the texts in an HDF5 file are still where the file looks for them.

The reader of transforms ends the program at a text that leads nowhere. HDF5 guards its headers with checksums, but
not what says where a text lies; see "Global Heap" in the HDF5 File Format Specification 3.0, section III.E.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

_HEAP = b"GCOL\x01"
_HEAD_BYTES = 16  # signature, version, size of the heap
_OBJECT = struct.Struct("<HHIQ")  # index, references, reserved, size
_PLACE = struct.Struct("<QI")  # address of the heap, index in it
_LENGTH = struct.Struct("<I")
_MOST_TEXTS = 10_000


def has_every_text(path: Path) -> bool:
    """Whether every text of an HDF5 file is named by something in it, with the length of a text.

    :returns: True also for what is no HDF5 file: its reader says so itself.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            texts = list(_texts(content))
            return len(texts) < _MOST_TEXTS and all(_is_named(content, *text) for text in texts)
    except (OSError, ValueError, struct.error):
        return False


def _texts(content: mmap.mmap) -> Iterator[tuple[int, int, int]]:
    """Address of the heap, index and size of the texts."""
    heap = content.find(_HEAP)
    while heap >= 0:
        (size,) = struct.unpack_from("<Q", content, heap + 8)
        place, end = heap + _HEAD_BYTES, min(heap + size, len(content))
        while place + _OBJECT.size <= end:
            index, _, _, length = _OBJECT.unpack_from(content, place)
            if index == 0:
                break
            yield heap, index, length
            place += _OBJECT.size + (length + 7) // 8 * 8
        heap = content.find(_HEAP, heap + 1)


def _is_named(content: mmap.mmap, heap: int, index: int, size: int) -> bool:
    found = content.find(_PLACE.pack(heap, index))
    while found >= 0:
        if found >= _LENGTH.size and 0 < _LENGTH.unpack_from(content, found - _LENGTH.size)[0] <= size:
            return True
        found = content.find(_PLACE.pack(heap, index), found + 1)
    return False
