"""Look at the numbers in VTK's model files (.vtk, .vtp) before their readers do, which ask for memory for all of them.

A file of two kilobytes was enough for 13 GB and half a minute. What is told here is only that no number in a file
counts more than its bytes can hold; whether it is right is for the reader to find out.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import re
import struct

import numpy as np

_BITS = 8  # a byte of a legacy file holds at most so many values
_MOST_PER_BYTE = 64  # of a compressed file: meshes are packed to a tenth, not to a hundredth
_MOST_COMPONENTS = 32
_MOST_DIGITS = 15
_LEAST_BLOCK_BYTES = 2**20  # a block has 32 kB, however little is in it
_WORDS = re.compile(rb"^[ \t]*([A-Za-z][^\n]{0,500})$", re.MULTILINE)
# The reader looks at words, not at lines, and at how a word begins.
_CELL_WORD = re.compile(rb"(?<!\S)(?:VERTICES|LINES|POLYGONS|TRIANGLE_STRIPS)", re.IGNORECASE)
_CELLS = re.compile(rb"[A-Z_]+[ \t]+(\d+)[ \t]+(\d+)[ \t]*\r?\n", re.IGNORECASE)
_DATA_WORD = re.compile(rb"(?<!\S)(?:POINT_DATA|CELL_DATA|FIELD\s+\S+)\S*\s+(\S+)", re.IGNORECASE)
_VALUES = re.compile(
    rb"(?<!\S)(?:(-?\d+)\s+)?(-?\d+)\s+"  # per tuple, where there are two numbers; tuples
    rb"(?:bit|char|signed_char|unsigned_|short|int|long|vtk|float|double|string|utf8|variant)"
    rb"(?:\s|(?!\S+\s+\d+\s+\d+\s+[A-Za-z]))",  # "intensity 1 300 float" behind numbers is the next array
    re.IGNORECASE,
)
_HEAD = re.compile(
    rb"# vtk DataFile Version (\d{1,2})\.\d{1,2}[ \t]*\r?\n[^\n]{0,255}\n\s*(ASCII|BINARY)", re.IGNORECASE
)
_FIRST_VERSION_OF_ARRAYS = 5  # of which the reader counts the numbers itself
_ARRAY = re.compile(rb"\S+\s+(\d+)\s+(\d+)\s+[A-Za-z_]\w*\s*")
_TAG = re.compile(rb"<([A-Za-z]+)((?:\s+\w+\s*=\s*\"[^\"<>]*\")*)\s*/?>")
_ATTRIBUTE = re.compile(rb"(\w+)\s*=\s*\"([^\"]*)\"")
_COUNTED = re.compile(rb"NumberOf(?:Points|Verts|Lines|Strips|Polys|Cells|Tuples)|offset")
_HEADER_NUMBERS = {b"UInt32": "I", b"UInt64": "Q"}
_HEADER_LETTERS = 44  # three numbers of 64 bits, and more, in base64


def is_bounded_vtk(content: bytes) -> bool:
    """Whether no number behind a word of a legacy VTK file counts more than the file can hold.

    >>> head = b"# vtk DataFile Version 4.2\\nknee\\nASCII\\nDATASET POLYDATA\\n"
    >>> is_bounded_vtk(head + b"POINTS 1 float\\n0 0 0\\n"), is_bounded_vtk(head + b"POINTS 99999999999 float\\n")
    (True, False)
    """
    most = _BITS * len(content)
    head = _HEAD.match(content)
    if head is None:
        return False
    for found in _WORDS.finditer(content, head.end()):
        line = found[1].strip()
        array = _ARRAY.fullmatch(line)  # name, components, tuples, type
        counts = [word for word in line.split()[1:4] if re.fullmatch(rb"-?\d+", word)]
        if not all(_is_at_most(count, most) for count in counts):
            return False
        if array is not None and int(array[1]) * int(array[2]) > most:
            return False
    body = content[head.end() :]
    values = [found.groups(b"1") for found in _VALUES.finditer(body)]
    counts = [*itertools.chain(*values), *(found[1] for found in _DATA_WORD.finditer(body))]
    if not all(_is_at_most(count, most) for count in counts):
        return False
    if not all(int(per_tuple) * int(tuples) <= most for per_tuple, tuples in values):
        return False
    cells = [_CELLS.match(body, word.start()) for word in _CELL_WORD.finditer(body)]
    if int(head[1]) >= _FIRST_VERSION_OF_ARRAYS:
        return None not in cells
    return all(_are_whole_cells(line, body, is_binary=head[2].lower() == b"binary") for line in cells)


def _are_whole_cells(found: re.Match[bytes] | None, body: bytes, *, is_binary: bool) -> bool:
    """Whether the cells behind a line such as "POLYGONS 4 16" are so many, and take so many numbers.

    :param found: None where there is no such line.
    """
    if found is None:
        return False
    count, size = int(found[1]), int(found[2])
    try:
        if is_binary:
            numbers = np.frombuffer(body, ">i4", size, found.end())
        else:
            numbers = np.array(body[found.end() :].split(None, size)[:size], dtype=np.int64)
    except (ValueError, OverflowError):  # of a number that no 64 bits hold
        return False
    at = 0
    for _ in range(count):
        if at >= len(numbers) or numbers[at] < 0:
            return False
        at += 1 + int(numbers[at])
    return at == size == len(numbers)


def is_bounded_vtp(content: bytes) -> bool:
    """Whether no number in a VTK file in XML counts more than the file can hold.

    >>> is_bounded_vtp(b'<VTKFile type="PolyData"><Piece NumberOfPoints="99999999999">')
    False
    """
    head, _, appended = content.partition(b"<AppendedData")
    encoding, _, data = appended.partition(b"_")
    file = next((dict(_ATTRIBUTE.findall(tag[2])) for tag in _TAG.finditer(head) if tag[1] == b"VTKFile"), {})
    letter = _HEADER_NUMBERS.get(file.get(b"header_type", b"UInt32"))
    if letter is None or b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        return False
    header = (">" if file.get(b"byte_order") == b"BigEndian" else "<") + (3 if b"compressor" in file else 1) * letter
    most = _MOST_PER_BYTE * len(content)
    for tag in _TAG.finditer(head):
        attributes = dict(_ATTRIBUTE.findall(tag[2]))
        counts = [value for name, value in attributes.items() if _COUNTED.fullmatch(name)]
        if not all(_is_at_most(count, most) for count in counts):
            return False
        if not _is_at_most(attributes.get(b"NumberOfComponents", b"1"), _MOST_COMPONENTS):
            return False
        start = b""
        if attributes.get(b"format") == b"binary":
            start = _decoded(head[tag.end() : tag.end() + 1000].split(b"<")[0].strip()[:_HEADER_LETTERS])
        elif attributes.get(b"format") == b"appended":
            start = data[int(attributes.get(b"offset", b"0")) :][:_HEADER_LETTERS]
            start = _decoded(start) if b"base64" in encoding else start
        if not _is_possible_block(start, header, most):
            return False
    return True


def _is_at_most(number: bytes, most: int) -> bool:
    """Whether a text is a whole number from 0 on that is not too large."""
    digits = number.strip()
    return digits.isdigit() and len(digits) <= _MOST_DIGITS and int(digits) <= most


def _decoded(letters: bytes) -> bytes:
    """The bytes that a text in base64 begins with, up to where it first ends; none if it is no such text."""
    kept = letters.split(b"=")[0]
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""


def _is_possible_block(start: bytes, header: str, most: int) -> bool:
    """Whether the numbers in front of data are possible: all bytes, or blocks, bytes of each and of the last one."""
    if len(start) < struct.calcsize(header):
        return True  # its reader finds no header either
    told = math.prod(max(int(number), 1) for number in struct.unpack_from(header, start)[:2])
    return told <= max(most, _LEAST_BLOCK_BYTES)
