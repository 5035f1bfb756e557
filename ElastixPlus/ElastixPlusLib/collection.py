"""Bring what elastix left in the run folder back: first everything is read and computed, then the scene changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLTransformNode, vtkOrientedGridTransform

from .accuracy.landmark_errors import LandmarkReport, landmark_report
from .elastix.point_file import read_mapped_points, write_point_file
from .elastix.transform_file import TransformChain
from .elastix.workspace import Workspace
from .errors import ResultError, TransformImportError
from .mrml.files import read_transform
from .mrml.frames import flip_points, matrix_from_array, transformed_points
from .mrml.resampling import resampled_image
from .mrml.transforms import (
    add_transform_node,
    as_read_from_file,
    node_can_hold,
    set_references,
    set_transform_from_parent,
    simple_parts,
    vtk_transform_from_chain,
)
from .mrml.volumes import Grid
from .preparation import CheckedRequest

FloatArray = npt.NDArray[np.float64]

_PROBE_COUNT = 10_000
_PROBE_SEED = 20260101


@dataclass(frozen=True)
class CollectedResult:
    """Everything that will go into the scene, complete, while the scene is still as it was."""

    transform: vtk.vtkAbstractTransform
    volume: vtk.vtkImageData | None
    landmarks: LandmarkReport
    warnings: tuple[str, ...]


def collect_result(
    checked: CheckedRequest, chain: TransformChain, workspace: Workspace, field: Path | None = None
) -> CollectedResult:
    """Turn elastix's transform into a VTK transform, resample and measure.

    :param chain: what elastix wrote.
    :param field: the displacement field that stands in for a chain that cannot be expressed.
    :raises ResultError: something is missing or does not fit together.
    """
    if field is not None:
        transform = transform_from_field(field)
        warnings: tuple[str, ...] = (_field_warning(checked, chain, transform, workspace),)
    else:
        transform, warnings = vtk_transform_from_chain(chain, checked.initial), ()
    warnings += _saving_warning(transform, checked.fixed.grid)
    volume = None
    if checked.request.output_volume is not None:
        is_labelmap = checked.request.moving.IsA("vtkMRMLLabelMapVolumeNode")
        volume = resampled_image(
            checked.moving.image,
            checked.moving.grid.ijk_to_world,
            transform,
            checked.fixed.grid.dimensions,
            checked.fixed.grid.ijk_to_world,
            checked.moving.lowest_value,
            nearest=bool(is_labelmap),
        )
    return CollectedResult(transform, volume, _measure(checked, transform), warnings)


def probe_points(fixed: Grid) -> FloatArray:
    """Random places inside the fixed volume at which a displacement field is held against transformix.

    :returns: shape (n, 3), world RAS millimetres; the same for every call.
    """
    random = np.random.default_rng(_PROBE_SEED)
    return fixed.positions_ras(random.uniform(0.0, np.array(fixed.dimensions) - 1.0, (_PROBE_COUNT, 3)))


def write_probe_points(checked: CheckedRequest, workspace: Workspace) -> None:
    """Write the probe points where transformix will read them."""
    write_point_file(workspace.probe_points, flip_points(probe_points(checked.fixed.grid)))


def transform_from_field(path: Path) -> vtk.vtkAbstractTransform:
    """Read a displacement field that transformix wrote.

    :raises ResultError: it is missing or damaged.
    """
    if not path.is_file():
        raise ResultError("Transformix left no displacement field.", "Run again and keep the run folder.")
    return read_transform(vtkMRMLScene(), path).GetTransformFromParent()


def add_to_scene(
    checked: CheckedRequest, collected: CollectedResult
) -> tuple[vtkMRMLTransformNode, vtkMRMLScalarVolumeNode | None]:
    """Put the result into nodes: the ones that the request names, or new ones."""
    request = checked.request
    scene = request.fixed.GetScene()
    name = f"{request.moving.GetName()} to {request.fixed.GetName()}"
    node = request.output_transform
    if node is None:
        node = add_transform_node(scene, collected.transform, scene.GenerateUniqueName(name))
    elif not node_can_hold(node, collected.transform):
        raise ResultError(
            f"The output transform node {node.GetName()} cannot hold this kind of transform.",
            "Choose a general transform node and run again.",
        )
    else:
        node.SetAndObserveTransformNodeID(None)  # the result maps between world positions
        set_transform_from_parent(node, collected.transform)
    set_references(node, request.fixed, request.moving)
    return node, _add_volume(scene, checked, collected.volume, name)


def _add_volume(
    scene: vtkMRMLScene, checked: CheckedRequest, image: vtk.vtkImageData | None, name: str
) -> vtkMRMLScalarVolumeNode | None:
    if image is None:
        return None
    moving, node = checked.request.moving, checked.request.output_volume
    if node is True or node is None:
        node = scene.AddNewNodeByClass(moving.GetClassName(), scene.GenerateUniqueName(name))
    node.SetAndObserveTransformNodeID(None)
    node.SetIJKToRASMatrix(matrix_from_array(checked.fixed.grid.ijk_to_world))
    node.SetAndObserveImageData(image)
    _copy_display(moving, node)
    return node


def _copy_display(source: vtkMRMLScalarVolumeNode, target: vtkMRMLScalarVolumeNode) -> None:
    """Show the output with the window, level and colours of the moving volume."""
    if source.GetDisplayNode() is None:
        return
    if target.GetDisplayNode() is None:
        target.CreateDefaultDisplayNodes()
    if target.GetDisplayNode() is not None:
        target.GetDisplayNode().CopyContent(source.GetDisplayNode())


def _measure(checked: CheckedRequest, transform: vtk.vtkAbstractTransform) -> LandmarkReport:
    pairs = checked.pairs
    if pairs is None:
        return LandmarkReport()
    mapped = transformed_points(transform, pairs.fixed_ras)
    return landmark_report(pairs.labels, pairs.drives, pairs.fixed_ras, mapped, pairs.moving_ras)


def _saving_warning(transform: vtk.vtkAbstractTransform, fixed: Grid) -> tuple[str, ...]:
    """Say how far a displacement grid will be off once it comes back from a file, which MRML cannot prevent."""
    if not any(isinstance(part, vtkOrientedGridTransform) for part in simple_parts(transform)):
        return ()
    probes = probe_points(fixed)
    moved = transformed_points(as_read_from_file(transform), probes) - transformed_points(transform, probes)
    largest_mm = float(np.linalg.norm(moved, axis=1).max())
    return (
        "The transform has a displacement grid, which is interpolated linearly now; 3D Slicer interpolates such a grid "
        f"with cubic splines once it has been saved and loaded again, which moves places by up to {largest_mm:.3f} mm.",
    )


def _field_warning(
    checked: CheckedRequest, chain: TransformChain, transform: vtk.vtkAbstractTransform, workspace: Workspace
) -> str:
    """Say why the result is a displacement field and how far it is from what transformix computes."""
    probes = probe_points(checked.fixed.grid)
    expected = flip_points(read_mapped_points(workspace.mapped_probe_points))
    if len(expected) != len(probes):
        raise TransformImportError(
            f"Transformix mapped {len(expected)} of {len(probes)} points.", "Run again and keep the run folder."
        )
    largest_mm = float(np.linalg.norm(transformed_points(transform, probes) - expected, axis=1).max())
    reasons = " and ".join(step.reason for step in chain.unsupported)
    return (
        f"The result has {reasons}, which no MRML transform expresses exactly; it was imported as a displacement field "
        f"with an error of at most {largest_mm:.4f} mm at {len(probes)} points."
    )
