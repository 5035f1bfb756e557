"""From the arguments of ``evaluateTransform`` to an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import slicer

from ElastixPlusLib.evaluation.evaluation import evaluate
from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest

from .evaluation_nodes import add_to_scene
from .evaluation_request_of_parameters import complete_rows, known_driving, roles_fields
from .evaluation_work import Measured

if TYPE_CHECKING:
    from ElastixPlusLib.evaluation.evaluation import Evaluation

FIELD_OF_OPTION = {
    "fixedLandmarksNode": "fixed_landmarks",
    "movingLandmarksNode": "moving_landmarks",
    "checkLabels": "check_labels",
    "driveLabels": "drive_labels",
    "skipUnusableLandmarks": "skip_unusable_landmarks",
    "fixedSegmentationNode": "fixed_structures",
    "movingSegmentationNode": "moving_structures",
    "structurePairs": "structure_pairs",
    "maskNode": "mask",
    "maskSegments": "mask_segments",
    "excludeNode": "exclude",
    "excludeSegments": "exclude_segments",
    "maskMarginMm": "mask_margin_mm",
    "toleranceMm": "tolerance_mm",
    "placingSdMm": "placing_sd_mm",
    "withJacobianMap": "with_jacobian_map",
}
LISTS_OR_ONE = ("mask_segments", "exclude_segments")  # one text is one segment


def evaluate_for_script(
    transform: Any, fixed: Any, moving: Any, add_nodes: bool, options: Mapping[str, Any]
) -> Evaluation:
    """Evaluate a transform as a script wants it; see ``ElastixPlusLogic.evaluateTransform``.

    :raises TypeError: an option does not exist.
    """
    evaluation = evaluate(scripting_evaluation_request(transform, fixed, moving, options))
    if add_nodes:
        add_to_scene(Measured(evaluation), fixed.GetScene() or slicer.mrmlScene)
    return evaluation


def scripting_evaluation_request(
    transform: Any, fixed: Any, moving: Any, options: Mapping[str, Any]
) -> EvaluationRequest:
    """Make a request from what a script gave; which landmarks drove is known of a result, unless it is given.

    :raises TypeError: an option does not exist.
    """
    unknown = [name for name in options if name not in FIELD_OF_OPTION]
    if unknown:
        raise TypeError(f"There is no argument {unknown[0]!r}; there are {', '.join(FIELD_OF_OPTION)}")
    fields = {FIELD_OF_OPTION[name]: value for name, value in options.items() if value is not None}
    for name in LISTS_OR_ONE:
        if isinstance(fields.get(name), str):
            fields[name] = (fields[name],) if fields[name] else ()
    for name in ("check_labels", "drive_labels", *LISTS_OR_ONE):
        if name in fields and not isinstance(fields[name], str):
            fields[name] = tuple(fields[name])
    if "structure_pairs" in fields:
        fields["structure_pairs"] = tuple((one, other) for one, other in fields["structure_pairs"])
    if "check_labels" not in fields and "drive_labels" not in fields:
        rows = complete_rows(fields.get("fixed_landmarks"), fields.get("moving_landmarks"))
        fields |= roles_fields(rows, known_driving(transform, rows))
    return EvaluationRequest(transform=transform, fixed=fixed, moving=moving, **fields)
