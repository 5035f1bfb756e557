"""The user's own presets: saved in one folder, made as copies of others, with ids that fit every system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import replace

from ..errors import Fix, PresetError
from .library import builtin_preset_folder, user_preset_folder
from .preset import Preset, PresetStage
from .preset_folder import read_preset, write_preset
from .preset_json import is_identifier

_LONGEST_SLUG = 48
_USUAL_SLUG = "preset"
# Letters that are no base letter with an accent.
_SPELLED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})


def save_user_preset(preset: Preset, replace: bool = False) -> Preset:
    """Write a preset into the folder of the user's own presets.

    :param preset: whatever its origin; the saved one is the user's own.
    :param replace: take the place of the user's preset of the same id, if there is one.
    :returns: the preset as it lies on disk.
    :raises PresetError: its id is no id, that of a built-in preset, or taken.
    :raises ParameterFileError: one of its parameter files cannot be read.
    :raises OutputPlaceError: the folder cannot be written.
    """
    check_can_be_saved(preset, replace)
    return read_preset(write_preset(preset, user_preset_folder()), "user")


def check_can_be_saved(preset: Preset, replace: bool = False) -> None:
    """Find out whether a preset could be saved, before anything is written.

    :param replace: whether it may take the place of another one.
    :raises PresetError: its id is no id, that of a built-in preset, or taken.
    """
    if not is_identifier(preset.id):
        raise PresetError(
            f'"{preset.id}" cannot be the id of a preset.',
            f'Use lower case letters and digits with hyphens between them, such as "{free_identifier(preset.id, ())}".',
        )
    if preset.id in builtin_identifiers():
        raise PresetError(f'The preset "{preset.id}" is built in and stays as it is.', "Choose another id for yours.")
    if not replace and (user_preset_folder() / preset.id).exists():
        fault = PresetError(
            f'You have a preset "{preset.id}" already.', "Choose another id, or replace the one that is there."
        )
        fault.fix = Fix("Replace it", option="--replace")
        raise fault


def duplicate_of(
    preset: Preset, identifier: str | None = None, title: str | None = None, taken: Collection[str] = ()
) -> Preset:
    """A copy of a preset as the user's own, not saved yet; its parameters are texts.

    What was measured is dropped, as it may not hold for what becomes of the copy; the citation stays.

    :param identifier: of the copy; None makes one of the title.
    :param title: of the copy; None takes "Copy of ..." or, where the copy has the id of the preset, its title.
    :param taken: ids that the copy must not get where ``identifier`` is None.
    :raises ParameterFileError: one of the parameter files cannot be read.

    >>> from ElastixPlusLib.presets import find_preset
    >>> duplicate_of(find_preset("rigid"), title="Knie, früh").id
    'knie-fruh'
    """
    title = title or f"Copy of {preset.title}"
    stages = tuple(PresetStage(stage.name, text=stage.read().text) for stage in preset.stages)
    identifier = identifier if identifier is not None else free_identifier(title, taken)
    return replace(preset, id=identifier, title=title, stages=stages, measured=(), origin="user", folder=None)


def free_identifier(title: str, taken: Collection[str]) -> str:
    """An id made of a title, with a number behind it where it is taken.

    :param title: any text, also one without a letter that an id may have.
    :param taken: ids that are in use.

    >>> free_identifier("Lunge: Ein- und Ausatmung (schnell)", ["lunge-ein-und-ausatmung-schnell"])
    'lunge-ein-und-ausatmung-schnell-2'
    >>> free_identifier("肺", [])
    'preset'
    """
    spelled = unicodedata.normalize("NFKD", title.casefold().translate(_SPELLED))
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[^\x00-\x7f]", "", spelled))[:_LONGEST_SLUG].strip("-") or _USUAL_SLUG
    if not is_identifier(slug):  # a device of Windows
        slug = f"{_USUAL_SLUG}-{slug}"
    number, identifier = 1, slug
    while identifier in taken:
        number += 1
        identifier = f"{slug}-{number}"
    return identifier


def builtin_identifiers() -> frozenset[str]:
    """The ids of the presets that come with ElastixPlus; none of them is read."""
    return frozenset(place.name for place in builtin_preset_folder().iterdir() if place.is_dir())
