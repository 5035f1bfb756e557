"""Changes of single parameters for one run: a preset's files are read, changed and used, and stay as they are.

A change is written as ``parameter=values``, with the stages that it is for in front::

    MaximumNumberOfIterations=100                  every stage
    bspline.FinalGridSpacingInPhysicalUnits=8      every B-spline stage
    2.NumberOfSpatialSamples=2048,2048,4096        the second stage, one value per resolution
    rigid.ASGDParameterEstimationMethod=           the parameter is removed, so that elastix takes its default

A change applies before everything that a run adds to the files for its volumes, masks and landmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..elastix.components import COMPONENT_KINDS
from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count
from ..errors import PresetError
from .override import Override, parse_override
from .override_checks import (
    alone,
    require_count,
    require_free,
    require_known,
    require_no_new_fault,
    stages_of_override,
    with_override_values,
)
from .preset import Preset, PresetStage
from .recipe import Recipe
from .resolution_lists import AXES, is_factor_schedule, is_per_resolution_and_axis, resized, with_resolutions

__all__ = [
    "Overridden",
    "Override",
    "overridden",
    "parse_override",
    "preset_with_overrides",
    "with_overrides",
]

_RESOLUTIONS, _REGISTRATION = "NumberOfResolutions", "Registration"
# What would win over a change of the first, or contradict it.
_GIVES_WAY = {
    "FinalGridSpacingInPhysicalUnits": ("FinalGridSpacingInVoxels",),
    "FinalGridSpacingInVoxels": ("FinalGridSpacingInPhysicalUnits",),
    "ImagePyramidSchedule": ("FixedImagePyramidSchedule", "MovingImagePyramidSchedule"),
    "NumberOfHistogramBins": ("NumberOfFixedHistogramBins", "NumberOfMovingHistogramBins"),
}


@dataclass(frozen=True)
class Overridden:
    """The files of a preset with changes.

    :param files: one per stage.
    :param recipe: with the landmarks' pull fitted to other numbers of resolutions.
    :param notes: what was changed besides, as sentences.
    """

    files: tuple[ParameterFile, ...]
    recipe: Recipe
    notes: tuple[str, ...]


def with_overrides(files: Sequence[ParameterFile], overrides: Sequence[Override]) -> tuple[ParameterFile, ...]:
    """The parameter files of all stages with changes; see :func:`overridden`.

    >>> rigid = ParameterFile.parse('(Transform "EulerTransform")\\n(MaximumNumberOfIterations 250)\\n')
    >>> with_overrides([rigid], [parse_override("MaximumNumberOfIterations=100")])[0].get("MaximumNumberOfIterations")
    ('100',)
    """
    return overridden(files, overrides).files


def overridden(
    files: Sequence[ParameterFile], overrides: Sequence[Override], recipe: Recipe | None = None
) -> Overridden:
    """Change parameters of stages.

    A change for a kind of stage is made in every stage of that kind, one for no stage in particular in all of them,
    but only where it does something: the grid spacing of a B-spline in B-spline stages, the classes of mutual
    information where that is the metric. Where two set the same, the later wins. Parts of elastix are changed first,
    then numbers of resolutions, and with them every list of one value per resolution, see :mod:`.resolution_lists`.
    The stages are those before any change.

    :param files: one per stage.
    :param overrides: see :func:`parse_override`.
    :param recipe: of the preset.
    :raises PresetError: there is no such stage, no such parameter, or no such number of values.
    :raises ParameterFileError: elastix could not read a value.
    """
    if overrides and not files:
        raise PresetError(
            f'The change "{overrides[0]}" cannot be made: a fit of the landmarks alone has no parameters.',
            "Leave the change out, or choose a preset that looks at the images.",
        )
    recipe = recipe or Recipe()
    changed = list(files)
    notes: list[str] = []
    ordered = sorted(overrides, key=_order)
    for override in ordered:
        require_known(override, files)
        require_free(override)
        for index in stages_of_override(override, files, changed):
            changed[index] = _changed(changed[index], override, index, notes)
    for override in ordered:
        for index in stages_of_override(override, files, changed):
            require_count(changed[index], override)
    for before, after in zip(files, changed, strict=True):
        require_no_new_fault(before, after, ordered)
    return Overridden(tuple(changed), _with_fitted_pull(recipe, files, changed), tuple(dict.fromkeys(notes)))


def preset_with_overrides(preset: Preset, overrides: Sequence[Override]) -> Preset:
    """A preset with changes; its parameters are texts then, and figures that were measured without them are dropped.

    :raises PresetError: see :func:`overridden`.
    """
    if not overrides:
        return preset
    made = overridden(preset.parameter_files(), overrides, preset.recipe)
    stages = tuple(
        PresetStage(stage.name, text=file.text) for stage, file in zip(preset.stages, made.files, strict=True)
    )
    return replace(preset, stages=stages, recipe=made.recipe, measured=())


def _order(override: Override) -> int:
    """Parts of elastix first, as they decide what the rest means; then the number of resolutions, which fits lists."""
    return 0 if override.parameter in COMPONENT_KINDS else 1 if override.parameter == _RESOLUTIONS else 2


def _changed(file: ParameterFile, override: Override, index: int, notes: list[str]) -> ParameterFile:
    name = override.parameter
    if name == _RESOLUTIONS:
        file, fitted = with_resolutions(file, resolution_count(alone(override)))
        _note_fitted(notes, index, file, fitted)
    if not override.values:
        return file.without(name)
    if name == _RESOLUTIONS:
        return file
    for other in _GIVES_WAY.get(name, ()):
        if other in file:
            notes.append(f"Stage {index + 1}: {other} gives way to {name}.")
            file = file.without(other)
    values = _along_axes(name, override.values, resolution_count(file))
    changed = with_override_values(file, replace(override, values=values))
    if name != _REGISTRATION and changed.get(_REGISTRATION) != file.get(_REGISTRATION):
        notes.append(f"Stage {index + 1}: several metrics take {changed.first(_REGISTRATION, '')}.")
    return changed


def _note_fitted(notes: list[str], index: int, file: ParameterFile, fitted: Sequence[str]) -> None:
    if fitted:
        count = resolution_count(file)
        notes.append(
            f"Stage {index + 1} has {count} resolution{'' if count == 1 else 's'} now, and so many values in "
            f"{', '.join(fitted)}: what is left out or added is at the coarse end."
        )


def _along_axes(name: str, values: tuple[str, ...], resolutions: int) -> tuple[str, ...]:
    """Three values per resolution, where elastix needs them and there is one per resolution or one per axis."""
    if not is_per_resolution_and_axis(name) or name == "GridSpacingSchedule":
        return values
    if is_factor_schedule(name) and len(values) == resolutions:
        return tuple(value for value in values for _ in range(AXES))
    if not is_factor_schedule(name) and len(values) in (1, AXES):
        return (values * AXES)[:AXES] * resolutions
    return values


def _with_fitted_pull(recipe: Recipe, before: Sequence[ParameterFile], after: Sequence[ParameterFile]) -> Recipe:
    """The same factors at the finest resolutions as before."""
    if not recipe.landmark_pull:
        return recipe
    pulls = []
    for index, pull in enumerate(recipe.landmark_pull):
        if pull and index < len(after):
            old, new = resolution_count(before[index]), resolution_count(after[index])
            whole = [str(factor) for factor in (*pull, *pull[-1:] * old)[:old]]
            pull = pull if old == new else tuple(float(factor) for factor in resized(whole, 1, new))
        pulls.append(pull)
    return replace(recipe, landmark_pull=tuple(pulls))
