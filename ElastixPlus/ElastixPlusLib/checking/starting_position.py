"""The position that a registration starts from: what the request says, or what its preset prefers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLTransformNode

from ..errors import InitialTransformError, LandmarkError
from ..guidance.findings import Finding
from ..guidance.initial_alignment import (
    affine_alignment,
    center_alignment,
    center_of_gravity,
    is_coplanar,
    rigid_alignment,
    similarity_alignment,
)
from ..guidance.landmark_pairing import LandmarkPairs
from ..mrml.masks import WorldMask
from ..mrml.transforms import linear_transform, transform_from_parent_steps
from ..mrml.volumes import WorldVolume, voxel_array
from ..request import RegistrationRequest
from ..steps import Steps, in_background

FloatArray = npt.NDArray[np.float64]

_FITS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "landmarks": rigid_alignment,
    "landmarks-similarity": similarity_alignment,
    "landmarks-affine": affine_alignment,
}


@dataclass(frozen=True)
class Side:
    """One of the two volumes with its mask."""

    volume: WorldVolume
    mask: WorldMask | None

    @property
    def mask_voxels(self) -> npt.NDArray[np.uint8] | None:
        """What counts, 0 and 1, shape (slices, rows, columns); None if everything does."""
        return None if self.mask is None else voxel_array(self.mask.image).astype(np.uint8, copy=False)


@dataclass(frozen=True)
class StartingPosition:
    """Where a registration starts.

    :param name: what was chosen in the end: "none", "centers", "gravity", "landmarks", "landmarks-similarity",
        "landmarks-affine" or "transform".
    :param transform: maps fixed to moving positions in world RAS; None leaves them as they are.
    """

    name: str
    transform: vtk.vtkAbstractTransform | None = None


def start_steps(
    request: RegistrationRequest,
    preferred: tuple[str, ...],
    fixed: Side,
    moving: Side,
    pairs: LandmarkPairs | None,
    findings: list[Finding],
) -> Steps[StartingPosition]:
    """Find the position to start from, in pieces of about 30 ms.

    :param preferred: what the preset prefers if the request leaves it open; the first that is possible is taken.
    :param findings: gets what the user should know of it.
    :raises InputError: the request asks for a start that is not possible.
    """
    initial = request.initial
    if isinstance(initial, vtkMRMLTransformNode):
        return StartingPosition("transform", (yield from transform_from_parent_steps(initial)))
    if initial != "auto":
        return (yield from _named_start_steps(initial, fixed, moving, pairs, findings))
    for name in preferred:
        try:
            return (yield from _named_start_steps(name, fixed, moving, pairs, findings))
        except LandmarkError:
            continue  # no landmarks, or too few: the next choice
    return StartingPosition("none")


def _named_start_steps(
    name: str, fixed: Side, moving: Side, pairs: LandmarkPairs | None, findings: list[Finding]
) -> Steps[StartingPosition]:
    if name == "none":
        return StartingPosition(name)
    if name == "centers":
        matrix = center_alignment(fixed.volume.grid.center_ras, moving.volume.grid.center_ras)
    elif name == "gravity":
        matrix = yield from in_background(lambda: center_alignment(_gravity(fixed), _gravity(moving)))
    elif name in _FITS:
        matrix = _fit_of_landmarks(name, pairs, findings)
    else:
        raise InitialTransformError(
            f"{name!r} is no position to start from.", f"Choose none, centers, gravity, {', '.join(_FITS)} or a node."
        )
    return StartingPosition(name, linear_transform(matrix))


def _gravity(side: Side) -> FloatArray:
    return center_of_gravity(side.volume.voxels, side.volume.grid.ijk_to_world, side.mask_voxels)


def _fit_of_landmarks(name: str, pairs: LandmarkPairs | None, findings: list[Finding]) -> FloatArray:
    if pairs is None or not pairs.drives.any():
        raise LandmarkError("A start from landmarks needs landmarks that drive.", "Give landmarks of both volumes.")
    driving = pairs.driving
    matrix = _FITS[name](driving.fixed_ras, driving.moving_ras)
    if name == "landmarks" and is_coplanar(driving.fixed_ras):
        findings.append(
            Finding(
                "landmarks-in-one-plane",
                "warning",
                "The driving landmarks lie nearly in one plane: the start is determined, but an error in placing "
                "them tilts it easily.",
            )
        )
    return matrix
