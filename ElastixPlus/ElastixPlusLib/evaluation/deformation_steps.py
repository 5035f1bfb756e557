"""A transform measured at places in the fixed volume: volume change, displacement, bending, there and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkOrientedGridTransform

from ..accuracy.deformation import DeformationStatistics, deformation_statistics
from ..accuracy.inverse_consistency import ConsistencyStatistics, consistency_statistics
from ..grid import Grid
from ..mrml.frames import transformed_points_steps
from ..mrml.transform_derivatives import constant_derivative, determinants_at, second_derivative_steps
from ..mrml.transforms import simple_parts
from ..steps import Steps, by_slabs, in_background

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.uint8]

_MOST_FOR_BENDING = 20_000
_BENDING_STEP_MM = 1.0
_SEED = 0


def region_points(grid: Grid, mask: Mask | None, most: int = 1_000_000) -> FloatArray:
    """Where the voxels of a region lie, thinned if there are too many.

    The same places in every run: all voxels of the region, or those of them on a regular lattice with a stride for each
    axis. Strides grow one by one, that of the axis with the smallest step in millimetres first, until few enough are
    left.

    :param mask: shape (slices, rows, columns), everything but 0 counts; None takes the whole grid.
    :param most: how many places to return at most.
    :returns: shape (n, 3), world RAS millimetres, in the order of the voxels in memory.

    >>> grid = Grid((8, 8, 2), np.diag([1.0, 1.0, 4.0, 1.0]))
    >>> len(region_points(grid, None)), len(region_points(grid, None, most=32))
    (128, 32)
    """
    shape = grid.dimensions[::-1]
    inside = np.broadcast_to(np.True_, shape) if mask is None else np.asarray(mask).reshape(shape) != 0
    strides = np.ones(3, dtype=int)
    lattice = _lattice(shape, strides)
    while np.count_nonzero(inside[lattice]) > most:
        strides[np.argmin(strides * grid.spacing_mm[::-1])] += 1
        lattice = _lattice(shape, strides)
    found = np.stack(np.nonzero(inside[lattice]), axis=1)
    if not len(found) and inside.any():  # a region so thin or so regular that the lattice runs past it
        found = np.stack(np.nonzero(inside), axis=1)
        found = found[:: -(-len(found) // most)]
    else:
        found = found * strides + [part.start for part in lattice]
    return grid.positions_ras(found[:, ::-1].astype(np.float64))


def _lattice(shape: tuple[int, ...], strides: npt.NDArray[np.int_]) -> tuple[slice, ...]:
    """Every so many voxels along each axis, with as many left over before the first as behind the last."""
    return tuple(
        slice((count - 1) % int(stride) // 2, None, int(stride)) for count, stride in zip(shape, strides, strict=True)
    )


def deformation_statistics_steps(
    transform: vtk.vtkAbstractTransform, points_ras: FloatArray
) -> Steps[DeformationStatistics]:
    """Measure a transform at places in a region, in pieces of about 30 ms; it must not change meanwhile.

    Bending is measured at 20,000 of the places at most, drawn with a fixed seed, from derivatives half a millimetre
    before and behind; or half a voxel of a displacement grid with linear interpolation, which bends only at its points.

    :param points_ras: shape (n, 3), world RAS millimetres.
    :raises InputError: there are no places, or the transform is undefined at all of them.
    """
    values, lengths_mm = np.empty(len(points_ras)), np.empty(len(points_ras))

    def measure(first: int, end: int) -> None:
        points = points_ras[first:end]
        mapped, values[first:end] = determinants_at(transform, points)
        lengths_mm[first:end] = displacement_lengths(points, mapped)

    yield from by_slabs(len(points_ras), measure)
    some = points_ras
    if len(some) > _MOST_FOR_BENDING:
        random = np.random.default_rng(_SEED)
        some = some[np.sort(random.choice(len(some), _MOST_FOR_BENDING, replace=False, shuffle=False))]
    seconds = yield from second_derivative_steps(transform, some, _bending_step_mm(transform))
    is_linear = constant_derivative(transform) is not None
    return (yield from in_background(lambda: deformation_statistics(values, lengths_mm, seconds, is_linear)))


def _bending_step_mm(transform: vtk.vtkAbstractTransform) -> float:
    """The step over which to bend: as wide as the grids are whose bends are all in their points."""
    steps_mm = [_BENDING_STEP_MM]
    for part in simple_parts(transform):
        if isinstance(part, vtkOrientedGridTransform) and part.GetInterpolationModeAsString() == "Linear":
            image = part.GetDisplacementGrid()
            steps_mm += [] if image is None else list(image.GetSpacing())
    return max(steps_mm)


def displacement_lengths(points_ras: FloatArray, mapped_ras: FloatArray) -> FloatArray:
    """How far each point is moved, in millimetres; shape (n,).

    :param points_ras: shape (n, 3), world RAS millimetres.
    :param mapped_ras: where they are mapped to.

    >>> displacement_lengths(np.zeros((1, 3)), np.array([[0.0, 3.0, 4.0]])).tolist()
    [5.0]
    """
    lengths: FloatArray = np.linalg.norm(mapped_ras - points_ras, axis=1)
    return lengths


def jacobian_map_steps(transform: vtk.vtkAbstractTransform, grid: Grid) -> Steps[npt.NDArray[np.float32]]:
    """The determinant of a transform's derivative at every voxel centre, in pieces of about 30 ms.

    Takes 4 bytes per voxel. The transform must not change before the last step.

    :param transform: maps RAS positions in the world, fixed to moving.
    :param grid: in the fixed world; oblique or left-handed as it may be.
    :returns: shape (slices, rows, columns).
    """
    columns, rows, slices = grid.dimensions
    constant = constant_derivative(transform)
    if constant is not None:
        return np.full((slices, rows, columns), np.linalg.det(constant), dtype=np.float32)
    values = np.empty((slices * rows, columns), dtype=np.float32)
    along_row = np.arange(columns)[:, None] * grid.ijk_to_world[:3, 0]

    def measure(first: int, end: int) -> None:
        k, j = np.divmod(np.arange(first, end), rows)
        starts = grid.positions_ras(np.stack([np.zeros(end - first), j, k], axis=1))
        positions = (starts[:, None] + along_row).reshape(-1, 3)
        values[first:end] = determinants_at(transform, positions)[1].reshape(-1, columns)

    yield from by_slabs(len(values), measure)
    return values.reshape(slices, rows, columns)


def consistency_steps(
    forward: vtk.vtkAbstractTransform, backward: vtk.vtkAbstractTransform, points_ras: FloatArray, moving_grid: Grid
) -> Steps[ConsistencyStatistics | None]:
    """Take points there and back by two registrations and measure how far they are from where they started.

    :param forward: result of the registration, fixed to moving in the world.
    :param backward: result of the registration the other way round, moving to fixed in the world.
    :param points_ras: shape (n, 3), places in the fixed volume, world RAS millimetres.
    :param moving_grid: the voxels of the moving volume; points that come to lie outside are left out.
    :returns: None if no point is left.
    """
    there = yield from transformed_points_steps(forward, points_ras)
    back = yield from transformed_points_steps(backward, there)

    def measure() -> ConsistencyStatistics | None:
        return consistency_statistics(points_ras, back, moving_grid.outside_mm(there) == 0)

    return (yield from in_background(measure))
