"""Volumes as they lie in the world: geometry, export for elastix, and what makes a volume unusable."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLTransformNode
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from ..errors import ResultWriteError, VolumeError
from ..grid import Grid
from ..steps import Steps, in_background, run_to_end
from .frames import array_from_matrix, flip_points, transform_to_world, transformed_points_steps
from .resampling import resampling_steps

FloatArray = npt.NDArray[np.float64]

_ORTHOGONAL_WITHIN = 1e-4  # directions in DICOM and NIfTI files are rounded to 6 digits
_THINNEST = 1e-6  # volume of a voxel relative to a rectangular one with the same edges
_FEWEST_VOXELS_PER_AXIS = 4  # elastix interpolates with cubic splines; fewer samples on an axis cannot carry one
_META_IMAGE_TYPES = {
    "i1": "MET_CHAR",
    "u1": "MET_UCHAR",
    "i2": "MET_SHORT",
    "u2": "MET_USHORT",
    "i4": "MET_INT",
    "u4": "MET_UINT",
    "i8": "MET_LONG_LONG",
    "u8": "MET_ULONG_LONG",
    "f4": "MET_FLOAT",
    "f8": "MET_DOUBLE",
}


@dataclass(frozen=True)
class WorldVolume:
    """A scalar image with its place in the world; parent transforms are already applied.

    :param image: voxels in index coordinates; shared with the node where nothing had to be resampled, never modified.
    """

    image: vtk.vtkImageData
    grid: Grid

    @property
    def voxels(self) -> npt.NDArray[np.generic]:
        """A view of the voxels, shape (slices, rows, columns)."""
        return voxel_array(self.image)

    @property
    def lowest_value(self) -> float:
        """The smallest voxel value: what this volume itself shows where there is nothing."""
        return float(self.voxels.min())


@dataclass(frozen=True)
class VolumeInScene:
    """What a volume node shows at one moment, so that it can be worked on while the node goes on to change.

    :param image: shares the voxels with the node, in index coordinates.
    :param grid: the volume's own grid, without parent transforms.
    :param to_world: what the parents do; None for nothing.
    """

    image: vtk.vtkImageData
    grid: Grid
    to_world: vtk.vtkAbstractTransform | None
    is_labelmap: bool


def voxel_array(image: vtk.vtkImageData) -> npt.NDArray[np.generic]:
    """A view of a scalar image's voxels, shape (slices, rows, columns)."""
    array: npt.NDArray[np.generic] = vtk_to_numpy(image.GetPointData().GetScalars())
    return array.reshape(image.GetDimensions()[::-1])


def image_of_voxels(voxels: npt.NDArray[np.generic]) -> vtk.vtkImageData:
    """A scalar image in index coordinates with a copy of voxels of shape (slices, rows, columns)."""
    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(voxels).ravel(), deep=True))
    return image


def own_grid(node: vtkMRMLScalarVolumeNode) -> Grid:
    """The volume's grid in its own RAS frame, without parent transforms."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return Grid(tuple(node.GetImageData().GetDimensions()), array_from_matrix(matrix))


def volume_in_scene(node: vtkMRMLScalarVolumeNode, without: vtkMRMLTransformNode | None = None) -> VolumeInScene:
    """Read a volume node that :func:`check_volume` has let pass; the node stays untouched.

    :param without: a transform that counts as identity, see :func:`.frames.transform_to_world`.
    """
    is_labelmap = bool(node.IsA("vtkMRMLLabelMapVolumeNode"))
    image = at_index_origin(node.GetImageData())
    return VolumeInScene(image, own_grid(node), transform_to_world(node, without), is_labelmap)


def world_grid(node: vtkMRMLScalarVolumeNode, without: vtkMRMLTransformNode | None = None) -> Grid | None:
    """Where a volume's voxels lie in the world; None if they are on no grid there, under a non-linear parent.

    :param without: a transform that counts as identity, see :func:`.frames.transform_to_world`.
    """
    to_world, grid = transform_to_world(node, without), own_grid(node)
    if to_world is None:
        return grid
    if not isinstance(to_world, vtk.vtkTransform):
        return None
    return Grid(grid.dimensions, array_from_matrix(to_world.GetMatrix()) @ grid.ijk_to_world)


def world_volume(node: vtkMRMLScalarVolumeNode) -> WorldVolume:
    """Take a volume out of the scene as it lies in the world; the node stays untouched."""
    return run_to_end(world_volume_steps(volume_in_scene(node)))


def world_volume_steps(volume: VolumeInScene) -> Steps[WorldVolume]:
    """Lay a volume in the world, in pieces of about 30 ms.

    Rotations, translations and scalings of parent transforms are folded into the geometry, so that no voxel changes.
    Only what a geometry cannot hold, shear and non-linear parents, is resampled on a temporary copy.
    """
    to_world, grid = volume.to_world, volume.grid
    if isinstance(to_world, vtk.vtkTransform):
        grid = Grid(grid.dimensions, array_from_matrix(to_world.GetMatrix()) @ grid.ijk_to_world)
        to_world = None
    if to_world is None and is_orthogonal(grid):
        return WorldVolume(volume.image, _without_noise(grid))
    return (yield from _hardening_steps(WorldVolume(volume.image, grid), to_world, volume.is_labelmap))


def _without_noise(grid: Grid) -> Grid:
    """Round the geometry to a billionth of a voxel.

    A volume that went through a file differs in the last bits from the one in the scene. Random sampling turns that
    into another path of the optimiser, and two runs of one registration would differ by more than they should.
    """
    decimals = 9 - int(np.floor(np.log10(grid.spacing_mm.min())))
    return Grid(grid.dimensions, np.round(grid.ijk_to_world, decimals) + 0.0)


def is_orthogonal(grid: Grid) -> bool:
    """Whether the grid's axes are perpendicular, up to the rounding of directions in files."""
    axes = grid.ijk_to_world[:3, :3] / grid.spacing_mm
    return bool(np.allclose(axes.T @ axes, np.eye(3), atol=_ORTHOGONAL_WITHIN))


def check_volume(node: vtkMRMLScalarVolumeNode | None, role: str) -> None:
    """Refuse what elastix would misread or crash on, as far as it shows without a look at all voxels.

    :param role: "fixed" or "moving", for the message.
    :raises VolumeError: no voxels, fewer than 4 voxels on an axis, several components, or degenerate geometry.
    """
    image = node.GetImageData() if node is not None else None
    if node is None or image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
        raise VolumeError(f"The {role} volume is empty.", "Choose a volume that has voxels.")
    _check_shape(node, role)


def value_check_steps(volume: VolumeInScene, role: str) -> Steps[None]:
    """Look at all voxels.

    :raises VolumeError: values that are not finite, or no contrast at all.
    """
    voxels = voxel_array(volume.image)
    yield from in_background(lambda: _check_values(voxels, role))


def _check_values(voxels: npt.NDArray[np.generic], role: str) -> None:
    lowest, highest = float(voxels.min()), float(voxels.max())  # NaN if there is one
    if not np.isfinite([lowest, highest]).all():
        unusable = sum(one.size - int(np.count_nonzero(np.isfinite(one))) for one in voxels)
        raise VolumeError(
            f"The {role} volume has {unusable} voxels that are not finite numbers (NaN or infinity).",
            "Replace them, for example with the value of the background, and register again.",
        )
    if lowest == highest:
        raise VolumeError(
            f"All voxels of the {role} volume have the same value {lowest:g}.",
            "Choose a volume that shows the anatomy.",
        )


def _check_shape(node: vtkMRMLScalarVolumeNode, role: str) -> None:
    image = node.GetImageData()
    if image.GetNumberOfScalarComponents() != 1:
        raise VolumeError(
            f"The {role} volume has {image.GetNumberOfScalarComponents()} values per voxel.",
            "Choose a scalar volume, or extract one component of this one.",
        )
    dimensions = image.GetDimensions()
    if min(dimensions) < _FEWEST_VOXELS_PER_AXIS:
        raise VolumeError(
            f"The {role} volume has {' x '.join(map(str, dimensions))} voxels.",
            f"Choose a volume with at least {_FEWEST_VOXELS_PER_AXIS} voxels along every axis.",
        )
    matrix = own_grid(node).ijk_to_world
    edges = np.linalg.norm(matrix[:3, :3], axis=0)
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) <= _THINNEST * np.prod(edges):
        raise VolumeError(
            f"The geometry of the {role} volume is not valid: its voxels have no extent in some direction.",
            "Correct spacing and directions of the volume, for example in the Volumes module.",
        )


def write_voxels(voxels: npt.NDArray[np.generic], grid: Grid, path: Path) -> None:
    """Write voxels with their place in the world as a MetaImage (.mha), which every ITK reads; may run in a thread.

    ITK's own writer is not used: on a full disk it ends the process that it runs in, and it refuses some voxel types.

    :param voxels: in the order of VTK; scalars of shape (slices, rows, columns), or vectors of shape (n, components),
        which are written as they are, so they have to be in LPS.
    :raises ResultWriteError: if the file cannot be written; nothing of it is left then.
    """
    header = _meta_image_header(voxels, grid)
    try:
        with path.open("wb") as file:
            file.write(header.encode("ascii"))
            file.write(np.ascontiguousarray(voxels).reshape(-1).view(np.uint8).data)
    except OSError as error:
        with suppress(OSError):  # where the place is gone, so is the file
            path.unlink()
        raise ResultWriteError(
            f"The volume {path.name} could not be written to {path.parent}: {error.strerror}.",
            "Free space on the disk, or choose another folder for the run.",
        ) from error


def _meta_image_header(voxels: npt.NDArray[np.generic], grid: Grid) -> str:
    directions = flip_points((grid.ijk_to_world[:3, :3] / grid.spacing_mm).T)
    entries = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": str(sys.byteorder == "big"),
        "CompressedData": "False",
        "TransformMatrix": _exact(directions),
        "Offset": _exact(flip_points(grid.ijk_to_world[:3, 3])),
        "CenterOfRotation": "0 0 0",
        "ElementSpacing": _exact(grid.spacing_mm),
        "DimSize": " ".join(map(str, grid.dimensions)),
        "ElementNumberOfChannels": str(voxels.shape[1] if voxels.ndim == 2 else 1),
        "ElementType": _META_IMAGE_TYPES[voxels.dtype.str[1:]],
        "ElementDataFile": "LOCAL",
    }
    return "".join(f"{name} = {value}\n" for name, value in entries.items())


def _exact(numbers: FloatArray) -> str:
    return " ".join(repr(float(number)) for number in np.ravel(numbers))


def at_index_origin(image: vtk.vtkImageData) -> vtk.vtkImageData:
    """A copy of an image in index coordinates, with origin 0 and spacing 1, that shares the voxels.

    The voxels stay what they are, as long as the copy exists, also if the node's image gets others or another size.
    """
    copy = vtk.vtkImageData()
    copy.ShallowCopy(image)
    copy.SetOrigin(0.0, 0.0, 0.0)
    copy.SetSpacing(1.0, 1.0, 1.0)
    return copy


def _hardening_steps(
    volume: WorldVolume, to_world: vtk.vtkAbstractTransform | None, is_labelmap: bool
) -> Steps[WorldVolume]:
    """Harden a shearing or non-linear parent: the same voxel size on a grid that covers where the volume now lies."""
    axes = np.linalg.qr(volume.grid.ijk_to_world[:3, :3])[0]
    axes *= np.where(np.diag(axes.T @ volume.grid.ijk_to_world[:3, :3]) < 0, -1.0, 1.0)
    boundary_ras = volume.grid.positions_ras(_boundary_indices(volume.grid))
    along_axes = (yield from transformed_points_steps(to_world, boundary_ras)) @ axes
    lowest, highest = along_axes.min(axis=0), along_axes.max(axis=0)
    ijk_to_world = np.eye(4)
    ijk_to_world[:3, :3] = axes * volume.grid.spacing_mm
    ijk_to_world[:3, 3] = axes @ lowest
    counts = np.ceil((highest - lowest) / volume.grid.spacing_mm - 1e-6).astype(int) + 1
    grid = Grid((int(counts[0]), int(counts[1]), int(counts[2])), ijk_to_world)
    from_world = None if to_world is None else to_world.GetInverse()
    voxels = volume.voxels
    image = yield from resampling_steps(
        volume.image,
        volume.grid.ijk_to_world,
        from_world,
        grid.dimensions,
        grid.ijk_to_world,
        background=(yield from in_background(lambda: float(voxels.min()))),
        nearest=is_labelmap,
    )
    return WorldVolume(image, grid)


def _boundary_indices(grid: Grid, per_axis: int = 12) -> FloatArray:
    """Indices on a coarse lattice over the volume, its faces included."""
    axes = [np.linspace(0, count - 1, per_axis) for count in grid.dimensions]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
