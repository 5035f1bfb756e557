"""From the choices of the panel to what is evaluated, and to the reason why nothing can be yet."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
from ElastixPlusLib.guidance.landmark_pairing import LandmarkList
from ElastixPlusLib.guidance.pair_rows import PairRow, pair_rows
from ElastixPlusLib.mrml.landmarks import control_points

from .mask_use import Region
from .parameter_set import Drove, ParameterSet, texts_in
from .run_roles import remembered_driving


def what_evaluation_lacks(parameters: ParameterSet | None) -> str:
    """Say what has to be chosen before Evaluate; empty if nothing is."""
    if parameters is None:
        return _("No parameter set is shown.")
    volumes = parameters.fixed_volume, parameters.moving_volume
    landmarks = parameters.fixed_landmarks, parameters.moving_landmarks
    structures = parameters.fixed_structures, parameters.moving_structures
    needs = [
        (volumes[0] is None, _("Choose the fixed volume above.")),
        (volumes[1] is None, _("Choose the moving volume above.")),
        (volumes[0] is volumes[1], _("The fixed and the moving volume are the same: choose two above.")),
        (
            landmarks.count(None) == 1 or (landmarks[0] is not None and landmarks[0] is landmarks[1]),
            _("Choose landmarks of both volumes above, or no landmarks at all."),
        ),
        (structures.count(None) == 1, _("Choose structures of both volumes, or none at all.")),
    ]
    return next((sentence for is_missing, sentence in needs if is_missing), "")


def evaluation_request_of(parameters: ParameterSet) -> EvaluationRequest:
    """What the choices of the panel evaluate; :func:`what_evaluation_lacks` has found nothing."""
    rows = _rows(parameters)
    region = Region.chosen(parameters, "fixed").fields("fixed")
    return EvaluationRequest(
        transform=parameters.evaluated_transform,
        fixed=parameters.fixed_volume,
        moving=parameters.moving_volume,
        fixed_landmarks=parameters.fixed_landmarks,
        moving_landmarks=parameters.moving_landmarks,
        **roles_fields(rows, _driving(parameters, rows)),
        skip_unusable_landmarks=parameters.skip_unusable_landmarks,
        fixed_structures=parameters.fixed_structures,
        moving_structures=parameters.moving_structures,
        mask="auto" if region["fixed_mask"] is None else region["fixed_mask"],
        mask_segments=region["fixed_mask_segments"],
        exclude=region["fixed_exclude"],
        exclude_segments=region["fixed_exclude_segments"],
        mask_margin_mm=parameters.mask_margin_mm,
        with_jacobian_map=parameters.jacobian_map,
    )


def drove_explanation(parameters: ParameterSet) -> str:
    """One line on which landmarks count as having driven the transform, and why; empty without landmarks."""
    rows = _rows(parameters)
    if not rows:
        return ""
    driving = _driving(parameters, rows)
    if driving is None:
        return _("Nothing is known: all {count} pairs count as check landmarks.").format(count=len(rows))
    text = _("{driving} of {count} pairs drove it, the others only check.").format(
        driving=len(driving), count=len(rows)
    )
    if parameters.drove is Drove.AUTOMATIC and parameters.evaluated_transform is not None:
        lost = len(set(remembered_driving(parameters.evaluated_transform) or ()) - set(driving))
        if lost:
            text += " " + _("{count} more that drove it have other labels now, or are gone.").format(count=lost)
    return text


def roles_fields(rows: tuple[PairRow, ...], driving: tuple[str, ...] | None) -> dict[str, Any]:
    """The fields of a request that say which pairs drove.

    :param rows: the complete pairs.
    :param driving: labels of those that drove; None if nothing is known of it.
    """
    if not rows or driving is None:
        return {}
    if driving:
        return {"drive_labels": driving}
    return {"check_labels": tuple(row.label for row in rows)}


def known_driving(transform: Any, rows: tuple[PairRow, ...]) -> tuple[str, ...] | None:
    """The labels of the pairs that are known to have driven a transform; None if nothing is known of it.

    :param transform: None for no transform, which no landmarks have driven.
    """
    if transform is None:
        return ()
    known = remembered_driving(transform)
    return None if known is None else tuple(row.label for row in rows if row.label in known)


def complete_rows(
    fixed_landmarks: Any, moving_landmarks: Any, check_labels: tuple[str, ...] = ()
) -> tuple[PairRow, ...]:
    """The pairs whose landmarks are placed in both volumes."""
    nodes = fixed_landmarks, moving_landmarks
    if None in nodes:
        return ()
    lists = (LandmarkList(*control_points(node)) for node in nodes)
    return tuple(row for row in pair_rows(*lists, check_labels) if row.before_mm is not None)


def _rows(parameters: ParameterSet) -> tuple[PairRow, ...]:
    return complete_rows(parameters.fixed_landmarks, parameters.moving_landmarks, texts_in(parameters.check_labels))


def _driving(parameters: ParameterSet, rows: tuple[PairRow, ...]) -> tuple[str, ...] | None:
    drove = parameters.drove
    if drove is Drove.AS_IN_TABLE:
        return tuple(row.label for row in rows if not row.checks)
    if drove is Drove.NONE:
        return ()
    if drove is Drove.ALL:
        return tuple(row.label for row in rows)
    return known_driving(parameters.evaluated_transform, rows)
