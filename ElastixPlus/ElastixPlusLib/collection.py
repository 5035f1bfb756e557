"""Bring what elastix left in the run folder back: first everything is read and computed, then the scene changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import vtk
from slicer import (
    vtkMRMLNode,
    vtkMRMLScalarVolumeDisplayNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLTransformNode,
    vtkOrientedGridTransform,
)

from .accuracy.landmark_errors import LandmarkReport, landmark_report
from .checking.checked_request import CheckedRequest
from .elastix.point_file import read_mapped_points, write_point_file
from .elastix.transform_file import TransformChain
from .elastix.workspace import Workspace
from .errors import InputError, ResultError, TransformImportError
from .grid import Grid
from .mrml.displacement_file import displacement_file_steps
from .mrml.displacement_grid import displacement_grid_steps
from .mrml.frames import flip_points, matrix_from_array, transformed_points, transformed_points_steps
from .mrml.resampling import resampling_steps
from .mrml.transforms import (
    add_transform_node,
    as_read_from_file,
    is_result_between,
    node_can_hold,
    set_references,
    set_transform_from_parent,
    simple_parts,
    vtk_transform_from_chain,
)
from .steps import Steps, in_background

FloatArray = npt.NDArray[np.float64]

_PROBE_COUNT = 10_000
_PROBE_SEED = 20260101


OutputNode = TypeVar("OutputNode", bound=vtkMRMLNode)


@dataclass(frozen=True)
class CollectedResult:
    """Everything that will go into the scene, complete, while the scene is still as it was."""

    transform: vtk.vtkAbstractTransform
    volume: vtk.vtkImageData | None
    landmarks: LandmarkReport
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class AddedNodes:
    """The nodes that hold the result."""

    transform: vtkMRMLTransformNode
    volume: vtkMRMLScalarVolumeNode | None
    warnings: tuple[str, ...]


def collect_steps(
    checked: CheckedRequest, chain: TransformChain, workspace: Workspace, field: Path | None = None
) -> Steps[CollectedResult]:
    """Turn elastix's transform into a VTK transform, resample and measure, in pieces of about 30 ms.

    :param chain: what elastix wrote.
    :param field: the displacement field that stands in for a chain that cannot be expressed.
    :raises ResultError: something is missing or does not fit together.
    :raises InputError: a volume has left the scene meanwhile.
    """
    require_volumes(checked)
    warnings: tuple[str, ...] = ()
    if field is not None:
        transform: vtk.vtkAbstractTransform = yield from displacement_file_steps(field)
        warnings += ((yield from _field_warning_steps(checked, chain, transform, workspace)),)
    else:
        transform = vtk_transform_from_chain(chain, checked.initial)
    return (yield from finished_steps(checked, transform, warnings))


def finished_steps(
    checked: CheckedRequest, transform: vtk.vtkAbstractTransform, warnings: tuple[str, ...] = ()
) -> Steps[CollectedResult]:
    """Complete a result around its transform: resample and measure, in pieces of about 30 ms.

    :param transform: maps fixed to moving positions in world RAS.
    :param warnings: what is already known of it.
    :raises ResultError: the output node cannot hold it.
    """
    fixed = checked.fixed.grid
    if checked.request.transform_kind == "grid":
        transform = yield from displacement_grid_steps(transform, fixed)
    _check_output_node(checked, transform)
    warnings += yield from _saving_warning_steps(transform, fixed)
    volume = None
    if checked.request.output_volume is not None:
        volume = yield from _volume_steps(checked, transform)
    return CollectedResult(transform, volume, _measure(checked, transform), warnings)


def _check_output_node(checked: CheckedRequest, transform: vtk.vtkAbstractTransform) -> None:
    node, volumes = checked.request.output_transform, (checked.request.fixed, checked.request.moving)
    if node is None or node.GetScene() is not checked.scene or is_result_between(node, volumes):
        return
    if not node_can_hold(node, transform):
        raise ResultError(
            f"The output transform node {node.GetName()} cannot hold this kind of transform.",
            "Choose a general transform node and run again.",
        )


def _volume_steps(checked: CheckedRequest, transform: vtk.vtkAbstractTransform) -> Steps[vtk.vtkImageData]:
    """The moving volume on the grid of the fixed one."""
    moving, fixed, voxels = checked.moving, checked.fixed.grid, checked.moving.voxels
    return (
        yield from resampling_steps(
            moving.image,
            moving.grid.ijk_to_world,
            transform,
            fixed.dimensions,
            fixed.ijk_to_world,
            background=(yield from in_background(lambda: float(voxels.min()))),
            nearest=bool(checked.request.moving.IsA("vtkMRMLLabelMapVolumeNode")),
        )
    )


def require_volumes(checked: CheckedRequest) -> None:
    """Make sure that the volumes are still in the scene, which the result refers to.

    :raises InputError: one of them, or all nodes together, were removed.
    """
    for role, node in (("fixed", checked.request.fixed), ("moving", checked.request.moving)):
        if node.GetScene() is not checked.scene:
            raise InputError(
                f"The {role} volume was removed from the scene during the registration.",
                "Keep both volumes in the scene until the registration is done, and run again.",
            )


def probe_points(fixed: Grid) -> FloatArray:
    """Random places inside the fixed volume at which a displacement field is held against transformix.

    :returns: shape (n, 3), world RAS millimetres; the same for every call.
    """
    random = np.random.default_rng(_PROBE_SEED)
    return fixed.positions_ras(random.uniform(0.0, np.array(fixed.dimensions) - 1.0, (_PROBE_COUNT, 3)))


def write_probe_points(checked: CheckedRequest, workspace: Workspace) -> None:
    """Write the probe points where transformix will read them."""
    write_point_file(workspace.probe_points, flip_points(probe_points(checked.fixed.grid)))


def add_to_scene(checked: CheckedRequest, collected: CollectedResult) -> AddedNodes:
    """Put the result into nodes: the ones that the request names, or new ones.

    :raises InputError: a volume has left the scene meanwhile; then nothing is changed.
    """
    require_volumes(checked)
    request, scene = checked.request, checked.scene
    name = f"{request.moving.GetName()} to {request.fixed.GetName()}"
    warnings: list[str] = []
    node = _still_there(scene, request.output_transform, "transform", warnings)
    if node is not None and not node_can_hold(node, collected.transform):  # one of an earlier run, of another kind
        warnings.append(f"{node.GetName()} cannot hold this kind of transform, so a new transform was made.")
        node = None
    if node is None:
        node = add_transform_node(scene, collected.transform, scene.GenerateUniqueName(name))
    else:
        node.SetAndObserveTransformNodeID(None)  # the result maps between world positions
        set_transform_from_parent(node, collected.transform)
    set_references(node, request.fixed, request.moving)
    volume = _add_volume(checked, collected.volume, name, warnings)
    return AddedNodes(node, volume, tuple(warnings))


def _still_there(scene: vtkMRMLScene, node: OutputNode | None, what: str, warnings: list[str]) -> OutputNode | None:
    """An output node, if it is still in the scene."""
    if node is None or node.GetScene() is scene:
        return node
    warnings.append(
        f"The output {what} {node.GetName()} was removed from the scene during the registration; a new one was made."
    )
    return None


def _add_volume(
    checked: CheckedRequest, image: vtk.vtkImageData | None, name: str, warnings: list[str]
) -> vtkMRMLScalarVolumeNode | None:
    if image is None:
        return None
    moving, wanted, scene = checked.request.moving, checked.request.output_volume, checked.scene
    node = _still_there(scene, None if wanted is True else wanted, "volume", warnings)
    if node is None:
        node = scene.AddNewNodeByClass(moving.GetClassName(), scene.GenerateUniqueName(name))
    node.SetAndObserveTransformNodeID(None)
    node.SetIJKToRASMatrix(matrix_from_array(checked.fixed.grid.ijk_to_world))
    _copy_display(moving, node)
    node.SetAndObserveImageData(image)
    return node


def _copy_display(source: vtkMRMLScalarVolumeNode, target: vtkMRMLScalarVolumeNode) -> None:
    """Show the output with the window, level and colours of the moving volume."""
    if source.GetDisplayNode() is None:
        return
    if target.GetDisplayNode() is None:
        target.CreateDefaultDisplayNodes()
    if target.GetDisplayNode() is not None:
        target.GetDisplayNode().CopyContent(source.GetDisplayNode())
        if isinstance(target.GetDisplayNode(), vtkMRMLScalarVolumeDisplayNode):
            target.GetDisplayNode().SetAutoWindowLevel(False)  # the values just copied stay, and none are looked for


def _measure(checked: CheckedRequest, transform: vtk.vtkAbstractTransform) -> LandmarkReport:
    pairs = checked.pairs
    if pairs is None:
        return LandmarkReport()
    mapped = transformed_points(transform, pairs.fixed_ras)
    return landmark_report(pairs.labels, pairs.drives, pairs.fixed_ras, mapped, pairs.moving_ras)


def _saving_warning_steps(transform: vtk.vtkAbstractTransform, fixed: Grid) -> Steps[tuple[str, ...]]:
    """Say how far a displacement grid will be off once it comes back from a file, which MRML cannot prevent."""
    if not any(isinstance(part, vtkOrientedGridTransform) for part in simple_parts(transform)):
        return ()
    probes = probe_points(fixed)
    now = yield from transformed_points_steps(transform, probes)
    later = yield from transformed_points_steps(as_read_from_file(transform), probes)
    largest_mm = float(np.linalg.norm(later - now, axis=1).max())
    return (
        "The transform has a displacement grid, which is interpolated linearly now; 3D Slicer interpolates such a grid "
        f"with cubic splines once it has been saved and loaded again, which moves places by up to {largest_mm:.3f} mm.",
    )


def _field_warning_steps(
    checked: CheckedRequest, chain: TransformChain, transform: vtk.vtkAbstractTransform, workspace: Workspace
) -> Steps[str]:
    """Say why the result is a displacement field and how far it is from what transformix computes."""
    probes = probe_points(checked.fixed.grid)
    expected = flip_points((yield from in_background(lambda: read_mapped_points(workspace.mapped_probe_points))))
    if len(expected) != len(probes):
        raise TransformImportError(
            f"Transformix mapped {len(expected)} of {len(probes)} points.", "Run again and keep the run folder."
        )
    found = yield from transformed_points_steps(transform, probes)
    largest_mm = float(np.linalg.norm(found - expected, axis=1).max())
    reasons = " and ".join(step.reason for step in chain.unsupported)
    return (
        f"The result has {reasons}, which no MRML transform expresses exactly; it was imported as a displacement field "
        f"with an error of at most {largest_mm:.4f} mm at {len(probes)} points."
    )
