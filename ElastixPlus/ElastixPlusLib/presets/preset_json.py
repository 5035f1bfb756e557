"""The description of a preset as plain data: what ``preset.json`` holds, and how it becomes a preset and back.

What comes from elsewhere is data of strangers: every value is checked for its kind and its size.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..errors import PresetError
from .preset import ANY, NEEDS, SUBJECTS, MeasuredHere, Preset, PresetStage
from .recipe import Recipe, read_recipe, recipe_as_dict

_IDENTIFIER = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)
_LONGEST_IDENTIFIER = 64
_HALF_A_LETTER = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
MOST_CHARACTERS = 10 * 1024 * 1024
_LONGEST_TEXT = 4000
_MOST_TEXTS = 50
_MOST_IMAGE_PAIRS = 16
_KEYS = frozenset(
    "id title summary anatomy modality dimension subject needs expects used_for citation doi image_pairs measured "
    "files recipe".split()
)


def is_identifier(text: str) -> bool:
    """Whether a text can be the id of a preset and the name of its folder on every system.

    >>> is_identifier("knee-mr"), is_identifier("Knee"), is_identifier("nul"), is_identifier("..")
    (True, False, False, False)
    """
    return (
        len(text) <= _LONGEST_IDENTIFIER and _IDENTIFIER.fullmatch(text) is not None and not is_device_of_windows(text)
    )


def is_device_of_windows(name: str) -> bool:
    """Whether Windows takes a name, with any ending, for a device instead of a file.

    >>> is_device_of_windows("nul"), is_device_of_windows("AUX.txt"), is_device_of_windows("auxiliary.txt")
    (True, True, False)
    """
    return _RESERVED_ON_WINDOWS.fullmatch(name) is not None


def preset_of_description(
    description: Mapping[str, Any], stages: Sequence[PresetStage], where: str, **fields: Any
) -> Preset:
    """Make a preset of its description.

    :param description: what ``preset.json`` holds.
    :param stages: its parameter files, in order.
    :param where: what to name in messages.
    :param fields: further fields of the preset, such as ``origin``.
    :raises PresetError: something is missing, is no sound value, or is not understood.

    >>> preset_of_description({"id": "knee", "title": "Knee", "recipe": {"landmark_fit": "rigid"}}, (), "here").id
    'knee'
    """
    unknown = set(description) - _KEYS
    if unknown:
        raise _fault(where, f'has "{min(map(str, unknown))}", which means nothing', "Remove it, or correct its name.")
    recipe = _recipe(description, where)
    if recipe.landmark_fit and stages:
        raise _fault(where, "has stages beside a fit of the landmarks alone", "Keep one of the two.")
    if not recipe.landmark_fit and not stages:
        raise _fault(where, "names no parameter file", 'List one file per stage under "files".')
    if recipe.landmark_stages and not set(recipe.landmark_stages) < set(range(len(stages))):
        what = "names stages for landmarks that are not there, or leaves none to run without landmarks"
        raise _fault(where, what, 'Correct "landmark_stages" of its recipe.')
    return Preset(
        id=_identifier(description, where),
        title=_text(description, "title", where),
        summary=_text(description, "summary", where, ""),
        anatomy=_words(description, "anatomy", where),
        modality=_words(description, "modality", where),
        dimension=_dimension(description, where),
        subject=_choice(description, "subject", SUBJECTS, where),
        needs=_needs(description, where),
        expects=_texts(description, "expects", where),
        used_for=_text(description, "used_for", where, ""),
        citation=_text(description, "citation", where, ""),
        doi=_text(description, "doi", where, ""),
        stages=tuple(stages),
        recipe=recipe,
        image_pairs=_image_pairs(description, where),
        measured=_measured(description, where),
        **fields,
    )


def description_of_preset(preset: Preset) -> dict[str, Any]:
    """The description of a preset as plain data; :func:`preset_of_description` makes the same preset of it.

    >>> description_of_preset(Preset("knee", "Knee", recipe=Recipe(landmark_fit="rigid")))["recipe"]
    {'landmark_fit': 'rigid'}
    """
    measured = [{key: value for key, value in vars(one).items() if value is not None} for one in preset.measured]
    told: dict[str, Any] = {
        "id": preset.id,
        "title": preset.title,
        "summary": preset.summary,
        "anatomy": list(preset.anatomy),
        "modality": list(preset.modality),
        "dimension": preset.dimension,
        "subject": preset.subject,
        "needs": list(preset.needs),
        "expects": list(preset.expects),
        "used_for": preset.used_for,
        "citation": preset.citation,
        "doi": preset.doi,
        "image_pairs": preset.image_pairs,
        "measured": measured,
        "files": [stage.name for stage in preset.stages],
        "recipe": recipe_as_dict(preset.recipe),
    }
    empty: tuple[Any, ...] = ("", [], {})
    always = {"id", "title", "summary", "anatomy", "modality", "dimension", "files"}
    return {
        key: value
        for key, value in told.items()
        if key in always or not (value in empty or (key, value) in (("subject", ANY), ("image_pairs", 1)))
    }


def json_object(text: str, where: str) -> dict[str, Any]:
    """The object that a JSON text holds, with every doubt refused.

    :param where: what to name in messages.
    :raises PresetError: it is too large, no JSON, no object, says something twice, or holds no finite number.

    >>> json_object('{"id": "knee"}', "here")
    {'id': 'knee'}
    """
    if len(text) > MOST_CHARACTERS:
        raise _fault(where, "is larger than 10 MB, which no preset needs", "Choose a file that describes a preset.")
    try:
        held = json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=_without_duplicates, parse_constant=_no_constant
        )
        if _HALF_A_LETTER.search(text):
            _require_whole_letters(held)
    except (ValueError, RecursionError) as error:
        raise PresetError(
            f"The preset {where} is not valid JSON: {error}.", "Correct the file, or export it again."
        ) from error
    if not isinstance(held, dict):
        raise _fault(where, "does not hold an object", "Choose a file that was exported.")
    return held


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return held


def _require_whole_letters(held: object) -> None:
    try:
        json.dumps(held, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("a letter in it is only half there, and no file can hold that") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def file_names(description: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """The names of the parameter files, as written; whether they may be opened is for the caller to find out.

    :raises PresetError: there is no list of texts.
    """
    return _texts(description, "files", where)


def _recipe(description: Mapping[str, Any], where: str) -> Recipe:
    try:
        return read_recipe(description)
    except PresetError as error:
        raise PresetError(f"The preset {where} cannot be used. {error.what}", error.remedy) from error


def _identifier(description: Mapping[str, Any], where: str) -> str:
    identifier = _text(description, "id", where)
    if not is_identifier(identifier):
        raise _fault(
            where,
            f'has the id "{identifier}"',
            f"Use up to {_LONGEST_IDENTIFIER} lower case letters and digits, with hyphens between them.",
        )
    return identifier


def _text(description: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = description.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise _fault(where, f'has no text under "{key}"', f'Give "{key}" a text.')
    if len(value) > _LONGEST_TEXT or "\0" in value:
        raise _fault(where, f'has an unusable text under "{key}"', f"Use at most {_LONGEST_TEXT} characters.")
    return value


def _texts(description: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = description.get(key, [])
    if (
        not isinstance(value, list)
        or len(value) > _MOST_TEXTS
        or not all(isinstance(item, str) and item.strip() and len(item) <= _LONGEST_TEXT for item in value)
    ):
        raise _fault(where, f'has no list of texts under "{key}"', f'Give "{key}" a list of texts, or [].')
    return tuple(value)


def _words(description: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    return _texts(description, key, where) or (ANY,)


def _choice(description: Mapping[str, Any], key: str, choices: Sequence[str], where: str) -> str:
    value = _text(description, key, where, ANY)
    if value not in choices:
        raise _fault(where, f'has "{value}" under "{key}"', f"Choose one of {', '.join(choices)}.")
    return value


def _needs(description: Mapping[str, Any], where: str) -> tuple[str, ...]:
    needs = _texts(description, "needs", where)
    for need in needs:
        if need not in NEEDS:
            raise _fault(where, f'has "{need}" under "needs"', f'Use {", ".join(NEEDS)}; other things go to "expects".')
    return needs


def _dimension(description: Mapping[str, Any], where: str) -> int:
    dimension = description.get("dimension", 3)
    if isinstance(dimension, bool) or dimension != 3:
        raise _fault(where, f"is for dimension {dimension!r}", 'Set "dimension" to 3; volumes have 3 dimensions.')
    return 3


def _image_pairs(description: Mapping[str, Any], where: str) -> int:
    count = description.get("image_pairs", 1)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST_IMAGE_PAIRS:
        raise _fault(where, f"takes {count!r} image pairs", f"Give a number from 1 to {_MOST_IMAGE_PAIRS}.")
    return count


def _measured(description: Mapping[str, Any], where: str) -> tuple[MeasuredHere, ...]:
    given = description.get("measured", [])
    if not isinstance(given, list) or len(given) > _MOST_TEXTS or not all(isinstance(one, dict) for one in given):
        raise _fault(where, 'has no list of figures under "measured"', "Give a list of objects, or [].")
    return tuple(_figures(one, where) for one in given)


def _figures(given: dict[str, Any], where: str) -> MeasuredHere:
    words, numbers = {"case", "engine"}, set(MeasuredHere.__dataclass_fields__) - {"case", "engine"}
    is_sound = (
        words | {"seconds"} <= set(given) <= words | numbers
        and all(isinstance(given[key], str) for key in words)
        and all(_is_number(value) for key, value in given.items() if key in numbers)
    )
    if not is_sound:
        raise _fault(
            where, 'has figures under "measured" that are not understood', f"Use {', '.join(sorted(numbers))}."
        )
    return MeasuredHere(**given)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _fault(where: str, what: str, remedy: str) -> PresetError:
    return PresetError(f"The preset {where} {what}.", remedy)
