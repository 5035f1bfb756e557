"""Whether the nodes that a request names for its results can take them."""

from __future__ import annotations

from collections.abc import Sequence

import vtk
from slicer import vtkMRMLTransformableNode, vtkMRMLTransformNode

from ..elastix.parameter_file import ParameterFile
from ..errors import InputError
from ..mrml.transforms import is_identity, is_result_between
from ..request import RegistrationRequest

_LINEAR_KINDS = ("TranslationTransform", "EulerTransform", "SimilarityTransform", "AffineTransform")
_SPLINE_KINDS = ("BSplineTransform", "RecursiveBSplineTransform")
_LINEAR_FITS = ("rigid", "similarity", "affine")


def check_output_nodes(
    request: RegistrationRequest,
    parameter_files: Sequence[ParameterFile],
    initial: vtk.vtkAbstractTransform | None,
    landmark_fit: str,
) -> None:
    """Refuse outputs that are inputs, that move an input, or that cannot hold what this run makes.

    :param initial: where the run starts; None for as loaded.
    :param landmark_fit: kind of fit of the landmarks alone; empty for a run of elastix.
    :raises InputError: with the name of the node.
    """
    node = request.output_transform
    inputs = [request.fixed, request.moving, request.fixed_mask, request.moving_mask, request.initial]
    inputs += [request.fixed_landmarks, request.moving_landmarks, request.fixed_exclude, request.moving_exclude]
    inputs += [*request.further_fixed, *request.further_moving]
    if any(output is not None and output in inputs for output in (node, request.output_volume)):
        raise InputError("An output is the same as an input.", "Choose another output; inputs are never changed.")
    if node is None or is_result_between(node, (request.fixed, request.moving)):
        return  # of an earlier run: what lies under it is taken as if it did not
    expected = _expected_node_class(request, parameter_files, initial, landmark_fit)
    if node.GetClassName() not in ("vtkMRMLTransformNode", expected):
        raise InputError(
            f"The output transform node {node.GetName()} cannot hold the kind of transform that this run makes.",
            "Choose a general transform node, or let a new one be made.",
        )
    if any(isinstance(one, vtkMRMLTransformableNode) and _is_moved_by(node, one) for one in inputs):
        raise InputError(
            f"The output transform node {node.GetName()} already moves an input and is no result of these volumes.",
            "Choose another output transform, or let a new one be made.",
        )


def _is_moved_by(transform: vtkMRMLTransformNode, node: vtkMRMLTransformableNode) -> bool:
    """Whether a transform is above a node; one that does nothing does not count."""
    parent = node.GetParentTransformNode()
    is_above = parent is not None and (parent is transform or bool(parent.IsTransformNodeMyParent(transform)))
    return is_above and not is_identity(transform)


def _expected_node_class(
    request: RegistrationRequest,
    parameter_files: Sequence[ParameterFile],
    initial: vtk.vtkAbstractTransform | None,
    landmark_fit: str,
) -> str:
    """The class of transform node that fits, as far as it can be known before the run."""
    if request.transform_kind == "grid":
        return "vtkMRMLGridTransformNode"
    if landmark_fit:
        return "vtkMRMLLinearTransformNode" if landmark_fit in _LINEAR_FITS else "vtkMRMLTransformNode"
    if initial is not None and not isinstance(initial, vtk.vtkTransform):
        return "vtkMRMLTransformNode"
    kinds = [file.first("Transform", "") for file in parameter_files]
    if all(kind in _LINEAR_KINDS for kind in kinds):
        return "vtkMRMLLinearTransformNode"
    if len(kinds) > 1 or initial is not None or kinds[0] not in _SPLINE_KINDS:
        return "vtkMRMLTransformNode"
    order = parameter_files[0].first("BSplineTransformSplineOrder", "3")
    return "vtkMRMLBSplineTransformNode" if order == "3" else "vtkMRMLGridTransformNode"
