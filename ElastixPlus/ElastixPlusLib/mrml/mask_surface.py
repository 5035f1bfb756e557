"""Fill closed surfaces voxel by voxel; numpy only, so that it may run in a thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SAME_POINT = 1e-6  # relative to the size of the surface: files keep single precision
_FRACTION_BITS = 16  # of a voxel
_LARGEST_BITS = 29  # products of two differences of positions still fit into 64 bits
_LINES_AT_ONCE = 2**18
_EDGES = ((1, 2), (2, 0), (0, 1))  # opposite of each corner
_SAMPLES_PER_AXIS = 100
_THINNEST_VOXELS = 1e-6

FARTHEST_VOXELS = 2.0**24  # still leaves 1/32 voxel of precision


@dataclass(frozen=True)
class Surface:
    """Triangles between points.

    :param points: shape (n, 3), RAS millimetres or voxel indices.
    :param triangles: shape (m, 3), which points; in any sense of rotation.
    """

    points: FloatArray
    triangles: IntArray


def triangle_fans(offsets: IntArray, corners: IntArray) -> IntArray:
    """Cut polygons into triangles around their first corner.

    Where polygons are not convex, triangles overlap, twice or not at all outside the polygon; :func:`filled` counts
    crossings, so that the filled shape is right all the same.

    :param offsets: where each polygon starts in ``corners``, and the end of the last one; shape (polygons + 1,).
    :returns: shape (m, 3).

    >>> triangle_fans(np.array([0, 3, 7]), np.array([7, 8, 9, 0, 1, 2, 3])).tolist()
    [[7, 8, 9], [0, 1, 2], [0, 2, 3]]
    """
    starts = np.asarray(offsets[:-1], dtype=np.int64)
    counts = np.maximum(np.diff(offsets) - 2, 0)
    first = np.repeat(starts, counts)
    nth = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    triangles: IntArray = np.asarray(corners, dtype=np.int64)[np.stack([first, first + nth + 1, first + nth + 2], 1)]
    return triangles


def welded(surface: Surface) -> Surface:
    """Make one point of all that lie at the same place: many files list the corners of each triangle anew.

    :param surface: with points that are finite numbers.
    """
    if len(surface.points) == 0:
        return surface
    from_low = surface.points - surface.points.min(axis=0)
    places = np.rint(from_low / max(from_low.max() * _SAME_POINT, np.finfo(np.float64).tiny)).astype(np.int64)
    keys = (places[:, 0] << 42) | (places[:, 1] << 21) | places[:, 2]
    _, chosen, which = np.unique(keys, return_index=True, return_inverse=True)
    return Surface(surface.points[chosen], which.reshape(-1)[surface.triangles])


def open_edge_count(surface: Surface) -> int:
    """How many edges do not join two triangles (or four, six, ...), so that inside and outside are not told apart.

    :param surface: welded.

    >>> corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> open_edge_count(Surface(corners, np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3]])))
    3
    """
    corners = surface.triangles.T
    starts, ends = np.concatenate(corners), np.concatenate(corners[[1, 2, 0]])
    edges = np.minimum(starts, ends) * len(surface.points) + np.maximum(starts, ends)
    _, uses = np.unique(edges[starts != ends], return_counts=True)
    return int(np.count_nonzero(uses % 2))


def filled(surface: Surface, dimensions: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Find the voxels whose centre lies inside a closed surface.

    Along every line of voxel centres in the direction of k, inside and outside change places where the line crosses a
    triangle (even-odd rule): a cavity stays empty, and so does what two parts of one surface cover both. Positions are
    rounded to 1/65536 voxel and sides of edges are computed in whole numbers (Pineda, SIGGRAPH 1988;22(4):17), so that
    no line slips between two triangles. A centre just on the surface counts where it is on the low side of the shape
    and not where it is on the high one, as if it lay a trifle further along i, j and k: a box of n voxels covers n.

    :param surface: closed; points as voxel indices, at most :data:`FARTHEST_VOXELS` away.
    :param dimensions: voxels along i, j, k.
    :returns: 0 and 1, shape (slices, rows, columns).
    """
    columns, rows, slices = dimensions
    crossed = np.zeros((slices, rows, columns), dtype=np.uint8)
    if len(surface.triangles) == 0:
        return crossed
    bits = _fraction_bits(surface.points, dimensions)
    corners = np.rint(surface.points * 2.0**bits).astype(np.int64)[surface.triangles.T]
    first = np.maximum(-(-corners.min(axis=0)[:, :2] >> bits), 0)
    last = np.minimum(corners.max(axis=0)[:, :2] >> bits, [columns - 1, rows - 1])
    spans = np.maximum(last - first + 1, 0)
    for some in _portions(spans[:, 0] * spans[:, 1]):
        _cross(crossed, corners[:, some], first[some], spans[some], bits)
    for k in range(1, slices):
        crossed[k] ^= crossed[k - 1]
    return crossed


def volume_inside(surface: Surface, dimensions: tuple[int, int, int]) -> tuple[float, float]:
    """Estimate how much of a closed surface's volume lies within the voxels' extent, and its volume, in voxels.

    The shape is filled on a million samples of its own bounding box, so that neither its size nor that of the voxels
    matters.

    :param surface: closed; points as voxel indices; not empty.
    """
    low = surface.points.min(axis=0)
    size = np.maximum(np.ptp(surface.points, axis=0), _THINNEST_VOXELS)
    sample = size / _SAMPLES_PER_AXIS
    as_samples = Surface((surface.points - low) / sample - 0.5, surface.triangles)
    samples = filled(as_samples, (_SAMPLES_PER_AXIS,) * 3)
    total = int(np.count_nonzero(samples))
    if total == 0:  # thinner than any sample
        is_inside = (surface.points >= -0.5) & (surface.points <= np.array(dimensions) - 0.5)
        return float(is_inside.all(axis=1).mean() * sample.prod()), float(sample.prod())
    centers = low + (np.arange(_SAMPLES_PER_AXIS)[:, None] + 0.5) * sample
    i, j, k = ((centers >= -0.5) & (centers <= np.array(dimensions) - 0.5)).T
    inside = int(np.count_nonzero(samples[np.ix_(k, j, i)]))
    return float(inside * sample.prod()), float(total * sample.prod())


def _fraction_bits(points: FloatArray, dimensions: tuple[int, int, int]) -> int:
    farthest = max(float(np.abs(points).max()), *dimensions)
    return min(_FRACTION_BITS, _LARGEST_BITS - int(np.ceil(np.log2(farthest))))


def _portions(counts: IntArray) -> Iterator[IntArray]:
    """Triangles that some lines of voxels may cross, in portions that do not take much memory."""
    used = np.flatnonzero(counts)
    portion = (np.cumsum(counts[used]) - counts[used]) // _LINES_AT_ONCE
    yield from np.split(used, np.flatnonzero(np.diff(portion)) + 1)


def _cross(crossed: npt.NDArray[np.uint8], corners: IntArray, first: IntArray, spans: IntArray, bits: int) -> None:
    """Change the first voxel behind every crossing of a triangle with a line of voxel centres along k.

    :param corners: shape (3 corners, m, 3), in steps of 2**-bits voxel.
    :param first: lowest i and j of the lines that may cross each triangle; shape (m, 2).
    :param spans: how many of them along i and j; shape (m, 2).
    """
    slices, rows, columns = crossed.shape
    counts = spans[:, 0] * spans[:, 1]
    which = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    i, j = first[which, 0] + nth % spans[which, 0], first[which, 1] + nth // spans[which, 0]
    areas, is_left = zip(
        *(_doubled_areas(corners[start], corners[end], which, i << bits, j << bits) for start, end in _EDGES),
        strict=True,
    )
    hit = np.flatnonzero((is_left[0] == is_left[1]) & (is_left[1] == is_left[2]))
    weights = np.stack([area[hit] for area in areas]).astype(np.float64)
    whole = weights.sum(axis=0)
    sound = whole != 0  # a triangle that is seen edge-on is crossed by no line
    hit, weights, whole = hit[sound], weights[:, sound], whole[sound]
    depth = np.rint((weights * corners[:, which[hit], 2]).sum(axis=0) / whole).astype(np.int64)
    k = np.maximum(-(-depth >> bits), 0)
    reached = k < slices
    at = (k[reached] * rows + j[hit[reached]]) * columns + i[hit[reached]]
    np.bitwise_xor.at(crossed.reshape(-1), at, np.uint8(1))


def _doubled_areas(
    start: IntArray, end: IntArray, which: IntArray, x: IntArray, y: IntArray
) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Twice the areas between edges and lines of voxels, positive on the left of an edge, seen along k.

    :param which: the edge that belongs to each line.
    :returns: the areas, and on which lines the voxels lie on the left.
    """
    along_x, along_y = end[:, 0] - start[:, 0], end[:, 1] - start[:, 1]
    is_left_on_edge = (along_y < 0) | ((along_y == 0) & (along_x > 0))
    areas: IntArray = along_x[which] * (y - start[which, 1]) - along_y[which] * (x - start[which, 0])
    return areas, areas + is_left_on_edge[which] > 0
