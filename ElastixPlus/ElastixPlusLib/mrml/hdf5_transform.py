"""Whether an HDF5 file holds whole transforms of ITK, before ITK reads it."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .hdf5_layout import Content, dataset, members, numbers, root_address, text
from .transform_kinds import is_complete

_GROUP = "TransformGroup"
_COMPOSITE = "CompositeTransform"
# ITK wrote the second ones until version 4.12, and still reads them.
_PARAMETERS = ("TransformParameters", "TranformParameters")
_FIXED_PARAMETERS = ("TransformFixedParameters", "TranformFixedParameters")


def is_whole_hdf5_transform(path: Path) -> bool:
    """Whether every transform in a .h5 file has a kind, and as many numbers as one of its kind has.

    The reader ends the program where the text of the kind leads nowhere, and says nothing where there are too many
    numbers for the kind, or where it is one of two dimensions.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            groups = members(content, members(content, root_address(content))[_GROUP])
            names = [str(number) for number in range(len(groups))]
            return bool(groups) and all(
                _is_whole(content, members(content, groups[name]), is_first=name == "0") for name in names
            )
    except (OSError, ValueError, KeyError, IndexError, OverflowError, struct.error):
        return False


def _is_whole(content: Content, of_transform: Mapping[str, int], *, is_first: bool) -> bool:
    kind = text(content, of_transform["TransformType"])
    if kind.startswith(_COMPOSITE):
        return is_first and kind.endswith("_3_3")
    parameters = dataset(content, _first_of(of_transform, _PARAMETERS))
    fixed = dataset(content, _first_of(of_transform, _FIXED_PARAMETERS))
    fixed_numbers = [float(number) for piece in numbers(content, fixed) for number in piece]
    is_finite = all(bool(np.isfinite(piece).all()) for piece in numbers(content, parameters))
    return len(fixed_numbers) == fixed.count and is_finite and is_complete(kind, parameters.count, fixed_numbers)


def _first_of(addresses: Mapping[str, int], names: Sequence[str]) -> int:
    return addresses[names[0]] if names[0] in addresses else addresses[names[1]]
