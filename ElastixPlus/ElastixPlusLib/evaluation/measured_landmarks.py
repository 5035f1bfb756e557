"""The landmarks of an evaluation: paired, with their roles, mapped and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import vtk

from ..accuracy.landmark_errors import LandmarkReport, landmark_report
from ..errors import LandmarkError
from ..grid import Grid
from ..guidance.landmark_pairing import LandmarkList, LandmarkPairs, named, pair_landmarks, without_outside
from ..mrml.frames import transformed_points
from ..mrml.landmarks import control_points
from .evaluation_request import EvaluationRequest

FloatArray = npt.NDArray[np.float64]

ALL_CHECK = (
    "Nothing says which landmarks drove the transform, so all of them count as check landmarks. "
    "If some drove it, name them: what is left there is no evidence of accuracy."
)


@dataclass(frozen=True, eq=False)
class LandmarkPlaces:
    """Where landmarks lie, in the order of the report's pairs; shape (n, 3) each, world RAS millimetres.

    :param mapped_ras: where the transform takes the fixed landmarks.
    """

    fixed_ras: FloatArray
    mapped_ras: FloatArray
    moving_ras: FloatArray


@dataclass(frozen=True, eq=False)
class MeasuredLandmarks:
    """What the landmarks say; without landmarks an empty report and no places."""

    report: LandmarkReport
    places: LandmarkPlaces | None
    warnings: tuple[str, ...]


def measured_landmarks(
    request: EvaluationRequest, transform: vtk.vtkAbstractTransform | None, fixed: Grid, moving: Grid
) -> MeasuredLandmarks:
    """Measure the landmarks of a request through a transform; the nodes stay untouched.

    :param transform: maps fixed to moving positions in the world; None leaves them where they are.
    :param fixed: the voxels of the fixed volume in the world; ``moving`` likewise.
    :raises LandmarkError: only one side has landmarks, they do not pair, or a role names one that does not exist.
    """
    if request.fixed_landmarks is None and request.moving_landmarks is None:
        if request.check_labels or request.drive_labels:
            raise LandmarkError("There are labels, but no landmarks.", "Give the landmarks of both volumes, too.")
        return MeasuredLandmarks(LandmarkReport(), None, ())
    pairs = _paired(request)
    outside = fixed.outside_mm(pairs.fixed_ras), moving.outside_mm(pairs.moving_ras)
    if request.skip_unusable_landmarks:
        pairs = without_outside(pairs, *outside, skip_unusable=True)
    mapped = transformed_points(transform, pairs.fixed_ras)
    report = landmark_report(pairs.labels, pairs.drives, pairs.fixed_ras, mapped, pairs.moving_ras)
    warnings = pairs.notes
    if not request.check_labels and not request.drive_labels:
        warnings += (ALL_CHECK,)
    elsewhere = (outside[0] > 0) | (outside[1] > 0)
    if elsewhere.any() and not request.skip_unusable_landmarks:
        labels = [label for label, is_out in zip(pairs.labels, elsewhere, strict=True) if is_out]
        warnings += (f"Landmarks outside their volume: {named(labels)}. Check their positions.",)
    return MeasuredLandmarks(report, LandmarkPlaces(pairs.fixed_ras, mapped, pairs.moving_ras), warnings)


def _paired(request: EvaluationRequest) -> LandmarkPairs:
    fixed, moving = _listed(request, "fixed"), _listed(request, "moving")
    pairs = pair_landmarks(fixed, moving, request.check_labels, request.skip_unusable_landmarks)
    if request.check_labels and request.drive_labels:
        raise LandmarkError(
            "Both the driving and the check landmarks are named.", "Name only one kind; all others are of the other."
        )
    if not request.check_labels:
        pairs = replace(pairs, drives=_driving(pairs.labels, request.drive_labels))
    return pairs


def _driving(labels: Sequence[str], driving: tuple[str, ...] | str) -> npt.NDArray[np.bool_]:
    if driving == "all":
        return np.ones(len(labels), dtype=bool)
    known, chosen = frozenset(labels), frozenset(driving)
    unknown = [label for label in driving if label not in known]
    if unknown:
        raise LandmarkError(
            f"There is no landmark pair {named(unknown)} that could have driven the transform.",
            f"Choose among {named(list(labels))}.",
        )
    return np.array([label in chosen for label in labels], dtype=bool)


def _listed(request: EvaluationRequest, role: str) -> LandmarkList:
    node: Any = getattr(request, f"{role}_landmarks")
    if node is None:
        raise LandmarkError(f"There are no {role} landmarks.", "Give the landmarks of both volumes, or of none.")
    return LandmarkList(*control_points(node, request.transform))
