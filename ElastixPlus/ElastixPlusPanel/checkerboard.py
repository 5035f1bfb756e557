"""A volume in which squares of the fixed and of the moving volume alternate, for the slice views only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from slicer.i18n import tr as _

from ElastixPlusLib.mrml.resampling import resampling_steps
from ElastixPlusLib.mrml.volumes import VolumeInScene, image_of_voxels, volume_in_scene, voxel_array
from ElastixPlusLib.steps import Steps, in_background

GreyValues = tuple[float, float]
Voxels = npt.NDArray[np.generic]

SQUARES = 8  # along the longest edge of the fixed volume
DARKEST_AND_BRIGHTEST_PERCENT = (0.5, 99.5)  # where nothing says which grey values are shown
MOST_VALUES = 1_000_000
BLACK, WHITE = 0, 255


def checkerboard_steps(fixed_node: Any, moving_node: Any) -> Steps[vtk.vtkImageData]:
    """Resample the moving volume, as it lies now, on the fixed one's voxels and mix them; the scene stays untouched.

    Each volume has the contrast that it is shown with, since the modalities may differ.

    :returns: grey values from 0 to 255 on the voxels of the fixed volume.
    """
    fixed, moving = volume_in_scene(fixed_node), volume_in_scene(moving_node)
    windows = shown_grey_values(fixed_node), shown_grey_values(moving_node)
    moving_voxels = voxel_array(moving.image)
    darkest = yield from in_background(lambda: float(moving_voxels.min()))
    resampled = yield from resampling_steps(
        moving.image,
        moving.grid.ijk_to_world,
        _own_to_own(fixed, moving),
        fixed.grid.dimensions,
        fixed.grid.ijk_to_world,
        background=darkest,
    )
    voxels, spacing_mm = (voxel_array(fixed.image), voxel_array(resampled)), tuple(fixed.grid.spacing_mm)
    return image_of_voxels((yield from in_background(lambda: mixed_squares(*voxels, *windows, spacing_mm))))


def _own_to_own(fixed: VolumeInScene, moving: VolumeInScene) -> vtk.vtkAbstractTransform | None:
    """From the fixed volume's own coordinates over the world to the moving one's; None where they are the same."""
    if fixed.to_world is None and moving.to_world is None:
        return None
    path = vtk.vtkGeneralTransform()
    path.PostMultiply()
    if fixed.to_world is not None:
        path.Concatenate(fixed.to_world)
    if moving.to_world is not None:
        path.Concatenate(moving.to_world.GetInverse())
    return path


def shown_grey_values(volume: Any) -> GreyValues | None:
    """The grey values that a volume shows black and white; None if it was never shown."""
    display = volume.GetDisplayNode()
    if not isinstance(display, slicer.vtkMRMLScalarVolumeDisplayNode):
        return None
    lowest, highest = display.GetWindowLevelMin(), display.GetWindowLevelMax()
    return (lowest, highest) if lowest < highest else None


def mixed_squares(
    fixed: Voxels,
    moving: Voxels,
    fixed_window: GreyValues | None,
    moving_window: GreyValues | None,
    spacing_mm: tuple[float, ...],
) -> npt.NDArray[np.uint8]:
    """Cubes of both volumes in turn; the first one, at index 0, is fixed.

    :param fixed: shape (slices, rows, columns); ``moving`` likewise, on the same voxels.
    :param fixed_window: grey values that become black and white; None takes nearly all; ``moving_window`` likewise.
    :param spacing_mm: along i, j, k.

    >>> squares = mixed_squares(np.full((1, 1, 16), 9), np.zeros((1, 1, 16)), (0, 9), (0, 9), (1.0, 1.0, 1.0))
    >>> squares[0, 0].tolist() == [255, 255, 0, 0] * 4
    True
    """
    edges_mm = np.array(fixed.shape[::-1]) * spacing_mm
    side_mm = edges_mm.max() / SQUARES
    numbers = [
        np.floor((np.arange(count) + 0.5) * step_mm / side_mm).astype(int)
        for count, step_mm in zip(fixed.shape[::-1], spacing_mm, strict=True)
    ]
    in_plane = (numbers[1][:, None] + numbers[0][None, :]) % 2 == 0
    windows = fixed_window or nearly_all(fixed), moving_window or nearly_all(moving)
    mixed = np.empty(fixed.shape, np.uint8)
    for k, number in enumerate(numbers[2]):
        shows_fixed = in_plane if number % 2 == 0 else ~in_plane
        mixed[k] = np.where(shows_fixed, grey_bytes(fixed[k], windows[0]), grey_bytes(moving[k], windows[1]))
    return mixed


def grey_bytes(values: Voxels, window: GreyValues) -> npt.NDArray[np.uint8]:
    """Grey values as they are shown.

    >>> grey_bytes(np.array([-5, 0, 50, 100, 900]), (0, 100)).tolist()
    [0, 0, 127, 255, 255]
    """
    lowest, highest = window
    scaled = (values.astype(np.float32) - lowest) * (WHITE / (highest - lowest))
    return np.clip(scaled, BLACK, WHITE).astype(np.uint8)


def nearly_all(voxels: Voxels) -> GreyValues:
    """Between which values nearly all voxels lie; never the same twice."""
    values = voxels.reshape(-1)[:: max(voxels.size // MOST_VALUES, 1)]
    lowest, highest = (float(value) for value in np.percentile(values, DARKEST_AND_BRIGHTEST_PERCENT))
    return lowest, max(highest, lowest + 1.0)


def add_checkerboard(fixed: Any, image: vtk.vtkImageData) -> Any:
    """Add a volume node that no list shows and no scene file keeps, at the place of the fixed volume."""
    scene = fixed.GetScene()
    node = hidden(slicer.vtkMRMLScalarVolumeNode())
    node.SetName(_("ElastixPlus checkerboard"))
    scene.AddNode(node)
    node.CopyOrientation(fixed)
    node.SetAndObserveTransformNodeID(fixed.GetTransformNodeID())
    node.SetAndObserveImageData(image)
    display = scene.AddNode(hidden(slicer.vtkMRMLScalarVolumeDisplayNode()))
    display.SetDefaultColorMap()
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(BLACK, WHITE)
    node.SetAndObserveDisplayNodeID(display.GetID())
    return node


def hidden(node: Any) -> Any:
    """A node that is neither listed nor saved."""
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    return node


def remove_checkerboard(node: Any) -> None:
    """Remove what :func:`add_checkerboard` has added."""
    scene = node.GetScene()
    if scene is None:
        return
    if node.GetDisplayNode() is not None:
        scene.RemoveNode(node.GetDisplayNode())
    scene.RemoveNode(node)
