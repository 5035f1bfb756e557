"""Volumes as another scanner would show a deformed anatomy, and masks on their grids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import slicer
from anatomies import Anatomy, slices_of, voxel_places
from known_deformations import KnownDeformation
from scene_nodes import add_volume

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.frames import matrix_from_array

FloatArray = npt.NDArray[np.float64]
Inside = Callable[[FloatArray], npt.NDArray[np.bool_]]
Edit = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]  # of values, origins and places

_LIGHTING_LENGTH_MM = 70.0
_PADDING = -2000.0


@dataclass(frozen=True)
class Look:
    """How a scanner shows grey values.

    :param curve: shown values for values that are 0, 1/8, ... 1 of the range of the anatomy; empty shows them as they
        are.
    :param noise: standard deviation, in shown values.
    :param lighting: amplitude of uneven lighting, 0 for even.
    """

    curve: tuple[float, ...] = ()
    noise: float = 0.0
    lighting: float = 0.0


AS_IT_IS = Look()
T1 = Look(noise=4.0)
T2 = Look(curve=(0.0, 600.0, 950.0, 780.0, 600.0, 440.0, 330.0, 320.0, 340.0), noise=30.0)
INVERTED = Look(curve=(0.0, 900.0, 800.0, 700.0, 600.0, 480.0, 340.0, 200.0, 60.0), noise=25.0)
CT = Look(noise=15.0)


def grid_around(
    center_ras: Sequence[float] | FloatArray,
    extent_mm: Sequence[float] | FloatArray,
    spacing_mm: float | Sequence[float],
) -> Grid:
    """A grid along the axes of the world that covers ``extent_mm`` around a point."""
    spacing = np.broadcast_to(np.asarray(spacing_mm, dtype=np.float64), 3)
    dimensions = np.ceil(np.asarray(extent_mm) / spacing).astype(int)
    matrix = np.diag([*spacing, 1.0])
    matrix[:3, 3] = np.asarray(center_ras) - (dimensions - 1) / 2 * spacing
    i, j, k = (int(size) for size in dimensions)
    return Grid((i, j, k), matrix)


def turned_grid(grid: Grid, rotation: FloatArray) -> Grid:
    """The same grid turned about its middle; ``rotation`` has shape (3, 3)."""
    matrix = grid.ijk_to_world.copy()
    matrix[:3, :3] = rotation @ matrix[:3, :3]
    matrix[:3, 3] = grid.center_ras - matrix[:3, :3] @ ((np.array(grid.dimensions) - 1) / 2)
    return Grid(grid.dimensions, matrix)


def shown(
    anatomy: Anatomy,
    grid: Grid,
    look: Look = AS_IT_IS,
    deformed_by: KnownDeformation | None = None,
    edit: Edit | None = None,
    field_of_view: Inside | None = None,
    seed: int = 1,
) -> npt.NDArray[np.int16]:
    """Voxels of an anatomy on a grid, shape (slices, rows, columns).

    :param deformed_by: from the anatomy to where it lies on the grid.
    :param edit: changes shown values before noise, given them, the places of the anatomy that they show, and where
        they are shown.
    """
    values = np.concatenate([_shown(anatomy, places, look, deformed_by, edit) for places in slices_of(grid)])
    if look.lighting:
        offset = (voxel_places(grid) - grid.center_ras) / _LIGHTING_LENGTH_MM
        values = values * (1.0 + look.lighting * np.sin(offset[:, 0] + 0.5) * np.cos(offset[:, 1] - 0.3))
    values = values + np.random.default_rng(seed).normal(0.0, 1.0, len(values)) * look.noise
    if anatomy.background >= 0:
        values = np.abs(values)  # a magnitude, as MR shows it
    if field_of_view is not None:
        values = np.where(field_of_view(voxel_places(grid)), values, _PADDING)
    rounded: npt.NDArray[np.int16] = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return rounded.reshape(grid.dimensions[::-1])


def _shown(
    anatomy: Anatomy, places: FloatArray, look: Look, deformed_by: KnownDeformation | None, edit: Edit | None
) -> FloatArray:
    origins = places if deformed_by is None else deformed_by.to_fixed(places)
    values = anatomy.values(origins)
    if look.curve:
        bottom, top = anatomy.background, float(anatomy.voxels.max())
        values = np.interp((values - bottom) / (top - bottom), np.linspace(0, 1, len(look.curve)), look.curve)
    return values if edit is None else edit(values, origins, places)


def add_mask(
    scene: slicer.vtkMRMLScene, grid: Grid, inside: Inside, label: int = 1, name: str = "mask"
) -> slicer.vtkMRMLLabelMapVolumeNode:
    """Add a labelmap of what ``inside`` says of the places of a grid."""
    voxels = np.where(inside(voxel_places(grid)), label, 0).astype(np.int16).reshape(grid.dimensions[::-1])
    drawn = add_volume(scene, voxels, grid, name)
    node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
    node.SetAndObserveImageData(drawn.GetImageData())
    node.SetIJKToRASMatrix(matrix_from_array(grid.ijk_to_world))
    scene.RemoveNode(drawn)
    return node


def box(center_ras: Sequence[float] | FloatArray, extent_mm: Sequence[float]) -> Inside:
    """Inside a box along the axes of the world."""
    half = np.asarray(extent_mm) / 2
    return lambda points: (np.abs(points - np.asarray(center_ras)) <= half).all(axis=1)


def ball(center_ras: Sequence[float] | FloatArray, radius_mm: float) -> Inside:
    """Inside a ball."""
    return lambda points: np.linalg.norm(points - np.asarray(center_ras), axis=1) <= radius_mm


def upright_cylinder(center_ras: Sequence[float] | FloatArray, radius_mm: float) -> Inside:
    """Inside a cylinder that stands along the body and has no ends."""
    return lambda points: np.linalg.norm((points - np.asarray(center_ras))[:, :2], axis=1) <= radius_mm


def shell(center_ras: Sequence[float] | FloatArray, radii_mm: Sequence[float], thickness_mm: float) -> Inside:
    """Within a thin shell about an ellipsoid."""
    radii = np.asarray(radii_mm)

    def inside(points: FloatArray) -> npt.NDArray[np.bool_]:
        radius = np.linalg.norm((points - np.asarray(center_ras)) / radii, axis=1)
        close: npt.NDArray[np.bool_] = np.abs(radius - 1.0) * radii.mean() <= thickness_mm / 2
        return close

    return inside


def outside(inside: Inside) -> Inside:
    """Everywhere else."""
    return lambda points: ~inside(points)


def filled(inside: Inside, value: float) -> Edit:
    """An edit that gives one grey value to a part of the anatomy."""
    return lambda values, origins, places: np.where(inside(origins), value, values)
