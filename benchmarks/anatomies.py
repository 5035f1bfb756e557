"""What cases are made of: a sample brain that comes with the repository, and real data where it is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import slicer
from known_deformations import deformation
from pairs import REPOSITORY

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_volume
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array

FloatArray = npt.NDArray[np.float64]

AIR_HU = -1024.0
_SAMPLE_BODY, _HEAD_BODY, _BRAIN_BODY, _CHEST_BODY = 60.0, 25.0, 25.0, -300.0


class MissingDataError(Exception):
    """Real data that a case needs is not there."""


@dataclass(frozen=True)
class Anatomy:
    """Grey values in the world.

    :param voxels: shape (slices, rows, columns).
    :param background: what lies beyond the voxels.
    :param body_above: grey value above which a voxel shows the body.
    """

    voxels: npt.NDArray[np.float32]
    grid: Grid
    background: float
    body_above: float

    def values(self, points_ras: FloatArray) -> FloatArray:
        """Grey values at positions of shape (n, 3), by linear interpolation."""
        top = np.array(self._padded.shape[::-1]) - 1.001
        place = np.clip(self.grid.indices(points_ras) + 1.0, 0.0, top)
        corner = place.astype(np.int64)
        i, j, k = (place - corner).T
        voxels, (row, slice_) = self._padded.ravel(), np.cumprod(self._padded.shape[:0:-1])
        first = corner @ (1, row, slice_)

        def along_row(offset: int) -> FloatArray:
            left: FloatArray = voxels[first + offset]
            return left + i * (voxels[first + offset + 1] - left)

        front = (1.0 - j) * along_row(0) + j * along_row(row)
        back = (1.0 - j) * along_row(slice_) + j * along_row(row + slice_)
        values: FloatArray = (1.0 - k) * front + k * back
        return values

    @cached_property
    def _padded(self) -> npt.NDArray[np.float32]:
        padded: npt.NDArray[np.float32] = np.pad(self.voxels, 1, constant_values=self.background)
        return padded

    @cached_property
    def body_ras(self) -> FloatArray:
        """Where the voxels of the body lie, shape (n, 3)."""
        k, j, i = np.nonzero(self.voxels > self.body_above)
        return self.grid.positions_ras(np.stack([i, j, k], axis=1).astype(np.float64))

    @cached_property
    def center_ras(self) -> FloatArray:
        """The middle of the body, shape (3,)."""
        center: FloatArray = self.body_ras.mean(axis=0).round(1)
        return center

    def beside_center(self, right_mm: float, front_mm: float, up_mm: float) -> FloatArray:
        """A place that far from the middle of the body, shape (3,)."""
        place: FloatArray = self.center_ras + np.array([right_mm, front_mm, up_mm])
        return place


@lru_cache
def sample_brain() -> Anatomy:
    """The template of the sample data at 2 mm, bent so that left and right differ."""
    template = _read(REPOSITORY / "Resources" / "SampleData" / "icbm152_t1_2mm.nii.gz", 0.0, _SAMPLE_BODY)
    bend = deformation(template.center_ras, warp_mm=9.0, seed=152)
    voxels = np.concatenate([template.values(bend.to_fixed(places)) for places in slices_of(template.grid)])
    voxels = voxels.astype(np.float32).reshape(template.voxels.shape)
    return Anatomy(voxels, template.grid, 0.0, _SAMPLE_BODY)


@lru_cache
def mni_brain() -> Anatomy:
    """The template without the bend, as the experts' landmarks were placed in it, at 2 mm."""
    return _halved(_read(_shared("brain", "mni152_t1_1mm.nii.gz"), 0.0, _SAMPLE_BODY))


@lru_cache
def colin_head() -> Anatomy:
    """The head of one person at 2 mm."""
    return _halved(_read(_shared("brain", "colin27_t1_1mm.nii.gz"), 0.0, _HEAD_BODY))


@lru_cache
def colin_brain() -> Anatomy:
    """The brain of the same person at 2 mm."""
    return _halved(_read(_shared("brain", "colin27_t1_brain_1mm.nii.gz"), 0.0, _BRAIN_BODY))


@lru_cache
def half_chest() -> Anatomy:
    """CT of one half of a chest, 2.7 x 2.7 x 5 mm."""
    return _read(_shared("lung", "ct_lung_small.mha"), AIR_HU, _CHEST_BODY)


@lru_cache
def whole_chest() -> Anatomy:
    """The same half, and its mirror image where the other one would be: twice as wide, columns towards the left."""
    half = half_chest()
    voxels = np.concatenate([half.voxels, half.voxels[:, :, ::-1]], axis=2)
    return Anatomy(voxels, Grid(voxels.shape[::-1], half.grid.ijk_to_world), AIR_HU, _CHEST_BODY)


def shared_file(*names: str) -> Path:
    """A file of the real data.

    :raises MissingDataError: it is not there.
    """
    return _shared(*names)


def voxel_places(grid: Grid) -> FloatArray:
    """World position of every voxel in memory order, shape (n, 3)."""
    k, j, i = np.indices(grid.dimensions[::-1], dtype=np.float64).reshape(3, -1)
    return grid.positions_ras(np.stack([i, j, k], axis=1))


def slices_of(grid: Grid) -> Iterator[FloatArray]:
    """The same slice by slice, which takes less memory and time."""
    i, j, k = grid.dimensions
    matrix = grid.ijk_to_world
    places = voxel_places(Grid((i, j, 1), matrix))
    for number in range(k):
        yield places + number * matrix[:3, 2]


def _shared(*names: str) -> Path:
    given = os.environ.get("ELASTIXPLUS_SHARED_DATA")
    path = (Path(given) if given else REPOSITORY.parent / "shared" / "data").joinpath(*names)
    if not path.is_file():
        raise MissingDataError(f"{'/'.join(names)} is missing (ELASTIXPLUS_SHARED_DATA)")
    return path


def _read(path: Path, background: float, body_above: float) -> Anatomy:
    scene = slicer.vtkMRMLScene()
    node = read_volume(scene, path, "anatomy")
    voxels = voxel_array(node.GetImageData()).astype(np.float32)
    return Anatomy(np.maximum(voxels, background), own_grid(node), background, body_above)


def _halved(anatomy: Anatomy) -> Anatomy:
    """Means of 2 x 2 x 2 voxels; an odd last one is dropped."""
    even = anatomy.voxels[tuple(slice(0, size // 2 * 2) for size in anatomy.voxels.shape)]
    k, j, i = (size // 2 for size in even.shape)
    voxels = even.reshape(k, 2, j, 2, i, 2).mean(axis=(1, 3, 5))
    matrix = anatomy.grid.ijk_to_world.copy()
    matrix[:3, 3] = anatomy.grid.positions_ras(np.full((1, 3), 0.5))[0]
    matrix[:3, :3] *= 2.0
    return Anatomy(voxels, Grid((i, j, k), matrix), anatomy.background, anatomy.body_above)
