"""Find out whether a file holds a shape that can be a mask, before the readers of MRML misread it or crash on it."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..elastix.ordinary_file import read_ordinary_file
from ..errors import MaskError
from .model_headers import is_bounded_vtk, is_bounded_vtp

ROI_ENDINGS = (".mrk.json", ".json")
MODEL_ENDINGS = (".stl", ".vtk", ".vtp", ".ply", ".obj")

_LARGEST_MARKUPS_BYTES = 64 * 1024 * 1024
_MOST_LETTERS_OF_A_LINE = 4096  # what the reader of PLY files takes at once
_PLY_LETTERS = {
    **dict.fromkeys(("char", "int8"), "b"),
    **dict.fromkeys(("uchar", "uint8"), "B"),
    **dict.fromkeys(("short", "int16"), "h"),
    **dict.fromkeys(("ushort", "uint16"), "H"),
    **dict.fromkeys(("int", "int32"), "i"),
    **dict.fromkeys(("uint", "uint32"), "I"),
    **dict.fromkeys(("float", "float32"), "f"),
    **dict.fromkeys(("double", "float64"), "d"),
}
_NUMBERS = re.compile(rb"[\s0-9eE.+-]*")  # no other letters, such as those of nan
_NOT_IN_TEXTS = re.compile(rb"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_NOT_IN_PLY_HEADERS = re.compile(rb"[^\n\t\r -~]|\r(?!\n)")
_PLY_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass(frozen=True)
class _Property:
    """One property of an element of a PLY file.

    :param letters: type of its value as of ``struct``; of a list, types of its length and of its items.
    """

    name: str
    letters: str

    @property
    def is_list(self) -> bool:
        return len(self.letters) > 1

    @property
    def is_corners(self) -> bool:
        """Whether it says between which points a face lies."""
        return self.is_list and self.name in ("vertex_indices", "vertex_index")


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: tuple[_Property, ...]


def require_roi(path: Path, what: str) -> None:
    """Refuse a markups file whose first markup is no ROI.

    :param what: for the message, such as "fixed mask".
    :raises MaskError: it is damaged, or holds something else.
    """
    try:
        kind = json.loads(read_ordinary_file(path, _LARGEST_MARKUPS_BYTES).decode("utf-8"))["markups"][0]["type"]
    except (ValueError, LookupError, TypeError, RecursionError, OSError) as error:
        raise MaskError(
            f"The {what} {path.name} is no markups file, or a part of it is missing.",
            "Save the ROI again from 3D Slicer as .mrk.json.",
        ) from error
    if kind != "ROI":
        raise MaskError(
            f"The {what} {path.name} holds markups of the kind {str(kind)[:40]} and no ROI.",
            "Draw a ROI box around the region, and save that.",
        )


def require_whole_model(path: Path, what: str) -> None:
    """Refuse a file that its reader would crash on; of other damaged models no faces or open surfaces are read.

    :param what: for the message, such as "fixed mask".
    :raises MaskError: a part is missing, or it holds no surface.
    """
    kind, is_whole = _MODEL_CHECKS.get(path.suffix.lower(), ("", None))
    if is_whole is not None and not is_whole(path.read_bytes()):
        raise MaskError(
            f"The {what} {path.name} is no surface in {kind} file, or a part of it is missing.",
            "Save the model again, for example from 3D Slicer as .vtp or .stl.",
        )


def is_whole_obj(content: bytes) -> bool:
    """Whether every face of an OBJ file lies between points, normals and texture positions that it has.

    Format: https://paulbourke.net/dataformats/obj
    """
    if _NOT_IN_TEXTS.search(content):
        return False
    lines = [line.split() for line in content.replace(b"\\\n", b" ").replace(b"\\\r\n", b" ").split(b"\n")]
    counts = [sum(line[:1] == [word] for line in lines) for word in (b"v", b"vt", b"vn")]
    try:
        corners = [corner.split(b"/") for line in lines if line[:1] in ([b"f"], [b"l"], [b"p"]) for corner in line[1:]]
        return bool(corners) and all(_is_corner(corner, counts) for corner in corners)
    except ValueError:
        return False


def _is_corner(corner: list[bytes], counts: list[int]) -> bool:
    """Whether a corner such as 1/2/3 or -1//-3 names a point and what else it names; they count from 1, or backwards.

    :raises ValueError: it does not consist of numbers.
    """
    if len(corner) > len(counts) or not corner[0]:
        return False
    return all(0 < abs(int(number)) <= count for number, count in zip(corner, counts, strict=False) if number)


def is_whole_ply(content: bytes) -> bool:
    """Whether a PLY file holds points and faces, and all of them that its header tells of.

    Format: http://paulbourke.net/dataformats/ply
    """
    header, _, rest = content.partition(b"end_header")
    end_of_line, _, body = rest.partition(b"\n")
    if _NOT_IN_PLY_HEADERS.search(header):
        return False
    try:
        words = [line.split() for line in header.decode("ascii").split("\n") if line.strip()]
        if words[0] != ["ply"] or words[1][0] != "format" or end_of_line.strip():
            return False
        elements = tuple(_elements(words[2:]))
        if not _is_surface(elements):
            return False
        if words[1][1] == "ascii":
            return _NUMBERS.fullmatch(body) is not None and _is_whole_text(body.decode("ascii"), elements)
        return _is_whole_binary(body, elements, _PLY_ORDERS[words[1][1]])
    except (ValueError, LookupError, OverflowError, struct.error):
        return False


def _elements(header: list[list[str]]) -> Iterator[_Element]:
    kept = [words for words in header if words[0] not in ("comment", "obj_info")]
    starts = [at for at, words in enumerate(kept) if words[0] == "element"]
    if starts[:1] != [0]:
        raise ValueError("properties of nothing")
    for start, end in zip(starts, [*starts[1:], len(kept)], strict=True):
        _, name, count = kept[start]
        yield _Element(name, int(count), tuple(_property(words) for words in kept[start + 1 : end]))


def _property(words: list[str]) -> _Property:
    if words[0] != "property":
        raise ValueError(f"unknown word {words[0]}")
    types = words[2:-1] if words[1] == "list" else words[1:-1]
    if len(types) != 1 + (words[1] == "list"):
        raise ValueError(f"property of {len(types)} types")
    return _Property(words[-1], "".join(_PLY_LETTERS[one] for one in types))


def _is_surface(elements: tuple[_Element, ...]) -> bool:
    """Whether there are points with three coordinates, and behind them faces that are lists of points."""
    named = {element.name: element for element in elements}
    if len(named) < len(elements) or min(element.count for element in elements) < 0:
        return False
    if [name for name in named if name in ("vertex", "face")] != ["vertex", "face"]:
        return False
    coordinates = {one.name for one in named["vertex"].properties if not one.is_list}
    corner_lists = sum(one.is_corners for one in named["face"].properties)
    return coordinates >= {"x", "y", "z"} and corner_lists == 1


def _is_whole_text(body: str, elements: tuple[_Element, ...]) -> bool:
    lines = [line for line in body.splitlines() if line.strip()]
    if sum(element.count for element in elements) > len(lines) or max(map(len, lines)) >= _MOST_LETTERS_OF_A_LINE:
        return False
    points = _point_count(elements)
    for element in elements:
        some, lines = lines[: element.count], lines[element.count :]
        if not all(_is_whole_row(line.split(), element.properties, points) for line in some):
            return False
    return True


def _is_whole_row(row: list[str], properties: tuple[_Property, ...], points: int) -> bool:
    """Whether a line has the numbers that it should, each of its type.

    :raises struct.error: a number does not fit into its type.
    """
    at = 0
    for one in properties:
        items = 1
        if one.is_list:
            items = int(row[at])
            at += 1
        numbers = [float(number) if one.letters[-1] in "fd" else int(number) for number in row[at : at + items]]
        struct.pack(f"{items}{one.letters[-1]}", *numbers)
        if one.is_corners and not all(0 <= number < points for number in numbers):
            return False
        at += items
    return at == len(row)


def _is_whole_binary(body: bytes, elements: tuple[_Element, ...], order: str) -> bool:
    at, points = 0, _point_count(elements)
    for element in elements:
        if not any(one.is_list for one in element.properties):
            at += element.count * struct.calcsize(order + "".join(one.letters for one in element.properties))
        else:
            end = _end_of_triangles(body, at, element, order, points)
            at = end if end is not None else _end_of_lists(body, at, element, order, points)
    return at <= len(body)


def _point_count(elements: tuple[_Element, ...]) -> int:
    return next(element.count for element in elements if element.name == "vertex")


def _end_of_triangles(body: bytes, at: int, element: _Element, order: str, points: int) -> int | None:
    """Where an element ends that is one list of three points each time, as most are; None if it is not, or damaged."""
    if len(element.properties) != 1 or not element.properties[0].is_corners:
        return None
    letters = element.properties[0].letters
    kind = np.dtype([("length", order + letters[0]), ("items", order + letters[1], 3)])
    if len(body) - at < element.count * kind.itemsize:
        return None
    lists = np.frombuffer(body, kind, element.count, at)
    is_whole = (lists["length"] == 3).all() and (lists["items"] >= 0).all() and (lists["items"] < points).all()
    return at + element.count * kind.itemsize if is_whole else None


def _end_of_lists(body: bytes, at: int, element: _Element, order: str, points: int) -> int:
    """Where an element with lists ends.

    :raises struct.error: beyond the end of the file.
    :raises ValueError: a list has no sensible length, or names points that do not exist.
    """
    for _ in range(element.count):
        for one in element.properties:
            count = 1
            if one.is_list:
                count = int(struct.unpack_from(order + one.letters[0], body, at)[0])
                at += struct.calcsize(order + one.letters[0])
            if count < 0:
                raise ValueError("a list of fewer than no items")
            items = struct.unpack_from(f"{order}{count}{one.letters[-1]}", body, at)
            if one.is_corners and not all(0 <= item < points for item in items):
                raise ValueError("a face between points that do not exist")
            at += count * struct.calcsize(order + one.letters[-1])
    return at


_MODEL_CHECKS = {
    ".ply": ("a PLY", is_whole_ply),
    ".obj": ("an OBJ", is_whole_obj),
    ".vtk": ("a VTK", is_bounded_vtk),
    ".vtp": ("a VTP", is_bounded_vtp),
}
