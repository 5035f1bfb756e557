"""The preset library: folders that hold one folder per preset.

A preset is a folder with ``preset.json`` and the parameter files that it names, one per stage, in order::

    generic/
        preset.json
        0-rigid.txt
        1-bspline.txt

A new preset is a new folder; no code lists them.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import PresetError
from .recipe import Recipe, read_recipe

_DESCRIPTION = "preset.json"
_IDENTIFIER = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")


@dataclass(frozen=True)
class Preset:
    """One way to register, as parameter files with a description.

    :param id: the name of its folder; lower case letters, digits, and - _ . between them.
    :param title: for a list of presets.
    :param summary: one sentence: what it does, and for what.
    :param anatomy: what it was made for, or "any".
    :param modality: the same for the modality.
    :param dimension: of the volumes; 3.
    :param needs: what has to be there for it to work, each in words.
    :param citation: the publication to cite.
    :param parameter_paths: one elastix parameter file per stage, in order; none for a fit of the landmarks alone.
    :param recipe: what it decides besides.
    """

    id: str
    title: str
    summary: str
    anatomy: str
    modality: str
    dimension: int
    needs: tuple[str, ...]
    citation: str
    parameter_paths: tuple[Path, ...]
    recipe: Recipe = field(default_factory=Recipe)


def builtin_preset_folder() -> Path:
    """The folder of the presets that come with ElastixPlus.

    In the source tree and in Slicer it lies beside the library, in an installed wheel inside of it.

    :raises PresetError: if neither is there, so the installation is incomplete.
    """
    library = Path(__file__).resolve().parent.parent
    places = (library.parent / "Resources" / "Presets", library / "Resources" / "Presets")
    for place in places:
        if place.is_dir():
            return place
    raise PresetError(f"The built-in presets are missing, {places[0]} does not exist.", "Install ElastixPlus again.")


def list_presets(folders: Sequence[Path] | None = None) -> tuple[Preset, ...]:
    """All presets, sorted by id.

    :param folders: where to look; None looks at the built-in presets.
    :raises PresetError: if a folder does not exist, a preset is faulty, or two presets have the same id.
    """
    found: dict[str, Preset] = {}
    for folder in _folders(folders):
        for place in _preset_folders(folder):
            preset = read_preset(place)
            if preset.id in found:
                raise PresetError(
                    f'There are two presets with the id "{preset.id}", the second in {place}.',
                    "Rename one of the two folders and its id.",
                )
            found[preset.id] = preset
    return tuple(found[identifier] for identifier in sorted(found))


def find_preset(identifier: str, folders: Sequence[Path] | None = None) -> Preset:
    """The preset with a given id; others are not even read, so that a faulty one does no harm.

    :param identifier: the id.
    :param folders: where to look, in order; None looks at the built-in presets.
    :raises PresetError: if there is no such preset, or it is faulty.

    >>> find_preset("generic").title
    'Generic: rigid, then B-spline'
    """
    if not isinstance(identifier, str):
        raise PresetError(f"{identifier!r} is no id of a preset.", "Give the id as a text, such as generic.")
    places = [place for folder in _folders(folders) for place in _preset_folders(folder)]
    for place in places:
        if place.name == identifier:
            return read_preset(place)
    names = sorted({place.name for place in places})
    close = difflib.get_close_matches(identifier.lower(), names, n=1)
    remedy = f'Did you mean "{close[0]}"?' if close else f"Choose one of: {', '.join(names) or 'none are there'}."
    raise PresetError(f'There is no preset "{identifier}".', remedy)


def read_preset(folder: Path) -> Preset:
    """Read the preset that a folder holds.

    :param folder: the folder with ``preset.json``.
    :raises PresetError: if the description is missing or faulty, or names a file that is not in the folder.
    """
    path = Path(folder) / _DESCRIPTION
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PresetError(
            f"The preset {path} could not be read: {error.strerror or error}.", "Check the preset's folder."
        ) from error
    except ValueError as error:
        raise PresetError(f"The preset {path} is not valid JSON: {error}.", "Correct the file.") from error
    if not isinstance(description, dict):
        raise _fault(path, "does not hold an object", 'Begin it with "{".')
    recipe = _recipe(description, path)
    return Preset(
        id=_identifier(description, path),
        title=_text(description, "title", path),
        summary=_text(description, "summary", path),
        anatomy=_text(description, "anatomy", path),
        modality=_text(description, "modality", path),
        dimension=_dimension(description, path),
        needs=_texts(description, "needs", path),
        citation=_text(description, "citation", path),
        parameter_paths=() if recipe.landmark_fit else _parameter_paths(description, path),
        recipe=recipe,
    )


def _recipe(description: dict[str, Any], path: Path) -> Recipe:
    try:
        return read_recipe(description)
    except PresetError as error:
        raise PresetError(f"The preset {path} cannot be used. {error.what}", error.remedy) from error


def _folders(folders: Sequence[Path] | None) -> tuple[Path, ...]:
    if folders is None:
        return (builtin_preset_folder(),)
    for folder in folders:
        if not Path(folder).is_dir():
            raise PresetError(f"The preset folder {folder} does not exist.", "Choose a folder that exists.")
    return tuple(Path(folder) for folder in folders)


def _preset_folders(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob(f"*/{_DESCRIPTION}"))


def _text(description: dict[str, Any], key: str, path: Path) -> str:
    value = description.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _fault(path, f'has no text under "{key}"', f'Give "{key}" a text.')
    return value


def _texts(description: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
    value = description.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise _fault(path, f'has no list of texts under "{key}"', f'Give "{key}" a list of texts, or [].')
    return tuple(value)


def _identifier(description: dict[str, Any], path: Path) -> str:
    identifier = _text(description, "id", path)
    if not _IDENTIFIER.fullmatch(identifier) or identifier != path.parent.name:
        raise _fault(
            path,
            f'has the id "{identifier}" in a folder named "{path.parent.name}"',
            "Give both the same name in lower case letters, digits and hyphens.",
        )
    return identifier


def _dimension(description: dict[str, Any], path: Path) -> int:
    dimension = description.get("dimension")
    if isinstance(dimension, bool) or dimension != 3:
        raise _fault(path, f"is for dimension {dimension!r}", 'Set "dimension" to 3; volumes have 3 dimensions.')
    return 3


def _parameter_paths(description: dict[str, Any], path: Path) -> tuple[Path, ...]:
    names = _texts(description, "files", path)
    if not names:
        raise _fault(path, "names no parameter file", 'List one file per stage under "files".')
    folder = path.parent.resolve()
    paths = []
    for name in names:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise _fault(path, f'names "{name}", which lies outside of its folder', "Move the file into the folder.")
        if not file.is_file():
            raise _fault(path, f'names "{name}", which is not there', "Add the file, or correct its name.")
        paths.append(file)
    return tuple(paths)


def _fault(path: Path, what: str, remedy: str) -> PresetError:
    return PresetError(f"The preset {path} {what}.", remedy)
