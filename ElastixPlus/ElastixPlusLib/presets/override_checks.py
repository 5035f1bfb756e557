"""What a change of a parameter has to fulfil before it is made: a stage, a name, a use, values and their number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..elastix.chosen_components import is_used
from ..elastix.parameter_catalogue import parameter_entry
from ..elastix.parameter_file import ParameterFile
from ..elastix.parameter_lint import lint
from ..elastix.parameter_names import check_names
from ..elastix.parameter_values import require_sound_values
from ..elastix.pyramid_schedule import resolution_count
from ..elastix.run_parameters import prepare_for_run
from ..errors import ParameterFileError, PresetError
from .override import ALL, Override
from .parameter_change import with_parameter
from .resolution_lists import AXES, is_factor_schedule, is_per_resolution, number_or_word
from .stage_kinds import kind_of_stage

_RESOLUTIONS = "NumberOfResolutions"
_MOST_NAMED = 3
_EROSION = re.compile(r"Erode(Fixed|Moving)?Mask\d*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def stages_of_override(
    override: Override, files: Sequence[ParameterFile], changed: Sequence[ParameterFile]
) -> tuple[int, ...]:
    """Which stages a change is for, counted from 0: of those that it names the ones where it does something."""
    kinds = [kind_of_stage(file) for file in files]
    if override.stage.isdigit():
        found = [int(override.stage) - 1] if int(override.stage) <= len(files) else []
    else:
        found = [index for index, kind in enumerate(kinds) if override.stage in (ALL, kind)]
    if not found:
        raise PresetError(f'The change "{override}" is for a stage that is not there.', _there_are(kinds))
    entry = parameter_entry(override.parameter)
    if entry is not None and override.values:
        found = [index for index in found if is_used(changed[index], entry)]
        if not found:
            some = ", ".join(entry.components[:_MOST_NAMED])
            raise PresetError(
                f'The change "{override}" has no effect: {override.parameter} belongs to {some}'
                f"{' and others' if len(entry.components) > _MOST_NAMED else ''}.",
                "Leave it out, or change a stage that has one of them.",
            )
    return tuple(found)


def _there_are(kinds: Sequence[str]) -> str:
    listed = ", ".join(f"{number} {kind}" for number, kind in enumerate(kinds, 1))
    return f"Choose among the stages that there are: {listed}."


def alone(override: Override) -> ParameterFile:
    """A stage that says nothing but the changed parameter."""
    stage = ParameterFile.parse('(Transform "EulerTransform")\n')
    return with_override_values(stage, override) if override.values else stage


def with_override_values(file: ParameterFile, override: Override) -> ParameterFile:
    """A stage with a change made, without anything that has to follow it but a second metric's registration.

    :raises ParameterFileError: elastix could not read a value back.
    """
    try:
        return with_parameter(file, override.parameter, *map(number_or_word, override.values))
    except ParameterFileError as error:
        raise ParameterFileError(f'The change "{override}" cannot be written.', error.remedy) from error


def require_known(override: Override, files: Sequence[ParameterFile]) -> None:
    """The names are elastix's, and the values of the kind that it reads."""
    is_used = any(override.parameter in file for file in files)
    named = ParameterFile.parse(f"({override.parameter} 1)") if _NAME.fullmatch(override.parameter) else None
    finding = next((one for one in check_names(named) if one.name == override.parameter), None) if named else None
    if named is None or (finding is not None and not is_used):
        suggestion = finding.suggestion if finding else None
        raise PresetError(
            f'The change "{override}" names a parameter that elastix does not know.',
            f'Did you mean "{suggestion}"?' if suggestion else "Take the name from the parameter files of the preset.",
        )
    if override.parameter == "UseDirectionCosines" and "false" in override.values:
        raise PresetError(
            f'The change "{override}" would place volumes, landmarks and transforms as if every volume lay along the '
            "axes of its scanner.",
            "Leave it out.",
        )
    stage = alone(override)
    for value in (one for one in check_names(stage) if one.name != one.parameter and one.is_typo):
        raise PresetError(
            f'The change "{override}" names "{value.name}", which elastix does not know.',
            f'Did you mean "{value.suggestion}"?',
        )
    try:
        require_sound_values(stage)
        resolution_count(stage)
    except ParameterFileError as error:
        raise ParameterFileError(
            f'The change "{override}" has a value that elastix cannot use.', error.remedy
        ) from error


def require_free(override: Override) -> None:
    """The parameter is none that every run sets itself, whatever the files say."""
    if _EROSION.fullmatch(override.parameter):
        raise PresetError(
            f'The change "{override}" has no effect: what the edge of a mask means decides whether it is eroded.',
            "Choose what the edge of the masks is instead: region or artificial.",
        )
    stage = alone(override)
    try:
        kept = prepare_for_run(stage).get(override.parameter)
    except ParameterFileError as error:
        raise ParameterFileError(f'The change "{override}" cannot be used. {error.what}', error.remedy) from error
    if (kept or ()) != (stage.get(override.parameter) or ()):
        raise PresetError(
            f'The change "{override}" has no effect: every run sets {override.parameter} itself.',
            "Leave it out; where results go and in which form is chosen with the outputs of the run.",
        )


def require_count(file: ParameterFile, override: Override) -> None:
    """So many values as elastix takes: it would do without those that are too many, and make up those missing."""
    given = override.values if override.parameter == _RESOLUTIONS else file.get(override.parameter) or ()
    count, resolutions = len(given), resolution_count(file)
    fitting, expected = _counts(override.parameter, resolutions)
    if count and fitting and count not in fitting:
        what = f'The change "{override}" gives {count} value{"" if count == 1 else "s"}'
        if "resolution" in expected:
            what += f" for {resolutions} resolution{'' if resolutions == 1 else 's'}"
        raise PresetError(f"{what}.", f"Give {expected}.")


def require_no_new_fault(before: ParameterFile, after: ParameterFile, overrides: Sequence[Override]) -> None:
    """A stage has no fault that it had not before the changes."""
    if before.text == after.text:
        return
    known = {finding.what for finding in lint(before)}
    faults = [one for one in lint(after) if one.severity == "error" and one.what not in known]
    if faults:
        about = [str(override) for override in overrides if override.parameter == faults[0].parameter]
        named = "The changes together" if not about else f'The change "{about[-1]}"'
        raise PresetError(f"{named} cannot be used. {faults[0].what}", faults[0].remedy or "Leave it out.")


def _counts(name: str, resolutions: int) -> tuple[set[int], str]:
    """How many values elastix takes, and the same in words; none where that depends on more than the resolutions."""
    entry = parameter_entry(name)
    per = "resolution" if entry is None else entry.per
    if per == "one":
        return {1}, "one value"
    if per == "axis":
        return {1, AXES}, "one number, or one along each of the three axes"
    if per == "resolution":
        return {1, resolutions}, f"one value, or {resolutions}, one per resolution"
    if per == "resolution*axis" and not is_factor_schedule(name):
        return {AXES * resolutions}, "one number, or one along each of the three axes"
    if per == "resolution*axis":
        fitting = {AXES * resolutions} | ({resolutions} if is_per_resolution(name) else set())
        return fitting, f"{resolutions} numbers, one per resolution, or {AXES * resolutions}, along three axes for each"
    return set(), ""
