"""What is to be evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..request import RegistrationRequest

if TYPE_CHECKING:
    from slicer import (
        vtkMRMLMarkupsNode,
        vtkMRMLScalarVolumeNode,
        vtkMRMLSegmentationNode,
        vtkMRMLTransformableNode,
        vtkMRMLTransformNode,
    )

    Structures: TypeAlias = vtkMRMLSegmentationNode | vtkMRMLScalarVolumeNode


@dataclass(frozen=True)
class EvaluationRequest:
    """A transform to be evaluated, made by ElastixPlus or by anything else.

    :param transform: *from parent* maps fixed to moving in the world; None evaluates the volumes as they lie.
    :param check_labels: labels of the pairs that did not drive the registration; all others did.
    :param drive_labels: the other way round: these drove it, all others did not. With neither of both all pairs count
        as check landmarks, which is right for a transform that was made without them. "all" for every pair.
    :param fixed_structures: segmentation or labelmap whose segments are compared; ``moving_structures`` likewise.
    :param structure_pairs: names of a fixed and of a moving segment each; empty pairs segments of the same name.
    :param mask: where deformation and grey values are measured, in the fixed volume: a node as for a registration;
        "body" finds it in the volume, "none" takes the whole of it; "auto" is "body", or all where there is none.
    :param mask_segments: names or IDs of the segments that make up the mask; empty takes all of them.
    :param mask_margin_mm: by how much a mask that is a node, and what is excluded, are grown or, if negative, shrunk.
    :param exclude: what does not count, such as resected tissue; taken away from the mask and from the structures.
    :param tolerance_mm: what distances are held against; None takes the largest voxel edge of the fixed volume.
    :param placing_sd_mm: with which error landmarks are placed, as a standard deviation along each axis; None says
        nothing of it.
    :param with_jacobian_map: also make the Jacobian determinant as a volume on the grid of the fixed one.
    """

    transform: vtkMRMLTransformNode | None
    fixed: vtkMRMLScalarVolumeNode
    moving: vtkMRMLScalarVolumeNode
    fixed_landmarks: vtkMRMLMarkupsNode | None = None
    moving_landmarks: vtkMRMLMarkupsNode | None = None
    check_labels: tuple[str, ...] = ()
    drive_labels: tuple[str, ...] | Literal["all"] = ()
    skip_unusable_landmarks: bool = False
    fixed_structures: Structures | None = None
    moving_structures: Structures | None = None
    structure_pairs: tuple[tuple[str, str], ...] = ()
    mask: vtkMRMLTransformableNode | str = "auto"
    mask_segments: tuple[str, ...] = ()
    exclude: vtkMRMLTransformableNode | None = None
    exclude_segments: tuple[str, ...] = ()
    mask_margin_mm: float = 0.0
    tolerance_mm: float | None = None
    placing_sd_mm: float | None = None
    with_jacobian_map: bool = False


def evaluation_of_registration(request: RegistrationRequest, transform: vtkMRMLTransformNode) -> EvaluationRequest:
    """Evaluate the result of a registration with what the registration was given.

    Pairs that did not check have driven. Deformation and grey values are measured inside the fixed mask, if there is
    one.
    """
    return EvaluationRequest(
        transform=transform,
        fixed=request.fixed,
        moving=request.moving,
        fixed_landmarks=request.fixed_landmarks,
        moving_landmarks=request.moving_landmarks,
        check_labels=request.check_labels,
        drive_labels=() if request.check_labels or request.fixed_landmarks is None else "all",
        skip_unusable_landmarks=request.skip_unusable_landmarks,
        mask="auto" if request.fixed_mask is None else request.fixed_mask,
        mask_segments=request.fixed_mask_segments,
        exclude=request.fixed_exclude,
        exclude_segments=request.fixed_exclude_segments,
        mask_margin_mm=request.mask_margin_mm,
    )
