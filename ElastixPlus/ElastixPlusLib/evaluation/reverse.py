"""Run a registration the other way round, for a look at how consistent the two ways are."""

from __future__ import annotations

from dataclasses import replace

import vtk
from slicer import vtkMRMLMarkupsNode, vtkMRMLTransformNode

from ..guidance.landmark_pairing import LandmarkList, is_by_order
from ..mrml.landmarks import control_points
from ..mrml.transforms import transform_from_parent_steps
from ..request import RegistrationRequest, Start
from ..steps import Steps, run_to_end
from .trials import TrialSteps, trials_steps, working


def backward_steps(request: RegistrationRequest) -> TrialSteps[vtk.vtkAbstractTransform]:
    """Run a request with fixed and moving exchanged, in steps as :func:`.trials.trials_steps` takes them.

    :returns: maps moving to fixed positions in world RAS.
    :raises ElastixPlusError: the request cannot run the other way round; the message calls the moving volume fixed.
    """
    backward = yield from working(reverse_request_steps(request))
    (trial,) = yield from trials_steps([backward], at_once=1, names=["With fixed and moving exchanged"])
    return trial.transform


def reverse_request(request: RegistrationRequest) -> RegistrationRequest:
    """The same registration with fixed and moving exchanged: volumes, landmarks, masks, exclusions and the start.

    A start from a transform node becomes the inverse of that transform, in a node that is in no scene. There is no
    output volume.

    :raises InitialTransformError: the transform to start from cannot be used.
    """
    return run_to_end(reverse_request_steps(request))


def reverse_request_steps(request: RegistrationRequest) -> Steps[RegistrationRequest]:
    """:func:`reverse_request` in pieces of about 30 ms."""
    initial = request.initial
    return replace(
        request,
        fixed=request.moving,
        moving=request.fixed,
        further_fixed=request.further_moving,
        further_moving=request.further_fixed,
        fixed_landmarks=request.moving_landmarks,
        moving_landmarks=request.fixed_landmarks,
        check_labels=_labels_of_moving_list(request),
        fixed_mask=request.moving_mask,
        moving_mask=request.fixed_mask,
        fixed_mask_segments=request.moving_mask_segments,
        moving_mask_segments=request.fixed_mask_segments,
        fixed_exclude=request.moving_exclude,
        moving_exclude=request.fixed_exclude,
        fixed_exclude_segments=request.moving_exclude_segments,
        moving_exclude_segments=request.fixed_exclude_segments,
        initial=(yield from _inverse_start_steps(initial)) if isinstance(initial, vtkMRMLTransformNode) else initial,
        output_volume=None,
    )


def _inverse_start_steps(node: vtkMRMLTransformNode) -> Steps[Start | vtkMRMLTransformNode]:
    inverse = vtkMRMLTransformNode()
    inverse.SetName(f"Inverse of {node.GetName()}")
    inverse.SetAndObserveTransformToParent((yield from transform_from_parent_steps(node)))
    return inverse


def _labels_of_moving_list(request: RegistrationRequest) -> tuple[str, ...]:
    """The check labels as the moving list has them: others than in the fixed one where pairs are made by order."""
    nodes = request.fixed_landmarks, request.moving_landmarks
    if isinstance(request.check_labels, str) or not all(isinstance(node, vtkMRMLMarkupsNode) for node in nodes):
        return request.check_labels  # the check says what is wrong
    fixed, moving = (LandmarkList(*control_points(node)) for node in nodes if node is not None)
    if not is_by_order(fixed, moving):
        return request.check_labels
    shown = [[label or str(index + 1) for index, label in enumerate(one.labels)] for one in (fixed, moving)]
    partner = dict(zip(*shown, strict=False))  # the check says if the lists differ in length
    return tuple(partner.get(label, label) for label in request.check_labels)
