"""Between elastix's transforms and MRML's: import of a chain, export of a transform to start from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import vtk
from slicer import (
    vtkMRMLBSplineTransformNode,
    vtkMRMLGridTransformNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLTransformNode,
    vtkOrientedBSplineTransform,
    vtkOrientedGridTransform,
)
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from ..elastix.transform_file import BSplineStep, FieldStep, LinearStep, TransformChain
from ..errors import InitialTransformError, TransformImportError
from ..grid import Grid
from ..steps import Steps, in_background, run_to_end
from .displacement_grid import displacement_grid_steps
from .frames import array_from_matrix, flip_matrix, flip_points, matrix_from_array
from .volumes import write_voxels

FloatArray = npt.NDArray[np.float64]

_SMALLEST_VOLUME_FACTOR = 1e-6


def vtk_transform_from_chain(
    chain: TransformChain, initial: vtk.vtkAbstractTransform | None = None
) -> vtk.vtkAbstractTransform:
    """Build the VTK transform that maps fixed to moving world positions in RAS.

    :param chain: what elastix wrote; neighbouring linear steps are multiplied into one.
    :param initial: stands in for the displacement field that elastix was started from, exact where the field is
        sampled.
    :returns: ``vtkTransform`` if all is linear, a single ``vtkOrientedBSplineTransform`` or
        ``vtkOrientedGridTransform``, or a ``vtkGeneralTransform`` of several.
    :raises TransformImportError: the chain has a step without a faithful counterpart.
    """
    parts: list[vtk.vtkAbstractTransform] = []
    for step in chain.steps:
        if isinstance(step, LinearStep):
            part: vtk.vtkAbstractTransform = linear_transform(flip_matrix(step.matrix_lps))
        elif isinstance(step, BSplineStep):
            part = _bspline_transform(step) if step.order == 3 else _grid_of_linear_spline(step)
        elif isinstance(step, FieldStep) and initial is not None:
            part = initial
        else:
            reason = "a displacement field" if isinstance(step, FieldStep) else step.reason
            raise TransformImportError(
                f"The result has {reason}, which no MRML transform expresses exactly.",
                "Import it as a displacement field instead.",
            )
        parts.append(part)
    return composed(parts)


def composed(parts: Sequence[vtk.vtkAbstractTransform]) -> vtk.vtkAbstractTransform:
    """Chain transforms; the first acts first. Linear neighbours become one matrix."""
    merged: list[vtk.vtkAbstractTransform] = []
    for part in [simple for given in parts for simple in simple_parts(given)]:
        if merged and isinstance(part, vtk.vtkTransform) and isinstance(merged[-1], vtk.vtkTransform):
            product = vtk.vtkMatrix4x4()
            vtk.vtkMatrix4x4.Multiply4x4(part.GetMatrix(), merged[-1].GetMatrix(), product)
            merged[-1] = vtk.vtkTransform()
            merged[-1].SetMatrix(product)
        else:
            merged.append(part)
    if not merged:
        return vtk.vtkTransform()
    if len(merged) == 1:
        return merged[0]
    general = vtk.vtkGeneralTransform()
    general.PostMultiply()
    for part in merged:
        general.Concatenate(part)
    return general


def simple_parts(transform: vtk.vtkAbstractTransform) -> list[vtk.vtkAbstractTransform]:
    """Open general transforms into the simple ones that can be saved, in the order in which they act."""
    if not isinstance(transform, vtk.vtkGeneralTransform):
        return [transform]
    transform.Update()
    count = transform.GetNumberOfConcatenatedTransforms()
    inside = [transform.GetConcatenatedTransform(index) for index in range(count)]
    return [simple for part in inside for simple in simple_parts(part)]


def as_read_from_file(transform: vtk.vtkAbstractTransform) -> vtk.vtkAbstractTransform:
    """The transform as MRML makes it from a saved file: displacement grids are interpolated with cubic splines then."""
    parts = []
    for part in simple_parts(transform):
        if isinstance(part, vtkOrientedGridTransform):
            copy = vtkOrientedGridTransform()
            copy.DeepCopy(part)
            copy.SetInterpolationModeToCubic()
            part = copy
        parts.append(part)
    return composed(parts)


def linear_transform(matrix_ras: FloatArray) -> vtk.vtkTransform:
    """A VTK transform from a matrix of shape (4, 4)."""
    transform = vtk.vtkTransform()
    transform.SetMatrix(matrix_from_array(matrix_ras))
    return transform


def node_class_for(transform: vtk.vtkAbstractTransform) -> str:
    """The MRML class whose module in Slicer shows this kind of transform best."""
    if isinstance(transform, vtk.vtkTransform):
        return "vtkMRMLLinearTransformNode"
    if isinstance(transform, vtkOrientedBSplineTransform):
        return "vtkMRMLBSplineTransformNode"
    if isinstance(transform, vtkOrientedGridTransform):
        return "vtkMRMLGridTransformNode"
    return "vtkMRMLTransformNode"


def node_can_hold(node: vtkMRMLTransformNode, transform: vtk.vtkAbstractTransform) -> bool:
    """Whether a transform fits into an existing node; a general transform node holds every kind."""
    special = (vtkMRMLLinearTransformNode, vtkMRMLBSplineTransformNode, vtkMRMLGridTransformNode)
    return not isinstance(node, special) or node.GetClassName() == node_class_for(transform)


def add_transform_node(scene: vtkMRMLScene, transform: vtk.vtkAbstractTransform, name: str) -> vtkMRMLTransformNode:
    """Add a node of the fitting class that holds the transform as *from parent* (fixed to moving)."""
    node = scene.AddNewNodeByClass(node_class_for(transform), name)
    set_transform_from_parent(node, transform)
    return node


def set_transform_from_parent(node: vtkMRMLTransformNode, transform: vtk.vtkAbstractTransform) -> None:
    """Put a transform into a node as *from parent*, the direction in which elastix maps."""
    # A general node that holds a deformation ignores SetMatrixTransformFromParent without a word.
    if isinstance(transform, vtk.vtkTransform) and isinstance(node, vtkMRMLLinearTransformNode):
        node.SetMatrixTransformFromParent(transform.GetMatrix())
    else:
        node.SetAndObserveTransformFromParent(transform)


def set_references(node: vtkMRMLTransformNode, fixed: vtkMRMLScalarVolumeNode, moving: vtkMRMLScalarVolumeNode) -> None:
    """Tell the transform node between which volumes it maps; DICOM export and others ask for it."""
    node.SetNodeReferenceID(vtkMRMLTransformNode.GetFixedNodeReferenceRole(), fixed.GetID())
    node.SetNodeReferenceID(vtkMRMLTransformNode.GetMovingNodeReferenceRole(), moving.GetID())


def is_identity(node: vtkMRMLTransformNode) -> bool:
    """Whether a transform node moves nothing, as a new one does."""
    matrix = vtk.vtkMatrix4x4()
    return bool(node.IsLinear() and node.GetMatrixTransformToParent(matrix) and matrix.IsIdentity())


def is_result_between(node: vtkMRMLTransformNode, volumes: Sequence[vtkMRMLScalarVolumeNode | None]) -> bool:
    """Whether a transform node says of itself that it is the result of a registration of these volumes."""
    roles = (vtkMRMLTransformNode.GetFixedNodeReferenceRole(), vtkMRMLTransformNode.GetMovingNodeReferenceRole())
    named = [node.GetNodeReference(role) for role in roles]
    return None not in named and all(one in volumes for one in named)


def transform_from_parent(node: vtkMRMLTransformNode) -> vtk.vtkAbstractTransform:
    """The transform to start from that a node holds, as a copy: fixed to moving, its own parents included.

    :raises InitialTransformError: the node holds no transform, or one that flattens space.
    """
    return run_to_end(transform_from_parent_steps(node))


def transform_from_parent_steps(node: vtkMRMLTransformNode) -> Steps[vtk.vtkAbstractTransform]:
    """:func:`transform_from_parent` in pieces of about 30 ms; the node is read at the first of them.

    :raises InitialTransformError: the node holds no transform, or one that flattens space.
    """
    if node.GetTransformFromParent() is None:
        raise InitialTransformError("The initial transform is empty.", "Choose another one, or start from none.")
    # Looked at in the parts themselves: the node hands out identity for a matrix that it cannot invert.
    if any(_is_degenerate(part) for part in simple_parts(node.GetTransformFromParent())):
        raise InitialTransformError(
            "The initial transform flattens the volume or holds numbers that are not finite.",
            "Choose another one, or start from the centres of the volumes.",
        )
    if node.IsTransformToWorldLinear():
        matrix = vtk.vtkMatrix4x4()
        node.GetMatrixTransformFromWorld(matrix)
        linear = vtk.vtkTransform()
        linear.SetMatrix(matrix)
        return linear
    general = vtk.vtkGeneralTransform()
    node.GetTransformFromWorld(general)
    copies = [_copied(part) for part in simple_parts(general)]
    for copy in copies:
        if isinstance(copy, vtkOrientedGridTransform):
            yield from _own_grid_steps(copy)
    return composed(copies)


def _is_degenerate(part: vtk.vtkAbstractTransform) -> bool:
    if not isinstance(part, vtk.vtkLinearTransform):
        return False
    matrix = array_from_matrix(part.GetMatrix())
    return not np.isfinite(matrix).all() or abs(float(np.linalg.det(matrix[:3, :3]))) < _SMALLEST_VOLUME_FACTOR


def _copied(part: vtk.vtkAbstractTransform) -> vtk.vtkAbstractTransform:
    """A copy of a simple transform that shares nothing with it but a displacement grid."""
    if isinstance(part, vtk.vtkTransform):
        return linear_transform(array_from_matrix(part.GetMatrix()))
    part.Update()  # before, an inverse does not know that it is one
    copy = part.NewInstance()
    if isinstance(part, vtkOrientedGridTransform):
        copy.DeepCopy(part)
    else:
        vtkMRMLTransformNode.DeepCopyTransform(copy, part)
    return copy


def _own_grid_steps(copy: vtkOrientedGridTransform) -> Steps[None]:
    """Give a copy displacements of its own; there may be as many as a volume has voxels."""
    shared, own = copy.GetDisplacementGrid(), vtk.vtkImageData()
    own.CopyStructure(shared)
    own.AllocateScalars(shared.GetScalarType(), 3)
    source, target = (vtk_to_numpy(image.GetPointData().GetScalars()) for image in (shared, own))
    yield from in_background(lambda: np.copyto(target, source))
    copy.SetDisplacementGridData(own)


def write_displacement_field(transform: vtk.vtkAbstractTransform, grid: Grid, path: Path) -> None:
    """Sample a transform on a grid and write it as the LPS vector image that elastix starts from."""
    run_to_end(displacement_field_steps(transform, grid, path))


def displacement_field_steps(transform: vtk.vtkAbstractTransform, grid: Grid, path: Path) -> Steps[None]:
    """:func:`write_displacement_field` in pieces of about 30 ms; the transform must not change meanwhile."""
    sampled = yield from displacement_grid_steps(transform, grid)
    vectors: npt.NDArray[np.float32] = vtk_to_numpy(sampled.GetDisplacementGrid().GetPointData().GetScalars())

    def write() -> None:
        vectors[:, :2] *= -1.0  # RAS to LPS
        write_voxels(vectors, grid, path)

    yield from in_background(write)


def grid_transform(displacements_ras: FloatArray, grid: Grid) -> vtkOrientedGridTransform:
    """A grid transform with linear interpolation.

    :param displacements_ras: shape (slices, rows, columns, 3), RAS millimetres at the grid's points.
    """
    spacing = grid.spacing_mm
    image = vtk.vtkImageData()
    image.SetDimensions(*grid.dimensions)
    image.SetSpacing(*spacing)
    image.SetOrigin(*grid.ijk_to_world[:3, 3])
    vectors = np.ascontiguousarray(displacements_ras, dtype=np.float64).reshape(-1, 3)
    image.GetPointData().SetScalars(numpy_to_vtk(vectors, deep=True))
    transform = vtkOrientedGridTransform()
    transform.SetDisplacementGridData(image)
    transform.SetGridDirectionMatrix(_direction_matrix(grid.ijk_to_world[:3, :3] / spacing))
    transform.SetInterpolationModeToLinear()
    return transform


def _bspline_transform(step: BSplineStep) -> vtkOrientedBSplineTransform:
    image = vtk.vtkImageData()
    image.SetDimensions(*step.coefficients_lps.shape[2::-1])
    image.SetSpacing(*step.spacing_mm)
    image.SetOrigin(*flip_points(step.origin_lps))
    vectors = np.ascontiguousarray(flip_points(step.coefficients_lps)).reshape(-1, 3)
    image.GetPointData().SetScalars(numpy_to_vtk(vectors, deep=True))
    transform = vtkOrientedBSplineTransform()
    transform.SetCoefficientData(image)
    transform.SetGridDirectionMatrix(_direction_matrix(_ras_axes(step)))
    transform.SetBorderModeToZero()
    return transform


def _grid_of_linear_spline(step: BSplineStep) -> vtkOrientedGridTransform:
    """A spline of order 1 interpolates its coefficients linearly: it is a displacement grid, exactly."""
    ijk_to_world = np.eye(4)
    ijk_to_world[:3, :3] = _ras_axes(step) * step.spacing_mm
    ijk_to_world[:3, 3] = flip_points(step.origin_lps)
    dimensions = step.coefficients_lps.shape[2::-1]
    grid = Grid((dimensions[0], dimensions[1], dimensions[2]), ijk_to_world)
    return grid_transform(flip_points(step.coefficients_lps), grid)


def _ras_axes(step: BSplineStep) -> FloatArray:
    return flip_points(step.direction_lps.T).T


def _direction_matrix(axes: FloatArray) -> vtk.vtkMatrix4x4:
    matrix = np.eye(4)
    matrix[:3, :3] = axes
    return matrix_from_array(matrix)
