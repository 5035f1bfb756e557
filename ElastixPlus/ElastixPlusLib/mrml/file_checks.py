"""Find damaged files and full disks where the readers and writers of MRML say nothing."""

from __future__ import annotations

import errno
import gzip
import math
import os
import shutil
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from ..elastix.ordinary_file import is_ordinary_file, read_ordinary_file
from ..errors import InputError
from .hdf5_transform import is_whole_hdf5_transform
from .image_headers import HEADER_ENDINGS, header_fault
from .transform_kinds import is_complete

_NRRD_MAGIC = b"NRRD"
_GZIP_MAGIC = b"\x1f\x8b"
_NIFTI_HEADER_BYTES = 348
_MOST_NIFTI_AXES = 7
_NIFTI_BITS = {2: 8, 4: 16, 8: 32, 16: 32, 64: 64, 128: 24, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64}
_CHUNK_BYTES = 2**20
_LARGEST_MATLAB_BYTES = 2**28
_MATLAB_NUMBERS = {0: "d", 10: "f"}  # whose first byte is the least


def require_whole_file(path: Path, what: str, error: Callable[[str, str], InputError]) -> None:
    """Refuse a file that is missing, empty, cut off, or of another kind than its ending says.

    :param what: for the message, such as "fixed volume".
    :raises InputError: the given ``error``.
    """
    if not is_ordinary_file(path):
        raise error(f"The file of the {what} does not exist: {path}.", "Check the name and the folder.")
    if path.stat().st_size == 0:
        raise error(f"The file of the {what} is empty: {path}.", "Save it again, or choose another file.")
    name = path.name.lower()
    if name.endswith((".nrrd", ".nhdr")) and not _starts_with(path, _NRRD_MAGIC):
        raise error(f"The {what} {path.name} is not a NRRD file.", "Choose a file saved from 3D Slicer.")
    if name.endswith(HEADER_ENDINGS) and (fault := header_fault(path)):
        raise error(
            f"The {what} {path.name} {fault}.", "Copy or save it again, and check that 3D Slicer shows all of it."
        )
    if name.endswith((".nii", ".nii.gz")) and not is_whole_nifti(path):
        raise error(
            f"The {what} {path.name} is no NIfTI file, or a part of it is missing.",
            "Copy or save it again, and check that 3D Slicer shows all of it.",
        )
    if name.endswith(".fcsv") and not _is_point_table(path):
        raise error(
            f"The {what} {path.name} is no list of points.", "Save the landmarks again from 3D Slicer as .mrk.json."
        )
    is_whole = next((check for endings, check in _WHOLE_TRANSFORMS if name.endswith(endings)), None)
    if is_whole is not None and not is_whole(path):
        raise error(
            f"The {what} {path.name} is no transform file of ITK, or a part of it is missing.",
            "Save the transform again from 3D Slicer, as .h5 if it is a deformation.",
        )


def is_whole_nifti(path: Path) -> bool:
    """Whether a NIfTI file (.nii, .nii.gz) holds all the voxels that its header tells of.

    The reader fills up what is missing with zeros and says nothing.
    """
    try:
        with gzip.open(path) if _starts_with(path, _GZIP_MAGIC) else path.open("rb") as file:
            header = file.read(_NIFTI_HEADER_BYTES)
            expected = _nifti_bytes(header)
            count = len(header)
            while count < expected and (chunk := file.read(_CHUNK_BYTES)):
                count += len(chunk)
    except (OSError, EOFError, zlib.error, struct.error, ValueError, OverflowError):  # numbers that are none
        return False
    return 0 < expected <= count


def reserve_space(path: Path, byte_count: int) -> None:
    """Find out whether a file of this size could be written, as some writers leave half of it and report success.

    :raises OSError: it could not.
    """
    if shutil.disk_usage(path.parent).free < byte_count:
        raise OSError(errno.ENOSPC, "not enough space on the disk")
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, byte_count)
    path.unlink()


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _nifti_bytes(header: bytes) -> int:
    """Size of an uncompressed NIfTI-1 or NIfTI-2 file in one piece; 0 if the header is none."""
    for order in "<>":
        (header_size,) = struct.unpack_from(f"{order}i", header)
        if header_size == 348 and header[344:347] in (b"n+1", b"ni1"):
            dimensions = struct.unpack_from(f"{order}8h", header, 40)
            kind, bits = struct.unpack_from(f"{order}2h", header, 70)
            (offset,) = struct.unpack_from(f"{order}f", header, 108)
        elif header_size == 540 and header[4:7] == b"n+2":
            dimensions = struct.unpack_from(f"{order}8q", header, 16)
            kind, bits = struct.unpack_from(f"{order}2h", header, 12)
            (offset,) = struct.unpack_from(f"{order}q", header, 168)
        else:
            continue
        if not 1 <= dimensions[0] <= _MOST_NIFTI_AXES:  # the reader would take it for one of the other byte order
            return 0
        bits = max(bits, _NIFTI_BITS.get(kind, 0))  # the reader goes by the kind alone
        used = dimensions[1 : 1 + dimensions[0]]
        return int(offset) + int(math.prod(max(1, count) for count in used) * bits // 8)
    return 0


def _is_point_table(path: Path) -> bool:
    """Whether every line has numbers where positions belong; the reader takes words as 0."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines:
            if line.strip() and not line.lstrip().startswith("#"):
                position = [float(field) for field in line.split(",")[1:4]]
                if len(position) < 3 or not all(map(math.isfinite, position)):
                    return False
    except ValueError:
        return False
    return True


def _is_whole_transform_text(path: Path) -> bool:
    """Whether every transform in a text file of ITK has all its parameters; the reader crashes if some are missing."""
    lines = path.read_bytes().splitlines()
    if not lines or not lines[0].startswith(b"#Insight Transform File"):
        return False
    named = [(key.strip(), value.split()) for key, colon, value in (line.partition(b":") for line in lines) if colon]
    starts = [index for index, (key, _) in enumerate(named) if key == b"Transform"]
    return bool(starts) and all(_is_whole_transform(named[start : start + 3]) for start in starts)


def _is_whole_transform(named: list[tuple[bytes, list[bytes]]]) -> bool:
    kind = b" ".join(named[0][1])
    if kind.endswith(b"_3_3") and kind.startswith(b"CompositeTransform"):
        return True
    if [key for key, _ in named[1:]] != [b"Parameters", b"FixedParameters"]:
        return False
    return _are_numbers_of(kind.decode("ascii", "replace"), named[1][1], named[2][1])


def _are_numbers_of(kind: str, parameters: Sequence[bytes | float], fixed: Sequence[bytes | float]) -> bool:
    try:
        numbers, fixed_numbers = [float(one) for one in parameters], [float(one) for one in fixed]
    except ValueError:
        return False
    return all(map(math.isfinite, numbers)) and is_complete(kind, len(numbers), fixed_numbers)


def _is_whole_matlab_transform(path: Path) -> bool:
    """Whether a .mat file holds the two columns of numbers that ITK writes; its reader trusts every size in it."""
    content = read_ordinary_file(path, _LARGEST_MATLAB_BYTES)
    columns: list[tuple[str, list[float]]] = []
    at = 0
    try:
        while at < len(content):
            kind, rows, across, is_complex, letters = struct.unpack_from("<5i", content, at)
            at += struct.calcsize("<5i")
            if kind not in _MATLAB_NUMBERS or rows < 0 or across != 1 or is_complex or not 1 < letters < 100:
                return False
            name = content[at : at + letters].decode("ascii").rstrip("\0")
            numbers = f"<{rows}{_MATLAB_NUMBERS[kind]}"
            columns.append((name, list(struct.unpack_from(numbers, content, at + letters))))
            at += letters + struct.calcsize(numbers)
    except (struct.error, UnicodeDecodeError):
        return False
    if [name for name, _ in columns[1:]] != ["fixed"]:
        return False
    return _are_numbers_of(columns[0][0], columns[0][1], columns[1][1])


_WHOLE_TRANSFORMS: tuple[tuple[tuple[str, ...], Callable[[Path], bool]], ...] = (
    ((".h5", ".hdf5"), is_whole_hdf5_transform),
    ((".tfm", ".txt"), _is_whole_transform_text),
    ((".mat",), _is_whole_matlab_transform),
)
