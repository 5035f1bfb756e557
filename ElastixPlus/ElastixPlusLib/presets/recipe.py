"""What a preset decides besides the parameter files: where to start, what to crop, how the landmarks' pull falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import PresetError

STARTS = ("landmarks", "gravity", "centers")
AUTOMATIC_MASKS = ("body", "field-of-view")
LANDMARK_FITS = ("rigid", "similarity", "affine", "thin-plate", "bspline")
_CROPS = ("auto", "overlap", "none")
_STRONGEST_PULL = 1000.0
_MOST_STAGES = 100


@dataclass(frozen=True)
class Recipe:
    """The decisions of a preset; each counts only where the request leaves it open ("auto").

    :param initial: positions to start from, the first one that is possible is taken; empty starts as loaded.
    :param crop: "overlap" gives elastix only what both volumes show; see :class:`..request.RegistrationRequest`.
    :param landmark_pull: one list per stage of one factor per resolution, by which the weight of the landmarks is
        multiplied; empty leaves it the same everywhere.
    :param landmark_stages: numbers, from 0 on, of the stages that run only where landmarks pull.
    :param landmark_fit: kind of fit that is made from the landmarks alone; then there are no stages. Empty for none.
    :param fixed_mask: mask that is found in the fixed volume where none is given, of :data:`AUTOMATIC_MASKS`; empty
        for none. ``moving_mask`` likewise.
    """

    initial: tuple[str, ...] = ()
    crop: str = "auto"
    landmark_pull: tuple[tuple[float, ...], ...] = ()
    landmark_fit: str = ""
    fixed_mask: str = ""
    moving_mask: str = ""
    landmark_stages: tuple[int, ...] = ()


def read_recipe(description: Mapping[str, Any]) -> Recipe:
    """Read the recipe of a preset's description.

    :param description: what ``preset.json`` holds; the recipe stands under "recipe" and may be missing.
    :raises PresetError: it says something that is not understood.

    >>> read_recipe({"recipe": {"initial": ["landmarks", "gravity"], "crop": "overlap"}}).initial
    ('landmarks', 'gravity')
    """
    recipe = description.get("recipe", {})
    known = list(Recipe.__dataclass_fields__)
    if not isinstance(recipe, dict) or set(recipe) - set(known):
        raise _fault("recipe", recipe, f"Use only {', '.join(known)}.")
    initial, crop, fit = recipe.get("initial", []), recipe.get("crop", "auto"), recipe.get("landmark_fit", "")
    if not isinstance(initial, list) or any(start not in STARTS for start in initial):
        raise _fault("initial", initial, f"Give a list of {', '.join(STARTS)}.")
    if crop not in _CROPS:
        raise _fault("crop", crop, f"Give one of {', '.join(_CROPS)}.")
    if fit and fit not in LANDMARK_FITS:
        raise _fault("landmark_fit", fit, f"Give one of {', '.join(LANDMARK_FITS)}.")
    fixed_mask, moving_mask = (_mask(recipe, key) for key in ("fixed_mask", "moving_mask"))
    stages = _stage_numbers(recipe.get("landmark_stages", []))
    return Recipe(tuple(initial), crop, _pull(recipe.get("landmark_pull", [])), fit, fixed_mask, moving_mask, stages)


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain data, without what is as usual.

    >>> recipe_as_dict(Recipe(initial=("gravity",)))
    {'initial': ['gravity']}
    """
    usual = Recipe()
    told = {key: value for key, value in vars(recipe).items() if value != getattr(usual, key)}
    if "initial" in told:
        told["initial"] = list(recipe.initial)
    if "landmark_stages" in told:
        told["landmark_stages"] = list(recipe.landmark_stages)
    if "landmark_pull" in told:
        told["landmark_pull"] = [list(stage) for stage in recipe.landmark_pull]
    return told


def stages_to_run(recipe: Recipe, count: int, has_driving_pairs: bool) -> tuple[Recipe, tuple[int, ...]]:
    """Which stages of a preset run, and the recipe for these alone.

    :param count: how many stages the preset has.
    :returns: the recipe, and the numbers of the stages that run, from 0 on.

    >>> stages_to_run(Recipe(landmark_stages=(1,)), 3, has_driving_pairs=False)[1]
    (0, 2)
    """
    left_out = () if has_driving_pairs else recipe.landmark_stages
    kept = tuple(number for number in range(count) if number not in left_out)
    pulls = tuple(pull for number, pull in enumerate(recipe.landmark_pull) if number not in left_out)
    return replace(recipe, landmark_pull=pulls, landmark_stages=()), kept


def _stage_numbers(given: Any) -> tuple[int, ...]:
    is_sound = isinstance(given, list) and all(
        isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _MOST_STAGES for number in given
    )
    if not is_sound:
        raise _fault("landmark_stages", given, "Give a list of numbers of stages, from 0 on.")
    return tuple(given)


def _mask(recipe: Mapping[str, Any], key: str) -> str:
    mask = recipe.get(key, "")
    if mask not in ("", *AUTOMATIC_MASKS):
        raise _fault(key, mask, f"Give one of {', '.join(AUTOMATIC_MASKS)}.")
    return str(mask)


def _pull(given: Any) -> tuple[tuple[float, ...], ...]:
    is_sound = isinstance(given, list) and all(
        isinstance(stage, list) and stage and all(_is_factor(factor) for factor in stage) for stage in given
    )
    if not is_sound:
        raise _fault("landmark_pull", given, "Give one list per stage with one number per resolution.")
    return tuple(tuple(float(factor) for factor in stage) for stage in given)


def _is_factor(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _STRONGEST_PULL


def _fault(key: str, value: object, remedy: str) -> PresetError:
    return PresetError(f'A preset has {value!r} under "{key}" of its recipe.', remedy)
