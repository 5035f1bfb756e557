"""Grey values of both volumes at the same places, before and after."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..accuracy.intensity_similarity import SimilarityChange, similarity
from ..mrml.volumes import WorldVolume
from ..steps import Steps, in_background

FloatArray = npt.NDArray[np.float64]


def similarity_steps(
    fixed: WorldVolume, moving: WorldVolume, points_ras: FloatArray, mapped_ras: FloatArray
) -> Steps[SimilarityChange | None]:
    """Compare grey values where all three, the place and both of its partners, lie between voxel centres.

    :param points_ras: shape (n, 3), places in the fixed volume in world RAS millimetres.
    :param mapped_ras: where the transform takes them.
    :returns: None where fewer than two places are left.
    """

    def compare() -> SimilarityChange | None:
        fixed_indices = fixed.grid.indices(points_ras)
        as_loaded, after = moving.grid.indices(points_ras), moving.grid.indices(mapped_ras)
        usable = _is_between(fixed_indices, fixed) & _is_between(as_loaded, moving) & _is_between(after, moving)
        values = interpolated(fixed, fixed_indices[usable])
        was = similarity(values, interpolated(moving, as_loaded[usable]))
        now = similarity(values, interpolated(moving, after[usable]))
        return None if was is None or now is None else SimilarityChange(was, now)

    return (yield from in_background(compare))


def interpolated(volume: WorldVolume, indices: FloatArray) -> FloatArray:
    """Grey values at fractional voxel indices (i, j, k) of shape (n, 3), interpolated linearly; shape (n,)."""
    from scipy.ndimage import map_coordinates

    values: FloatArray = map_coordinates(volume.voxels, indices[:, ::-1].T, output=np.float64, order=1, mode="nearest")
    return values


def _is_between(indices: FloatArray, volume: WorldVolume) -> npt.NDArray[np.bool_]:
    """Whether places lie between the outermost voxel centres, up to rounding."""
    last = np.array(volume.grid.dimensions) - 1
    within: npt.NDArray[np.bool_] = np.all((indices > -1e-6) & (indices < last + 1e-6), axis=1)
    return within
