"""A preset in one line for people who know anatomy, and the text in which a search field looks for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar

from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count
from ..errors import ParameterFileError
from .preset import Preset
from .stage_words import (
    added_metrics_in_words,
    grid_in_words,
    has_words,
    image_metrics_in_words,
    transform_in_words,
)

_STARTS = {"landmarks": "landmarks", "gravity": "centres of gravity", "centers": "centres"}
_FITS = {
    "rigid": "Rigid fit of the landmarks",
    "similarity": "Rigid fit of the landmarks with scaling",
    "affine": "Affine fit of the landmarks",
    "thin-plate": "Thin plate through the landmarks",
    "bspline": "Rigid fit of the landmarks, then B-spline",
}
T = TypeVar("T")


def describe(preset: Preset) -> str:
    """What a preset does, in one line made from its parameter files.

    Stages with the finest control point grid, then metrics and numbers of resolutions; these once if they are the same
    in all stages. Names of elastix that have no words here are shown as they are.

    :raises ParameterFileError: a parameter file cannot be read.

    >>> from ElastixPlusLib.presets import find_preset
    >>> describe(find_preset("generic"))
    'Rigid, then B-spline (16 mm grid); mutual information; 4 resolutions.'
    """
    if preset.recipe.landmark_fit:
        return f"{_FITS[preset.recipe.landmark_fit]}; the images are not looked at."
    files = preset.parameter_files()
    stages = [file for number, file in enumerate(files) if number not in preset.recipe.landmark_stages] or list(files)
    parts = (
        _stages_in_words(stages),
        _metrics_in_words(stages),
        _resolutions_in_words(stages),
        _recipe_in_words(preset),
    )
    return "; ".join(part for part in parts if part) + "."


def search_text(preset: Preset) -> str:
    """Everything that a search for a preset looks at, in lower case and without accents.

    Reads the parameter files: keep the text where a search runs with every letter typed. A preset whose parameter
    files cannot be read is found by its other words.

    >>> from ElastixPlusLib.presets import find_preset
    >>> "mutual information" in search_text(find_preset("affine"))
    True
    """
    try:
        description = describe(preset)
    except ParameterFileError:
        description = ""
    texts = (preset.id, preset.title, preset.summary, *preset.anatomy, *preset.modality, preset.used_for, description)
    return _folded("\n".join(texts))


def matches(preset: Preset, words: str) -> bool:
    """Whether every word occurs in what is known of a preset; accents and upper case do not matter.

    :param words: separated by blanks; none at all matches every preset.

    >>> from ElastixPlusLib.presets import find_preset
    >>> matches(find_preset("generic"), "B-Spline mutual"), matches(find_preset("rigid"), "b-spline")
    (True, False)
    """
    return text_matches(search_text(preset), words)


def text_matches(text: str, words: str) -> bool:
    """The same as :func:`matches` for a text that :func:`search_text` made before.

    >>> text_matches("knee mr", "MR Knee")
    True
    """
    return all(word in text for word in _folded(words).split())


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _stages_in_words(stages: list[ParameterFile]) -> str:
    """Neighbouring stages of one kind are taken together, with the grid of the last of them."""
    texts = []
    for name, group in groupby(stages, transform_in_words):
        same = list(group)
        count = f" in {len(same)} stages" if len(same) > 1 else ""
        grid = grid_in_words(same[-1])
        texts.append(f"{name}{count}" + (f" ({grid} grid)" if grid else ""))
    text = ", then ".join(texts)
    return text[:1].upper() + text[1:] if has_words(stages[0]) else text


def _metrics_in_words(stages: list[ParameterFile]) -> str:
    """Image metrics once as long as they stay the same, with what is added to them."""
    texts: list[str] = []
    before = ""
    for images, added in _changes((image_metrics_in_words(stage), added_metrics_in_words(stage)) for stage in stages):
        words = [images] if images and images != before else []
        words += [f"with {added}"] if added else []
        if words or not texts:
            texts.append(" ".join(words))
        before = images
    return ", then ".join(text for text in texts if text)


def _resolutions_in_words(stages: list[ParameterFile]) -> str:
    counts = sorted({resolution_count(stage) for stage in stages})
    few, many = counts[0], counts[-1]
    return f"{few} to {many} resolutions" if few != many else f"{many} resolution{'' if many == 1 else 's'}"


def _recipe_in_words(preset: Preset) -> str:
    recipe = preset.recipe
    start = f"from the {_STARTS[recipe.initial[0]]}" if recipe.initial else ""
    crop = "cropped" if recipe.crop == "overlap" else ""
    mask = f"inside the {recipe.fixed_mask.replace('-', ' ')}" if recipe.fixed_mask else ""
    more = "one more stage for landmarks" if recipe.landmark_stages else ""
    return ", ".join(part for part in (start, crop, mask, more) if part)


def _changes(texts: Iterable[T]) -> Iterator[T]:
    """The texts without those that repeat the one before."""
    return (text for text, _ in groupby(texts))
