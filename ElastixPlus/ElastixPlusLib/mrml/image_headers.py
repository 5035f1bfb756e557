"""Look at the header of a NRRD file or a MetaImage before its reader does, which believes every number in it.

The native readers ask for as much memory as the header says, end the whole program where that is negative or
overflows, and read voxels from whatever file on the disk it names.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

import numpy as np

from ..elastix.ordinary_file import is_ordinary_file

HEADER_ENDINGS = (".nrrd", ".nhdr", ".mha", ".mhd")
_NRRD_ENDINGS = (".nrrd", ".nhdr")

_LONGEST_HEADER = 2**20
_PIECE_BYTES = 2**20
_MOST_BYTES_OF_MANY_FILES = 2**38
_MOST_ALONG_AN_AXIS = 2**31 - 1
# Deflate packs at most 1,032 bytes into one, bzip2 some 45,000.
_MOST_BYTES_PER_BYTE = {"raw": 1, "gzip": 1032, "gz": 1032, "bzip2": 50_000, "bz2": 50_000}
_AXES = 3
_LEAST_DETERMINANT = 1e-6
_NRRD_FIELDS = {"dimension", "encoding", "sizes", "type"}  # without them a native reader ends the program
_NRRD_MAGIC = re.compile(rb"NRRD000[1-5]\r?")
_NRRD_FIELD = re.compile(rb"([A-Za-z][A-Za-z ]*):(?!=) *(.*)")
_META_FIELD = re.compile(rb"[ \t]*([^=]{1,200}?)[ \t]*=[ \t]*(.*?)[ \t]*")
_META_WORDS = re.compile(rb"DimSize|ElementDataFile|ElementType|CompressedData|ElementNumberOfChannels", re.IGNORECASE)
_NOT_IN_HEADERS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_PATTERN = re.compile(r"([^%]*%0?[0-9]?d[^%]*?) ([0-9]{1,6}) [0-9]{1,6} [1-9][0-9]{0,5}(?: [0-9])?")
_NOT_UNDERSTOOD = "has a header that is not understood"
_BYTES_OF_TYPE = {
    **dict.fromkeys(("met_char", "met_uchar", "char", "uchar", "int8", "uint8", "signed char", "unsigned char"), 1),
    **dict.fromkeys(("met_short", "met_ushort", "short", "ushort", "int16", "uint16", "unsigned short"), 2),
    **dict.fromkeys(("met_int", "met_uint", "met_float", "int", "uint", "float", "int32", "uint32", "unsigned int"), 4),
    **dict.fromkeys(("met_double", "met_long_long", "met_ulong_long", "double", "int64", "uint64", "longlong"), 8),
}


def header_fault(path: Path) -> str:
    """What in the header of an image its reader must not see.

    :param path: whose name ends in one of :data:`HEADER_ENDINGS`.
    :returns: the end of a sentence that begins with the file; empty if there is nothing.
    """
    header, rest = _fields(path)
    if header is None:
        return _NOT_UNDERSTOOD
    sizes = _sizes(header["sizes"])
    if sizes is None:
        return f"has the size {header['sizes'][:60]}, which no volume has"
    if header["dimension"] != str(len(sizes)):
        return "says that it has so many axes, and tells another number of sizes"
    names, is_list = _data_files(header.get("data file", ""), rest)
    if outside := [name or header["data file"] for name in names if not _is_below(name, path.parent)]:
        return f"takes its voxels from {outside[0][:100]!r}, which is no file of its folder"
    there = _MOST_BYTES_OF_MANY_FILES if is_list else _size(path.parent / names[0] if names else path)
    if math.prod(sizes) * _bytes_of_voxel(header) > there * _MOST_BYTES_PER_BYTE.get(_encoding(header), 1):
        return f"says that it has {' x '.join(map(str, sizes))} voxels, and most of them are missing"
    return ""


def values_per_voxel(path: Path) -> int:
    """How many numbers each voxel of an image has, as its header says; 0 where that is not understood."""
    header, _ = _fields(path)
    sizes = _sizes(header["sizes"]) if header else None
    if header is None or sizes is None:
        return 0
    if not path.name.lower().endswith(_NRRD_ENDINGS):
        return sizes[-1]  # see _meta_fields
    kinds = header.get("kinds", "").lower().split()
    if len(kinds) == len(sizes):
        return math.prod(size for size, kind in zip(sizes, kinds, strict=True) if kind not in ("domain", "space"))
    return sizes[0] if len(sizes) > _AXES else 1


def _fields(path: Path) -> tuple[dict[str, str] | None, bytes]:
    """What the header of either kind says, and what stands behind it; None where it is not understood."""
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
    return (_nrrd_fields if path.name.lower().endswith(_NRRD_ENDINGS) else _meta_fields)(start)


def nrrd_data_fault(path: Path) -> str:
    """What keeps the voxels of a NRRD file in one piece from being read, its header being sound.

    :returns: the end of a sentence that begins with the file; empty if there is nothing.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
        header, rest = _nrrd_fields(start)
        if header is None or "data file" in header or {"line skip", "byte skip"} & header.keys():
            return _NOT_UNDERSTOOD
        if not _spans_space(header.get("space directions", "")):
            return "has axes that span no space"
        sizes, encoding = _sizes(header["sizes"]) or (), _encoding(header)
        file.seek(len(start) - len(rest))
        try:
            count = _count_bytes(file if encoding == "raw" else gzip.GzipFile(fileobj=file))
        except (OSError, EOFError, zlib.error):
            return "is damaged in its voxels"
    if encoding not in ("raw", "gzip", "gz") or count < math.prod(sizes) * _bytes_of_voxel(header):
        return "is not complete"
    return ""


def _spans_space(directions: str) -> bool:
    """Whether three axes of a NRRD file have lengths and lie in three directions."""
    try:
        axes = np.array([axis.split(",") for axis in re.findall(r"\(([^()]*)\)", directions)], dtype=np.float64)
    except ValueError:
        return False
    if axes.shape != (_AXES, _AXES) or not np.isfinite(axes).all():
        return False
    lengths = np.linalg.norm(axes, axis=1)
    return bool((lengths > 0).all() and abs(np.linalg.det(axes / lengths[:, np.newaxis])) > _LEAST_DETERMINANT)


def _count_bytes(file: BinaryIO | gzip.GzipFile) -> int:
    return sum(len(piece) for piece in iter(lambda: file.read(_PIECE_BYTES), b""))


def _encoding(header: Mapping[str, str]) -> str:
    return header.get("encoding", "raw").lower()


def _bytes_of_voxel(header: Mapping[str, str]) -> int:
    """How many bytes a value takes at least: one where it is written out as text."""
    is_text = _encoding(header) not in _MOST_BYTES_PER_BYTE or header.get("binarydata", "true").lower()[:1] in "f0"
    return 1 if is_text else _BYTES_OF_TYPE.get(header.get("type", "").lower(), 1)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # its reader will say so
        return 0


def _nrrd_fields(start: bytes) -> tuple[dict[str, str] | None, bytes]:
    """The fields of a NRRD header, and what stands behind them; None where a line is none or a field stands twice."""
    found: dict[str, str] = {}
    lines = start.split(b"\n")
    if not _NRRD_MAGIC.fullmatch(lines[0]):
        return None, b""
    for number, line in enumerate(lines[1:], 2):
        line = line.removesuffix(b"\r")
        field = _NRRD_FIELD.fullmatch(line)
        if not line or _is_list(found):  # the voxels begin behind an empty line, a list of files at once
            return (found if found.keys() >= _NRRD_FIELDS else None), b"\n".join(lines[number - bool(line) :])
        if _NOT_IN_HEADERS.search(line):
            return None, b""
        if field is not None:
            name = field[1].decode("ascii").strip().lower().replace("datafile", "data file")
            if name in found:
                return None, b""
            found[name] = field[2].decode("utf-8", "replace").strip()
        elif not line.startswith(b"#") and b":=" not in line:
            return None, b""
    return (found if found.keys() >= {*_NRRD_FIELDS, "data file"} else None), b""


def _is_list(found: Mapping[str, str]) -> bool:
    return found.get("data file", "").upper().startswith("LIST")


def _meta_fields(start: bytes) -> tuple[dict[str, str] | None, bytes]:
    """The same of a MetaImage, under the names that NRRD has for them."""
    names = {"dimsize": "sizes", "elementtype": "type", "elementdatafile": "data file"}
    found: dict[str, str] = {}
    lines = start.split(b"\n")
    end = len(lines)
    for number, line in enumerate(lines, 1):
        line = line.removesuffix(b"\r")
        field = _META_FIELD.fullmatch(line)
        if _NOT_IN_HEADERS.search(line) or (field is None and _META_WORDS.search(line)):
            return None, b""
        if field is None:  # the second line of a text
            continue
        name = field[1].decode("utf-8", "replace").lower()
        name = names.get(name, name)
        if name in found:
            return None, b""
        found[name] = field[2].decode("utf-8", "replace")
        if name == "data file":
            end = number
            break
    if not {"ndims", "sizes", "type", "data file"} <= found.keys():
        return None, b""
    # As in a NRRD file, the values of a voxel lie along an axis of their own, here the last one.
    found["sizes"] += f" {found.get('elementnumberofchannels', '1')}"
    found["dimension"] = str(int(found["ndims"]) + 1) if re.fullmatch("[0-9]{1,2}", found["ndims"]) else ""
    found["encoding"] = "gzip" if found.get("compresseddata", "").lower()[:1] in ("t", "1") else "raw"
    found["data file"] = "" if found["data file"].upper() == "LOCAL" else found["data file"]
    return found, b"\n".join(lines[end:])


def _sizes(text: str) -> tuple[int, ...] | None:
    words = text.split()
    if not words or not all(re.fullmatch("[0-9]{1,10}", word) for word in words):
        return None
    sizes = tuple(int(word) for word in words)
    return sizes if all(1 <= size <= _MOST_ALONG_AN_AXIS for size in sizes) else None


def _data_files(text: str, rest: bytes) -> tuple[list[str], bool]:
    """The files that hold the voxels, none for the file itself; and whether they are several."""
    if not text:
        return [], False
    if _is_list({"data file": text}):
        return [line.strip().decode("utf-8", "replace") for line in rest.split(b"\n") if line.strip()], True
    if "%" in text:  # a pattern with the first number, the last one and the step; where that is none, of no file
        pattern = _PATTERN.fullmatch(text)
        first = pattern[1] % int(pattern[2]) if pattern else ""
        return [first], True
    return [text], False


def _is_below(name: str, folder: Path) -> bool:
    """Whether a name leads to a file in a folder or below it; links are followed."""
    is_elsewhere = PureWindowsPath(name).drive or name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name)
    try:
        return bool(name) and not is_elsewhere and is_ordinary_file(folder / name)
    except (OSError, ValueError):
        return False
