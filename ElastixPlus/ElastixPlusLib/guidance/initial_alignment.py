"""The position to start from: a linear map from the fixed to the moving volume, in world RAS millimetres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import LandmarkError, VolumeError
from ..grid import Grid
from .foreground import lattice_strides, otsu_level

FloatArray = npt.NDArray[np.float64]

FEWEST_PAIRS = 3
FEWEST_PAIRS_IN_SPACE = 4

_NEARLY_FLAT = 0.01
# A millimetre of error in placing, in landmarks 20 times as wide as they are thick, stretches the thin direction by as
# much as it has.
_TOO_THIN = 0.05

_LATTICE_POINTS = 64_000
_PADDING_SHARE = 0.01
_PADDING_GAP = 0.3  # of the range of what is measured
# Noise and metal must not decide what counts as dark and as bright.
_DARKEST, _BRIGHTEST = 0.01, 0.995


def center_alignment(fixed_center_ras: FloatArray, moving_center_ras: FloatArray) -> FloatArray:
    """The shift that takes the centre of the fixed volume to the centre of the moving volume.

    :param fixed_center_ras: shape (3,), world RAS millimetres; ``moving_center_ras`` likewise. Centres of gravity
        (:func:`center_of_gravity`) serve as well as those of the volumes.
    :returns: matrix of shape (4, 4).
    """
    matrix = np.eye(4)
    matrix[:3, 3] = np.asarray(moving_center_ras) - np.asarray(fixed_center_ras)
    return matrix


def center_of_gravity(
    voxels: npt.NDArray[np.generic], ijk_to_world: FloatArray, mask: npt.NDArray[np.generic] | None = None
) -> FloatArray:
    """The centre of what is brighter than the background, each voxel weighing as much as it is bright.

    Bright is what Otsu's method sets apart; a voxel weighs its value above the darkest ones. What a CT
    writes beyond its circle does not count. Large volumes are looked at on a lattice of 64000 points.

    :param voxels: shape (slices, rows, columns), finite.
    :param ijk_to_world: shape (4, 4), voxel index to RAS millimetres in the world.
    :param mask: of the same shape; only where it is not 0 counts. None for everywhere.
    :returns: shape (3,), world RAS millimetres.
    :raises VolumeError: the mask is empty, or every voxel has the same value.

    >>> voxels = np.zeros((20, 20, 20))
    >>> voxels[2:7, 5:10, 10:15] = 100
    >>> center_of_gravity(voxels, np.eye(4)).tolist()
    [12.0, 7.0, 4.0]
    """
    spacing = np.linalg.norm(ijk_to_world[:3, :3], axis=0)
    lattice = _lattice(voxels.shape, spacing[::-1], mask)
    values = voxels[lattice].astype(np.float64)
    counts = np.ones(values.shape, dtype=np.bool_) if mask is None else mask[lattice] != 0
    weights = _brightness(values, counts)
    total = weights.sum()
    if total <= 0:
        raise VolumeError(
            "All voxels of a volume, or of its mask, have the same value, so there is no centre of gravity.",
            "Check that the right volumes are chosen, or start from the centres of the volumes.",
        )
    kji = [
        (weights.sum(axis=tuple({0, 1, 2} - {axis})) @ np.arange(size)[part]) / total
        for axis, (size, part) in enumerate(zip(voxels.shape, lattice, strict=True))
    ]
    grid = Grid((voxels.shape[2], voxels.shape[1], voxels.shape[0]), np.asarray(ijk_to_world, dtype=np.float64))
    return grid.positions_ras(np.array(kji[::-1]))


def rigid_alignment(fixed_ras: FloatArray, moving_ras: FloatArray) -> FloatArray:
    """The rotation and shift that bring fixed landmarks closest to the moving ones in the least-squares sense.

    Arun, Huang, Blostein 1987 with the correction against reflections of Umeyama 1991 (doi 10.1109/34.88573).

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :returns: matrix of shape (4, 4) that maps fixed to moving positions.
    :raises LandmarkError: fewer than 3 pairs, or landmarks on one line, around which the rotation would be arbitrary.

    >>> square = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0]])
    >>> rigid_alignment(square, square + [5, 0, 0])[:3, 3].round(9).tolist()
    [5.0, 0.0, 0.0]
    """
    fixed_ras, moving_ras = _positions(fixed_ras), _positions(moving_ras)
    _require_plane("rigid", fixed_ras, moving_ras)
    rotation, _ = _rotation_and_scale(fixed_ras, moving_ras)
    return _about_means(rotation, fixed_ras, moving_ras)


def similarity_alignment(fixed_ras: FloatArray, moving_ras: FloatArray) -> FloatArray:
    """The rotation, shift and scale, equal in all directions, that bring fixed landmarks closest to the moving ones.

    Least squares in the moving volume, never a reflection (Umeyama 1991, doi 10.1109/34.88573). The rotation is that
    of :func:`rigid_alignment`. ``vtkLandmarkTransform`` takes the ratio of the spreads for the scale (Horn 1987),
    which is the same for landmarks that match, and larger for those that do not.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :returns: matrix of shape (4, 4) that maps fixed to moving positions.
    :raises LandmarkError: fewer than 3 pairs, or landmarks on one line.

    >>> square = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0]])
    >>> np.diag(similarity_alignment(square, 2 * square)).round(9).tolist()
    [2.0, 2.0, 2.0, 1.0]
    """
    fixed_ras, moving_ras = _positions(fixed_ras), _positions(moving_ras)
    _require_plane("similarity", fixed_ras, moving_ras)
    rotation, scale = _rotation_and_scale(fixed_ras, moving_ras)
    return _about_means(scale * rotation, fixed_ras, moving_ras)


def affine_alignment(fixed_ras: FloatArray, moving_ras: FloatArray) -> FloatArray:
    """The affine map that brings fixed landmarks closest to the moving ones in the least-squares sense.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :returns: matrix of shape (4, 4) that maps fixed to moving positions.
    :raises LandmarkError: fewer than 4 pairs, landmarks nearly in one plane, across which the stretch would be
        arbitrary, or landmarks that are mirror images of each other.

    >>> corners = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]])
    >>> np.diag(affine_alignment(corners, corners * [1, 2, 3])).round(9).tolist()
    [1.0, 2.0, 3.0, 1.0]
    """
    fixed_ras, moving_ras = _positions(fixed_ras), _positions(moving_ras)
    require_space("affine", fixed_ras, moving_ras)
    around_mean = fixed_ras - fixed_ras.mean(axis=0)
    stretch = np.linalg.lstsq(around_mean, moving_ras - moving_ras.mean(axis=0), rcond=None)[0].T
    if np.linalg.det(stretch) <= 0:
        raise LandmarkError(
            "The moving landmarks are laid out like the fixed ones in a mirror, so an affine fit would turn the volume "
            "inside out.",
            "Check that left and right are not exchanged in one of the lists, or start from a rigid fit.",
        )
    return _about_means(stretch, fixed_ras, moving_ras)


def flatness(points: FloatArray) -> tuple[float, float]:
    """How far points spread across their longest direction: second and third extent relative to the first.

    :param points: shape (n, 3).
    :returns: the first is 0 for points on one line, the second is 0 for points in one plane; (0, 0) if all coincide.

    >>> flatness(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]))[1] < 1e-12
    True
    """
    extents = _extents(points)
    if extents[0] <= 0:
        return 0.0, 0.0
    return float(extents[1] / extents[0]), float(extents[2] / extents[0])


def is_coplanar(points: FloatArray) -> bool:
    """Whether landmarks lie in one plane, as three always do; a rigid start is determined, but less well checked."""
    return flatness(points)[1] < _NEARLY_FLAT


def require_space(fit: str, fixed_ras: FloatArray, moving_ras: FloatArray) -> None:
    """Refuse pairs that do not determine how space is stretched in all three directions.

    :param fit: its name for the message, such as "affine".
    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :raises LandmarkError: fewer than 4 pairs, or landmarks nearly in one plane.
    """
    _require_count(fit, len(fixed_ras), FEWEST_PAIRS_IN_SPACE)
    for side, points in (("fixed", fixed_ras), ("moving", moving_ras)):
        if flatness(points)[1] < _TOO_THIN:
            along, _, across = _extents(points) / np.sqrt(len(points))
            raise LandmarkError(
                f"The {side} landmarks lie nearly in one plane: they spread by {along:.1f} mm along it and by "
                f"{across:.1f} mm across it, which is too little for {_named(fit)} fit.",
                "Place at least one more landmark well outside this plane, or use a rigid fit.",
            )


def _require_plane(fit: str, fixed_ras: FloatArray, moving_ras: FloatArray) -> None:
    _require_count(fit, len(fixed_ras), FEWEST_PAIRS)
    for side, points in (("fixed", fixed_ras), ("moving", moving_ras)):
        if flatness(points)[0] < _NEARLY_FLAT:
            raise LandmarkError(
                f"The {side} landmarks lie on one line, so the rotation about it is not determined.",
                "Place at least one more landmark to the side of the others, or start from the centres of the volumes.",
            )


def _require_count(fit: str, count: int, fewest: int) -> None:
    if count < fewest:
        otherwise = "start from the centres of the volumes" if count < FEWEST_PAIRS else "use a rigid fit"
        a_fit = f"{_named(fit)[0].upper()}{_named(fit)[1:]} fit"
        raise LandmarkError(
            f"{a_fit} to the landmarks needs at least {fewest} driving pairs, there are {count}.",
            f"Place more landmarks, or {otherwise}.",
        )


def _named(fit: str) -> str:
    return f"{'an' if fit.startswith('a') else 'a'} {fit}"


def _positions(points: FloatArray) -> FloatArray:
    return np.asarray(points, dtype=np.float64).reshape(-1, 3)


def _extents(points: FloatArray) -> FloatArray:
    extents = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return np.pad(extents, (0, 3 - len(extents)))


def _rotation_and_scale(fixed_ras: FloatArray, moving_ras: FloatArray) -> tuple[FloatArray, float]:
    around_fixed = fixed_ras - fixed_ras.mean(axis=0)
    left, extents, right = np.linalg.svd((moving_ras - moving_ras.mean(axis=0)).T @ around_fixed)
    no_reflection = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation: FloatArray = (left * no_reflection) @ right
    return rotation, float(extents @ no_reflection / (around_fixed**2).sum())


def _about_means(stretch: FloatArray, fixed_ras: FloatArray, moving_ras: FloatArray) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3] = stretch
    matrix[:3, 3] = moving_ras.mean(axis=0) - stretch @ fixed_ras.mean(axis=0)
    return matrix


def _lattice(shape: tuple[int, ...], spacing_mm: FloatArray, mask: npt.NDArray[np.generic] | None) -> tuple[slice, ...]:
    """Every n-th voxel along each axis, of the volume or of the box around the mask."""
    box = [(0, size) for size in shape]
    if mask is not None:
        flags = np.asarray(mask, dtype=np.bool_)
        inside = [np.flatnonzero(flags.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
        box = [(int(part[0]), int(part[-1]) + 1) if len(part) else (0, 1) for part in inside]
    strides = lattice_strides([end - first for first, end in box], spacing_mm, _LATTICE_POINTS)
    # In the middle of the box, so that the lattice as a whole has no lean.
    return tuple(
        slice(first + (end - first - 1) % stride // 2, end, stride)
        for (first, end), stride in zip(box, strides, strict=True)
    )


def _brightness(values: FloatArray, counts: npt.NDArray[np.bool_]) -> FloatArray:
    weights = np.zeros_like(values)
    counts = _without_padding(values, counts)
    if not counts.any():
        return weights
    dark, bright = (float(value) for value in np.quantile(values[counts], (_DARKEST, _BRIGHTEST)))
    # Where what is bright is small or next to everything, the quantiles do not see both sides.
    dark, bright = (dark, bright) if dark < bright else (float(values[counts].min()), float(values[counts].max()))
    if dark >= bright:
        return weights
    counts = counts & (values > otsu_level(values[counts], dark, bright))
    weights[counts] = np.minimum(values[counts], bright) - dark
    return weights


def _without_padding(values: FloatArray, counts: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Leave out a negative value that many voxels share exactly and that lies far below all others."""
    if not counts.any() or values[counts].min() >= 0:  # zero is the background of a masked volume, not padding
        return counts
    lowest = values[counts].min()
    measured = counts & (values > lowest)
    if counts.sum() - measured.sum() < _PADDING_SHARE * counts.sum() or not measured.any():
        return counts
    dark, bright = np.quantile(values[measured], (_DARKEST, _BRIGHTEST))
    is_far = bright > dark and dark - lowest > _PADDING_GAP * (bright - dark)
    return measured if is_far else counts
