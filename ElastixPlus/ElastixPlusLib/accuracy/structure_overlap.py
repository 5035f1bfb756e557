"""How well two structures lie on each other: overlap and surfaces by SimpleITK, distances between them by scipy.

The surface of a structure are the centres of its boundary voxels: those that share a face with a voxel outside. What
lies beyond the image counts as outside, so that a structure which the image cuts off has a surface there. Every
boundary voxel counts the same, also where voxels are not cubes.

The mean distance to agreement is taken over the boundary voxels of both surfaces together, as the average symmetric
surface distance of Heimann et al. (IEEE Trans Med Imaging 28(8), 2009): every piece of surface counts once. The average
of the two directed means would let a small surface count as much as a large one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Overlap:
    """One structure against another one.

    :param dice: 2|A and B| / (|A| + |B|); 0 where one of them is empty, and also where both are.
    :param jaccard: |A and B| / |A or B|; 0 likewise.
    :param mda_mm: mean distance to agreement: mean over both surfaces together of the distance to the nearest place of
        the other; None where one of them is empty. ``hd95_mm`` and ``max_mm`` likewise.
    :param hd95_mm: the larger of the two directed 95th percentiles of surface distances, interpolated linearly.
    :param max_mm: Hausdorff distance of the surfaces.
    :param volume_ratio: volume of the moving structure in that of the fixed one; None where the fixed one is empty.
    """

    dice: float
    jaccard: float
    mda_mm: float | None
    hd95_mm: float | None
    max_mm: float | None
    volume_ratio: float | None


@dataclass(frozen=True)
class StructureAgreement:
    """A pair of segments before and after a registration. Distances are None where one of them is empty.

    Both are compared on the grid of the fixed volume: of a moving structure that reaches beyond it only the part within
    counts, also for ``volume_ratio``.
    """

    fixed_name: str
    moving_name: str
    before: Overlap
    after: Overlap


def overlap(fixed: Mask, moving: Mask, spacing_mm: tuple[float, float, float]) -> Overlap:
    """Measure two masks on one grid.

    :param fixed: shape (slices, rows, columns); everything but 0 is inside; ``moving`` likewise. Neither is modified.
    :param spacing_mm: voxel size along i, j, k.
    :raises ValueError: the masks are not on one grid of three dimensions, or a spacing is not above 0.

    >>> fixed, moving = np.zeros((2, 9, 9, 9), np.uint8)
    >>> fixed[2:6, 2:6, 2:6] = moving[2:6, 2:6, 3:7] = 1
    >>> found = overlap(fixed, moving, (2.0, 1.0, 1.0))
    >>> round(found.dice, 12), found.max_mm, found.volume_ratio
    (0.75, 2.0, 1.0)
    """
    if fixed.ndim != 3 or fixed.shape != moving.shape:
        raise ValueError(f"masks of shapes {fixed.shape} and {moving.shape} are not on one grid")
    if not min(spacing_mm) > 0:
        raise ValueError(f"voxels of {spacing_mm} mm")
    box = _joint_box(fixed, moving)
    if box is None:
        return Overlap(0.0, 0.0, None, None, None, None)
    # All that is measured happens within the box; the layer around it is where the structures end.
    inside = [np.pad(mask[box] != 0, 1) for mask in (fixed, moving)]
    fixed_count, moving_count = (int(np.count_nonzero(mask)) for mask in inside)
    if not fixed_count or not moving_count:
        return Overlap(0.0, 0.0, None, None, None, 0.0 if fixed_count else None)
    one, other = (_image(mask, spacing_mm) for mask in inside)
    dice, jaccard = _dice_and_jaccard(one, other)
    directed = _surface_distances(one, other)
    hd95 = max(float(np.percentile(distances, 95)) for distances in directed)
    both = np.concatenate(directed)
    return Overlap(dice, jaccard, float(both.mean()), hd95, float(both.max()), moving_count / fixed_count)


def _joint_box(fixed: Mask, moving: Mask) -> tuple[slice, ...] | None:
    """The smallest box around both structures; None where both are empty."""
    box = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        occupied = np.flatnonzero(fixed.any(axis=others) | moving.any(axis=others))
        if not len(occupied):
            return None
        box.append(slice(int(occupied[0]), int(occupied[-1]) + 1))
    return tuple(box)


def _image(inside: npt.NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> Any:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(inside.view(np.uint8))
    image.SetSpacing([float(edge) for edge in spacing_mm])
    return image


def _dice_and_jaccard(fixed: Any, moving: Any) -> tuple[float, float]:
    import SimpleITK

    measures = SimpleITK.LabelOverlapMeasuresImageFilter()
    measures.Execute(fixed, moving)
    return float(measures.GetDiceCoefficient()), float(measures.GetJaccardCoefficient())


def _surface_distances(fixed: Any, moving: Any) -> tuple[FloatArray, FloatArray]:
    """Millimetres from each boundary voxel of the fixed structure to the moving surface, and the other way round.

    The nearest neighbour is searched in double precision. The distance maps of SimpleITK are of single precision, by
    which the surface of a structure would lie up to 1e-6 mm away from itself.
    """
    on_fixed, on_moving = _boundary_mm(fixed), _boundary_mm(moving)
    return _nearest_mm(on_fixed, on_moving), _nearest_mm(on_moving, on_fixed)


def _nearest_mm(places: FloatArray, surface: FloatArray) -> FloatArray:
    from scipy.spatial import KDTree

    # Plain cuts of space find a place that is about as far from much of a surface several times faster.
    tree = KDTree(surface, leafsize=32, balanced_tree=False, compact_nodes=False)
    distances: FloatArray = tree.query(places)[0]
    return distances


def _boundary_mm(image: Any) -> FloatArray:
    """Centres of the boundary voxels, shape (n, 3), millimetres along k, j, i."""
    import SimpleITK

    contour = SimpleITK.BinaryContour(image, fullyConnected=False, backgroundValue=0.0, foregroundValue=1.0)
    places: FloatArray = np.argwhere(SimpleITK.GetArrayViewFromImage(contour)) * np.array(image.GetSpacing()[::-1])
    return places
