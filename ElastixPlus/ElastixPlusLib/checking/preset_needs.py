"""Whether a request gives a preset what it needs, and what a preset finds itself where the request leaves it open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ..elastix.landmark_metric import LANDMARK_WEIGHTS, landmark_weight, own_landmark_weights
from ..elastix.parameter_file import ParameterFile
from ..errors import Fix, LandmarkError, MaskError, VolumeError
from ..guidance.findings import Finding
from ..mrml.masks import WorldMask
from ..mrml.volumes import WorldVolume
from ..presets.preset import ANY, Preset
from ..presets.recipe import Recipe
from ..request import AutomaticMask, RegistrationRequest
from ..steps import Steps
from .mask_preparation import ROLES, Role, requested_mask_steps

_MASKS_IN_WORDS = {"body": "the body", "field-of-view": "where the scanner has measured"}


def require_pairs_of_volumes(request: RegistrationRequest, preset: Preset) -> None:
    """Refuse a preset that compares another number of pairs than there are.

    :raises VolumeError: with the title of the preset, and what to do.
    """
    pairs = 1 + len(request.further_fixed)
    if pairs == preset.image_pairs:
        return
    what = f"The preset {preset.title} compares {_pairs_in_words(preset.image_pairs)} of volumes, and {pairs} "
    what += "is given." if pairs == 1 else "are given."
    if pairs < preset.image_pairs:
        remedy = "Give further volumes of the same anatomy in another contrast, "
        raise VolumeError(what, remedy + "or choose a preset for fewer pairs.")
    raise VolumeError(what, "Leave the further volumes out, or choose a preset for several pairs.")


def require_landmarks(request: RegistrationRequest, preset: Preset, has_driving_pairs: bool) -> None:
    """Refuse a preset that needs landmarks where none drive.

    :raises LandmarkError: with the title of the preset, and what to do.
    """
    if "landmarks" in preset.needs and not has_driving_pairs:
        raise LandmarkError(
            f"The preset {preset.title} needs landmarks that drive, as they are part of how it registers.",
            "Place landmarks at the same anatomy in both volumes, or choose another preset."
            if request.fixed_landmarks is None
            else "Let at least two landmarks drive instead of only checking, or choose another preset.",
        )


def with_masks_of_recipe(request: RegistrationRequest, recipe: Recipe) -> RegistrationRequest:
    """The request with the masks that a preset has found automatically where none is given.

    Where something is excluded the mask is added, too: the two together say what counts.
    """
    for role in ROLES:
        name = getattr(recipe, f"{role}_mask")
        if name in _MASKS_IN_WORDS and getattr(request, f"{role}_mask") is None:
            request = replace(request, **{f"{role}_mask": name})
    return request


def mask_of_preset_steps(
    request: RegistrationRequest, asked: RegistrationRequest, role: Role, volume: WorldVolume, lost: list[Finding]
) -> Steps[tuple[RegistrationRequest, WorldMask | None]]:
    """Rasterise a mask; one that only the preset wants is left out where it cannot be found.

    :param request: with the masks of the preset, see :func:`with_masks_of_recipe`.
    :param asked: as the user gave it.
    :param lost: gets a note where the preset goes without its mask.
    :returns: the request as it is run, and the mask.
    :raises MaskError: a mask that the user asked for cannot be made.
    """
    try:
        return request, (yield from requested_mask_steps(request, role, volume))
    except MaskError as fault:
        if not _is_of_preset(request, asked, role):
            raise
        what = f"The preset runs without its mask of the {role} volume. {fault.what}"
        lost.append(Finding("no-mask-of-preset", "note", what))
    field = f"{role}_mask"
    request = replace(request, **{field: getattr(asked, field)})
    return request, (yield from requested_mask_steps(request, role, volume))


def mask_of_preset_findings(request: RegistrationRequest, asked: RegistrationRequest) -> list[Finding]:
    """Say which masks a preset has found itself.

    :param request: as it is run, see :func:`mask_of_preset_steps`.
    :param asked: as the user gave it.
    """
    found = []
    for role in ROLES:
        if _is_of_preset(request, asked, role):
            words = _MASKS_IN_WORDS[getattr(request, f"{role}_mask")]
            what = f"The preset looks only at {words} in the {role} volume, which was found automatically."
            found.append(Finding("mask-of-preset", "note", what))
    return found


def _is_of_preset(request: RegistrationRequest, asked: RegistrationRequest, role: Role) -> bool:
    return bool(getattr(request, f"{role}_mask") != getattr(asked, f"{role}_mask"))


def mask_need_findings(request: RegistrationRequest, preset: Preset) -> list[Finding]:
    """Say which masks a preset needs and does not get.

    :param request: with the masks of the preset, see :func:`with_masks_of_recipe`.
    """
    found = []
    for role in ROLES:
        is_given = getattr(request, f"{role}_mask") is not None or getattr(request, f"{role}_exclude") is not None
        if f"{role}-mask" not in preset.needs or is_given:
            continue
        what = f"The preset {preset.title} needs a {role} mask: it was made to look only at the region that one marks."
        found.append(Finding(f"no-{role}-mask", "error", what, *_remedy_without_mask(preset, role)))
    return found


def _remedy_without_mask(preset: Preset, role: Role) -> tuple[str, Fix | None]:
    """The body stands in for a mask that may be of anything, but not for one of a bone or a vessel."""
    if preset.anatomy != (ANY,):
        return f"Draw a mask of that region in the {role} volume, or choose a preset that needs none.", None
    body: AutomaticMask = "body"
    fix = Fix(f"Find the body as {role} mask", {f"{role}_mask": body}, f"--{role}-mask {body}")
    return f"Choose a mask for the {role} volume, or let the body be found in it.", fix


def own_weight_findings(
    request: RegistrationRequest, files: Sequence[ParameterFile], has_driving_pairs: bool
) -> list[Finding]:
    """Say where landmarks pull as a parameter file says itself, and what the choice of strength does to it.

    :param files: as the preset or the user has them.
    """
    if not has_driving_pairs:
        return []
    times = landmark_weight(request.landmark_weight) / LANDMARK_WEIGHTS["balanced"]
    found = []
    for stage, file in enumerate(files, 1):
        own = own_landmark_weights(file)
        if own:
            listed = ", ".join(f"{weight:g}" for weight in (own[:1] if len(set(own)) == 1 else own))
            what = f"Stage {stage} gives landmarks a weight of its own ({listed})"
            how = "is used as it is" if times == 1 else f"is multiplied by {times:g} for the strength that was chosen"
            found.append(Finding("own-landmark-weights", "note", f"{what}, which {how}."))
    return found


def _pairs_in_words(count: int) -> str:
    words: dict[int, Literal["one pair", "two pairs", "three pairs"]] = {
        1: "one pair",
        2: "two pairs",
        3: "three pairs",
    }
    return words.get(count, f"{count} pairs")
