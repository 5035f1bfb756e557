"""Whether a volume shows only a cylinder that the scanner has measured, with one value everywhere beyond it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..errors import Fix, MaskError
from .automatic_masks import field_of_view_mask
from .findings import Finding

# A circle fills this part of the square around it; coarse voxels and a border that cuts it change it a little.
_CIRCLE = math.pi / 4
_ROUND_WITHIN = 0.08
# Slices of a cylinder are alike, those of a body that was cut out of its surroundings are not.
_ALIKE_WITHIN = 0.03
_STEP = 2


def measured_region_findings(role: str, voxels: npt.NDArray[np.generic]) -> tuple[Finding, ...]:
    """Offer the field of view as mask where a volume is a cylinder, as of a cone-beam CT, in a box of one value.

    A brain that was cut out of a head lies in a box of one value, too; there the edge is anatomy, and nothing is said.

    :param role: "fixed" or "moving".
    :param voxels: shape (slices, rows, columns); looked at in steps of two voxels.
    :returns: one note at most.

    >>> j, i = np.indices((40, 40)) - 19.5
    >>> slices = np.where(i**2 + j**2 < 19**2, 500 + i, -1000).astype(np.int16)
    >>> measured_region_findings("moving", np.repeat(slices[np.newaxis], 30, axis=0))[0].fix.option
    '--moving-mask field-of-view'
    """
    coarse = voxels[::_STEP, ::_STEP, ::_STEP]
    try:
        measured = field_of_view_mask(coarse, (1.0, 1.0, 1.0))
    except MaskError:  # no padding
        return ()
    if not any(_is_round(np.moveaxis(measured, axis, 0)) for axis in range(3)):
        return ()
    part = f"{100 * measured.mean():.0f} %"
    what = f"Only {part} of the {role} volume was measured: a cylinder, with one value everywhere beyond it."
    fix = Fix(
        f"Use only the field of view of the {role} volume",
        {f"{role}_mask": "field-of-view"},
        f"--{role}-mask field-of-view",
    )
    remedy = "Use its field of view as mask, so that the edge of the cylinder is not aligned."
    return (Finding("cylinder", "note", what, remedy, fix),)


def _is_round(slices: npt.NDArray[np.uint8]) -> bool:
    """Whether all slices of a mask are alike and fill their box as a circle does."""
    counts = slices.reshape(len(slices), -1).sum(axis=1)
    if counts.min() < (1 - _ALIKE_WITHIN) * counts.max():
        return False
    flat = np.any(slices != 0, axis=0)
    rows, columns = (np.flatnonzero(np.any(flat, axis=axis)) for axis in (1, 0))
    box = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return abs(float(flat.sum() / box) - _CIRCLE) < _ROUND_WITHIN
