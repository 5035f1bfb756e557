"""Three orthogonal slices of both volumes through one place, as a viewer shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import vtk

from ..grid import Grid
from ..mrml.frames import transformed_points_steps
from ..mrml.resampling import resampling_steps
from ..mrml.volumes import WorldVolume, voxel_array
from ..report.contents import GreyPicture, SlicePicture
from ..steps import Steps, in_background
from .grey_values import interpolated

FloatArray = npt.NDArray[np.float64]

_MOST_PIXELS = 400  # along an edge of a picture
_LOWEST_PERCENTILE, _HIGHEST_PERCENTILE = 0.5, 99.5
_MOST_WINDOW_VALUES = 100_000


@dataclass(frozen=True)
class _Plane:
    """How 3D Slicer shows a plane, with the patient's right at the left.

    :param across: RAS axis along the columns of a picture and its sign; ``down``: along its rows.
    """

    name: str
    normal: int
    across: tuple[int, int]
    down: tuple[int, int]
    edges: tuple[str, str, str, str]


_PLANES = (
    _Plane("axial", 2, (0, -1), (1, -1), ("A", "L", "P", "R")),
    _Plane("coronal", 1, (0, -1), (2, -1), ("S", "L", "I", "R")),
    _Plane("sagittal", 0, (1, -1), (2, -1), ("S", "P", "I", "A")),
)


def picture_steps(
    fixed: WorldVolume,
    moving: WorldVolume,
    transform: vtk.vtkAbstractTransform | None,
    center_ras: FloatArray,
    is_landmark: bool,
    region_ras: FloatArray,
) -> Steps[tuple[SlicePicture, ...]]:
    """Cut both volumes in the axial, coronal and sagittal plane, in pieces of about 30 ms.

    :param transform: maps fixed to moving positions in the world; None for none.
    :param center_ras: the place that all three go through; world RAS millimetres.
    :param is_landmark: whether the place is marked.
    :param region_ras: shape (n, 3), places in the fixed volume whose grey values set what is black and white, so that
        the brain of a whole head is as bright as that of a head without skull.
    """
    some = region_ras[:: max(len(region_ras) // _MOST_WINDOW_VALUES, 1)]
    mapped = yield from transformed_points_steps(transform, some)
    windows = yield from in_background(lambda: (_window(fixed, some), _window(moving, mapped)))
    pictures = []
    for plane in _PLANES:
        grid = _plane_grid(plane, fixed.grid, center_ras)
        shown = []
        for volume, through, window in (
            (fixed, None, windows[0]),
            (moving, None, windows[1]),
            (moving, transform, windows[1]),
        ):
            shown.append((yield from _cut_steps(volume, through, grid, window)))
        row_and_column = grid.indices(center_ras[None])[0, 1::-1]
        pictures.append(
            SlicePicture(
                plane=plane.name,
                offset_mm=float(center_ras[plane.normal]),
                fixed=shown[0],
                before=shown[1],
                after=shown[2],
                spacing_mm=(float(grid.spacing_mm[1]), float(grid.spacing_mm[0])),
                edge_labels=plane.edges,
                mark=(float(row_and_column[0]), float(row_and_column[1])) if is_landmark else None,
            )
        )
    return tuple(pictures)


def _plane_grid(plane: _Plane, fixed: Grid, center_ras: FloatArray) -> Grid:
    """Pixels that cover the fixed volume in one plane."""
    corners = np.stack(np.meshgrid(*[(0, count - 1) for count in fixed.dimensions]), axis=-1).reshape(-1, 3)
    positions = fixed.positions_ras(corners)
    lowest, highest = positions.min(axis=0), positions.max(axis=0)
    (across, right), (down, below) = plane.across, plane.down
    pixel_mm = max(float(fixed.spacing_mm.min()), float((highest - lowest).max()) / (_MOST_PIXELS - 1))
    matrix = np.eye(4)
    matrix[:3, :3] = 0.0
    matrix[across, 0], matrix[down, 1], matrix[plane.normal, 2] = right * pixel_mm, below * pixel_mm, pixel_mm
    matrix[across, 3] = highest[across] if right < 0 else lowest[across]
    matrix[down, 3] = highest[down] if below < 0 else lowest[down]
    matrix[plane.normal, 3] = center_ras[plane.normal]
    columns, rows = (int(np.floor((highest - lowest)[axis] / pixel_mm + 1e-6)) + 1 for axis in (across, down))
    return Grid((columns, rows, 1), matrix)


def _cut_steps(
    volume: WorldVolume, transform: vtk.vtkAbstractTransform | None, grid: Grid, window: tuple[float, float]
) -> Steps[GreyPicture]:
    image = yield from resampling_steps(
        volume.image,
        volume.grid.ijk_to_world,
        transform,
        grid.dimensions,
        grid.ijk_to_world,
        background=window[0],
    )
    lowest, highest = window
    scaled = (np.asarray(voxel_array(image)[0], dtype=np.float64) - lowest) / (highest - lowest)
    picture: GreyPicture = (np.clip(scaled, 0.0, 1.0) * 255.0).round().astype(np.uint8)
    return picture


def _window(volume: WorldVolume, region_ras: FloatArray) -> tuple[float, float]:
    """Grey values shown as black, which is what air has, and as white, which nearly nothing in the region exceeds."""
    step = max(volume.voxels.size // _MOST_WINDOW_VALUES, 1)
    lowest = float(np.percentile(np.asarray(volume.voxels.ravel()[::step], dtype=np.float64), _LOWEST_PERCENTILE))
    inside = region_ras[volume.grid.outside_mm(region_ras) == 0]
    highest = lowest
    if len(inside):
        values = interpolated(volume, volume.grid.indices(inside))
        highest = float(np.percentile(values, _HIGHEST_PERCENTILE))
    if highest <= lowest:
        highest = float(volume.voxels.max())
    return lowest, highest if highest > lowest else lowest + 1.0
