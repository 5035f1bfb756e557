"""What a preset is for and what it needs, in words; and what is known of it as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import ParameterFileError
from ..presets.description import describe
from ..presets.preset import ANY, Preset
from ..presets.preset_json import description_of_preset

_NEEDS = {"fixed-mask": "a fixed mask", "moving-mask": "a moving mask", "landmarks": "landmarks"}


def what_it_does(preset: Preset) -> str:
    """One line made from the parameter files; why there is none where one cannot be read."""
    try:
        return describe(preset)
    except ParameterFileError as error:
        return error.what


def needs_in_words(preset: Preset) -> str:
    """What has to be given beside two volumes; empty for nothing.

    >>> needs_in_words(Preset("a", "A", needs=("fixed-mask", "landmarks"), image_pairs=2))
    '2 pairs of volumes, a fixed mask, landmarks'
    """
    pairs = (f"{preset.image_pairs} pairs of volumes",) if preset.image_pairs > 1 else ()
    return ", ".join((*pairs, *(_NEEDS[need] for need in preset.needs)))


def names_in_words(names: Sequence[str]) -> str:
    """Anatomies or modalities.

    >>> names_in_words(("MR", "CT")), names_in_words(("any",))
    ('MR, CT', 'any')
    """
    return ", ".join(names)


def is_for_all(names: Sequence[str]) -> bool:
    """Whether anatomies or modalities are not narrowed down."""
    return tuple(names) == (ANY,)


def preset_account(preset: Preset) -> dict[str, Any]:
    """Everything that is known of a preset as plain data, with what it does in words."""
    return {
        **description_of_preset(preset),
        "subject": preset.subject,
        "needs": list(preset.needs),
        "does": what_it_does(preset),
        "origin": preset.origin,
        "folder": None if preset.folder is None else str(preset.folder),
    }
