"""Write what elastix reads into the run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import vtk

from .checking.checked_request import CheckedRequest
from .elastix.command import ElastixInputs
from .elastix.point_file import write_point_file
from .elastix.transform_file import field_text, linear_text
from .elastix.workspace import Workspace
from .errors import ResultWriteError
from .grid import Grid
from .mrml.frames import array_from_matrix, flip_matrix, flip_points
from .mrml.transforms import displacement_field_steps
from .mrml.volumes import write_voxels
from .steps import Steps, in_background

_TEXT_BYTES = 16 * 2**20


def export_steps(checked: CheckedRequest, workspace: Workspace) -> Steps[ElastixInputs]:
    """Write volumes, masks, landmarks, start and parameter files, in pieces of about 30 ms.

    :returns: the names of the files, relative to the run folder.
    :raises ResultWriteError: the disk is full or the folder does not allow writing.
    """
    for voxels, grid, path in _images(checked, workspace):
        yield from in_background(_writing(voxels, grid, path))
    driving = checked.driving_pairs
    if driving is not None:
        write_point_file(workspace.fixed_landmarks, flip_points(driving.fixed_ras))
        write_point_file(workspace.moving_landmarks, flip_points(driving.moving_ras))
    if checked.initial is not None:
        yield from _initial_transform_steps(checked.initial, checked.fixed_part.grid, workspace)
    for stage, parameter_file in enumerate(checked.parameter_files):
        parameter_file.write(workspace.parameter_file(stage))
    count = checked.image_count
    return ElastixInputs(
        fixed=_in_order([workspace.fixed, *_further(checked, workspace, "fixed")], count),
        moving=_in_order([workspace.moving, *_further(checked, workspace, "moving")], count),
        # one for each, or the last metrics would look at everything
        fixed_masks=_in_order([workspace.fixed_mask], count) if checked.fixed_part.mask is not None else (),
        moving_masks=_in_order([workspace.moving_mask], count) if checked.moving_part.mask is not None else (),
        fixed_landmarks=workspace.fixed_landmarks.name if driving is not None else None,
        moving_landmarks=workspace.moving_landmarks.name if driving is not None else None,
        initial_transform=workspace.initial_transform.name if checked.initial is not None else None,
        parameter_files=tuple(workspace.parameter_file(stage).name for stage in range(len(checked.parameter_files))),
        output=workspace.result.name,
    )


def needed_bytes(checked: CheckedRequest) -> int:
    """What a run writes into its folder at most: volumes, masks, a start that is a field, and some text."""
    parts = (checked.fixed_part, checked.moving_part)
    further_bytes = sum(volume.voxels.nbytes for volume in (*checked.further.fixed, *checked.further.moving))
    image_bytes = further_bytes + sum(
        part.voxels.nbytes + (part.mask.nbytes if part.mask is not None else 0) for part in parts
    )
    has_field = checked.initial is not None and not isinstance(checked.initial, vtk.vtkTransform)
    field_bytes = 12 * checked.fixed_part.voxels.size if has_field else 0
    return image_bytes + field_bytes + _TEXT_BYTES


def _images(checked: CheckedRequest, workspace: Workspace) -> list[tuple[npt.NDArray[np.generic], Grid, Path]]:
    fixed, moving = checked.fixed_part, checked.moving_part
    images: list[tuple[npt.NDArray[np.generic] | None, Grid, Path]] = [
        (fixed.voxels, fixed.grid, workspace.fixed),
        (moving.voxels, moving.grid, workspace.moving),
        (fixed.mask, fixed.grid, workspace.fixed_mask),
        (moving.mask, moving.grid, workspace.moving_mask),
    ]
    for role, volumes in (("fixed", checked.further.fixed), ("moving", checked.further.moving)):
        paths = _further(checked, workspace, role)
        images += [(volume.voxels, volume.grid, path) for volume, path in zip(volumes, paths, strict=True)]
    return [(voxels, grid, path) for voxels, grid, path in images if voxels is not None]


def _further(checked: CheckedRequest, workspace: Workspace, role: str) -> list[Path]:
    """Where the further volumes of a side are written."""
    return [workspace.further_volume(role, index) for index in range(1, 1 + len(checked.further.fixed))]


def _in_order(paths: list[Path], count: int) -> tuple[str, ...]:
    """The names of files, the last one repeated until there are so many."""
    return tuple(path.name for path in paths + paths[-1:] * (count - len(paths)))


def _writing(voxels: npt.NDArray[np.generic], grid: Grid, path: Path) -> Callable[[], None]:
    return lambda: write_voxels(voxels, grid, path)


def _initial_transform_steps(initial: vtk.vtkAbstractTransform, fixed: Grid, workspace: Workspace) -> Steps[None]:
    if isinstance(initial, vtk.vtkTransform):
        text = linear_text(flip_matrix(array_from_matrix(initial.GetMatrix())))
    else:
        yield from displacement_field_steps(initial, fixed, workspace.initial_field)
        text = field_text(workspace.initial_field.name)
    try:
        workspace.initial_transform.write_text(text, encoding="ascii")
    except OSError as error:
        what = f"The start could not be written to {workspace.initial_transform} ({error.strerror or error})."
        raise ResultWriteError(what, "Choose another folder for temporary files.") from error
