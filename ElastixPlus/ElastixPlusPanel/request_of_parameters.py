"""From the choices of the panel to a request, and to the reason why there is none yet."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.guidance.landmark_pairing import LandmarkList
from ElastixPlusLib.guidance.pair_rows import pair_rows
from ElastixPlusLib.mrml.landmarks import control_points

from .engine_choice import EngineSettings
from .mask_use import Region
from .overrides_text import overrides_of
from .parameter_set import EngineKind, ParameterSet, Start, Strength, texts_in


def what_is_missing(parameters: ParameterSet, preset_needs_landmarks: bool = False) -> str:
    """Say what has to be chosen before Apply; empty if nothing is.

    :param preset_needs_landmarks: the preset cannot run without landmarks.
    """
    fixed, moving = parameters.fixed_volume, parameters.moving_volume
    fixed_landmarks, moving_landmarks = parameters.fixed_landmarks, parameters.moving_landmarks
    needs = [
        (fixed is None, _("Choose the fixed volume, which stays where it is.")),
        (moving is None, _("Choose the moving volume, which is laid on the fixed one.")),
        (fixed is moving, _("The fixed and the moving volume are the same: choose two.")),
        (
            fixed_landmarks is None and moving_landmarks is not None,
            _("Choose the fixed landmarks, too, or no landmarks at all."),
        ),
        (
            moving_landmarks is None and fixed_landmarks is not None,
            _("Choose the moving landmarks, too, or no landmarks at all."),
        ),
        (
            fixed_landmarks is not None and fixed_landmarks is moving_landmarks,
            _("The fixed and the moving landmarks are the same list: choose two."),
        ),
        (
            preset_needs_landmarks and fixed_landmarks is None,
            _("The preset needs landmarks: choose landmarks in both volumes."),
        ),
        (
            parameters.start.needs_landmarks and fixed_landmarks is None,
            _("To start from landmarks, choose landmarks in both volumes."),
        ),
        (
            parameters.start is Start.TRANSFORM and parameters.initial_transform is None,
            _("Choose the transform to start from (Advanced)."),
        ),
    ]
    return next((sentence for is_missing, sentence in needs if is_missing), "")


def request_of(parameters: ParameterSet, settings: EngineSettings) -> RegistrationRequest:
    """Make the request that the choices of the panel describe; :func:`what_is_missing` has found nothing."""
    return RegistrationRequest(
        fixed=parameters.fixed_volume,
        moving=parameters.moving_volume,
        preset=parameters.preset,
        parameter_files=tuple(Path(path) for path in texts_in(parameters.parameter_files)),
        overrides=overrides_of(parameters),
        exact_parameters=texts_in(parameters.exact_parameters),
        fixed_landmarks=parameters.fixed_landmarks,
        moving_landmarks=parameters.moving_landmarks,
        check_labels=_check_labels(parameters),
        landmark_weight=(
            parameters.own_weight if parameters.strength is Strength.NUMBER else parameters.strength.value
        ),
        skip_unusable_landmarks=parameters.skip_unusable_landmarks,
        **Region.chosen(parameters, "fixed").fields("fixed"),
        **Region.chosen(parameters, "moving").fields("moving"),
        mask_edge=parameters.mask_edge.value,
        mask_margin_mm=parameters.mask_margin_mm,
        crop=parameters.crop.value,
        initial=parameters.initial_transform if parameters.start is Start.TRANSFORM else parameters.start.value,
        output_transform=parameters.output_transform,
        output_volume=parameters.output_volume,
        transform_kind=parameters.transform_kind.value,
        engine=engine_of(parameters.engine, settings),
        bundled_folders=settings.bundled_folders,
        host_environment=settings.host_environment,
        threads=parameters.threads or None,
        keep_workspace=parameters.keep_files,
        host=settings.host,
    )


def engine_of(kind: EngineKind, settings: EngineSettings) -> str:
    """What the library takes for a kind of engine."""
    return (settings.own_path or "auto") if kind is EngineKind.OWN else kind.value


def _check_labels(parameters: ParameterSet) -> tuple[str, ...]:
    """The pairs that the table shows as checking; a label that was renamed or removed since is not asked for."""
    fixed, moving = parameters.fixed_landmarks, parameters.moving_landmarks
    if fixed is None or moving is None:
        return ()
    lists = (LandmarkList(*control_points(node)) for node in (fixed, moving))
    rows = pair_rows(*lists, texts_in(parameters.check_labels))
    return tuple(row.label for row in rows if row.checks and None not in (row.fixed_index, row.moving_index))
