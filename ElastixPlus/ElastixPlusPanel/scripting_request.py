"""From the arguments of ``registerVolumes`` to a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ElastixPlusLib import RegistrationRequest, RegistrationResult, register
from ElastixPlusLib.errors import InputError

from .engine_choice import engine_settings
from .run_roles import remember_roles

FIELD_OF_OPTION = {
    "furtherFixedVolumeNodes": "further_fixed",
    "furtherMovingVolumeNodes": "further_moving",
    "preset": "preset",
    "parameterOverrides": "overrides",
    "fixedLandmarksNode": "fixed_landmarks",
    "movingLandmarksNode": "moving_landmarks",
    "checkLabels": "check_labels",
    "landmarkWeight": "landmark_weight",
    "skipUnusableLandmarks": "skip_unusable_landmarks",
    "fixedMaskSegments": "fixed_mask_segments",
    "movingMaskSegments": "moving_mask_segments",
    "fixedExcludeNode": "fixed_exclude",
    "movingExcludeNode": "moving_exclude",
    "fixedExcludeSegments": "fixed_exclude_segments",
    "movingExcludeSegments": "moving_exclude_segments",
    "maskEdge": "mask_edge",
    "maskMarginMm": "mask_margin_mm",
    "crop": "crop",
    "startFrom": "initial",
    "despiteFindings": "despite_findings",
    "engine": "engine",
    "threads": "threads",
    "seed": "seed",
    "keepFiles": "keep_workspace",
    "workspace": "workspace",
}
# One text is one segment, or one change: no one means its letters.
LISTS_OR_ONE = (
    "overrides",
    *("fixed_mask_segments", "moving_mask_segments"),
    *("fixed_exclude_segments", "moving_exclude_segments"),
)
LISTS = ("check_labels", "further_fixed", "further_moving", *LISTS_OR_ONE)


def scripting_request(
    fixed: Any,
    moving: Any,
    parameter_files: Sequence[str] | None,
    output_volume: Any,
    output_transform: Any,
    fixed_mask: Any,
    moving_mask: Any,
    as_displacement_field: bool | None,
    initial_transform: Any,
    options: Mapping[str, Any],
) -> RegistrationRequest:
    """Make a request from what a script gave; see ``ElastixPlusLogic.registerVolumes``.

    :raises TypeError: an option does not exist.
    :raises InputError: two options contradict each other, or there are no parameter files in their list.
    """
    fields = _fields(options)
    if initial_transform is not None:
        if fields.get("initial", "auto") not in ("auto", "none"):
            raise InputError(
                "There are two positions to start from, a transform and startFrom.", "Leave one of the two out."
            )
        fields["initial"] = initial_transform
    if as_displacement_field is None:
        as_displacement_field = output_transform is not None and output_transform.IsA("vtkMRMLGridTransformNode")
    if parameter_files is not None:
        fields["parameter_files"] = _paths(parameter_files)
    settings = engine_settings()
    return RegistrationRequest(
        fixed=fixed,
        moving=moving,
        output_volume=output_volume,
        output_transform=output_transform,
        fixed_mask=fixed_mask,
        moving_mask=moving_mask,
        transform_kind="grid" if as_displacement_field else "exact",
        bundled_folders=settings.bundled_folders,
        host_environment=settings.host_environment,
        host=settings.host,
        **fields,
    )


def register_for_script(request: RegistrationRequest, on_progress: Callable[[Any], None] | None) -> RegistrationResult:
    """Register, wait, and keep at the result which landmarks drove it.

    :raises ElastixPlusError: with cause and remedy; the scene is then as it was.
    """
    result = register(request, on_progress)
    remember_roles(result.transform, result.landmarks.pairs)
    return result


def _paths(parameter_files: Sequence[str]) -> tuple[Path, ...] | str:
    if not parameter_files:
        raise InputError("The list of parameter files is empty.", "Give one file per stage, or None for the preset.")
    if isinstance(parameter_files, str):
        return parameter_files  # which the check of the request refuses in words
    return tuple(Path(path) for path in parameter_files)


def _fields(options: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in options if name not in FIELD_OF_OPTION]
    if unknown:
        raise TypeError(f"There is no argument {unknown[0]!r}; there are {', '.join(FIELD_OF_OPTION)}")
    fields = {FIELD_OF_OPTION[name]: value for name, value in options.items()}
    for name in LISTS:
        if name in fields and not isinstance(fields[name], str):
            fields[name] = tuple(fields[name])
        elif name in fields and name in LISTS_OR_ONE:
            fields[name] = (fields[name],) if fields[name] else ()
    return fields
