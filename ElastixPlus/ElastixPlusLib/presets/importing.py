"""Anything that may hold presets becomes presets: files of ElastixPlus, of SlicerElastix, of elastix and its model zoo.

============================================  ==================================================================
given                                         becomes
============================================  ==================================================================
``knee.elastixplus.json``                     the preset
a folder with ``preset.json``                 the preset
``.txt`` or ``.toml`` files                   one preset with these stages, in the order given
``.xml`` database of SlicerElastix            one preset per entry
a folder of the model zoo                     see :mod:`.model_zoo_folder`
a folder of any of these                      all of them
a ``.zip`` of any of these                    all of them
============================================  ==================================================================
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..elastix.ordinary_file import exists
from ..elastix.parameter_file import ParameterFile
from ..errors import InputError, ParameterFileError, PresetError
from .archive import SUFFIX, read_archive, read_text
from .imported import Imported, free_names, needs_of, text_stage, title_of, together, why_not_runnable, with_own_names
from .library import list_presets
from .model_zoo_folder import has_parameter_files, is_model_folder, presets_of_model_folder
from .preset import Preset
from .preset_folder import DESCRIPTION_FILE, is_plain_file_name
from .preset_json import file_names, json_object, preset_of_description
from .slicer_elastix_database import is_database, presets_of_database
from .user_presets import free_identifier
from .zip_archive import unpack

__all__ = ["Imported", "import_presets"]

_REMEDY = (
    f"Choose a file that ends in {SUFFIX}, parameter files, a folder or a zip file with them, or a database of "
    "SlicerElastix."
)
_STAGE_ENDINGS = (".txt", ".toml")
_MOST_FOLDERS = 2000
_MOST_FILES_OF_A_FOLDER = 5000
_DEEPEST = 8


def import_presets(path: Path | str | Sequence[Path | str]) -> Imported:
    """Read presets of any kind; nothing is written.

    Each preset has an id that none of the library has, and is the user's own. Notes say what was assumed, what was
    left out, and what will not run as it is.

    :param path: a file or a folder, or several; several parameter files are the stages of one preset, in order.
    :raises InputError: nothing in it can be read as a preset.
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    if not paths:
        raise PresetError("There is nothing to import.", "Choose a file or a folder.")
    for one in paths:
        if not exists(one):
            raise PresetError(f"{one} does not exist.", "Check its name.")
    stages = [one for one in paths if one.is_file() and one.suffix.lower() in _STAGE_ENDINGS]
    others = [one for one in paths if one not in stages]
    parts = [_preset_of_stages(stages)] if stages else []
    for one in others:
        parts.append(_of_folder(one) if one.is_dir() else _of_file(one))
    found = together(parts)
    if not found.presets:
        why = f" {found.notes[0]}" if found.notes else ""
        raise PresetError(f"Nothing in {paths[0]} could be read as a preset.{why}", _REMEDY)
    presets = free_names(found.presets, {preset.id for preset in list_presets()})
    return Imported(presets, (*found.notes, *(note for preset in presets for note in why_not_runnable(preset))))


def _of_file(path: Path) -> Imported:
    ending = path.suffix.lower()
    if path.name == DESCRIPTION_FILE:
        return Imported((_preset_of_folder(path.parent),))
    if ending == ".json":
        return Imported((read_archive(path),))
    if ending == ".xml":
        return presets_of_database(path)
    if ending == ".zip":
        with tempfile.TemporaryDirectory(prefix="elastixplus-") as temporary:
            folder = Path(temporary).resolve() / path.stem
            folder.mkdir()
            unpack(path, folder)
            found = _of_folder(folder)
            return Imported(found.presets, tuple(note.replace(str(folder), str(path)) for note in found.notes))
    raise PresetError(f"{path} holds no presets.", _REMEDY)


def _preset_of_folder(folder: Path) -> Preset:
    """A preset on disk as one that holds its texts; the folder may have any name."""
    path = folder / DESCRIPTION_FILE
    description = json_object(read_text(path), str(path))
    stages = []
    for name in file_names(description, str(path)):
        file = folder / name
        if not is_plain_file_name(name) or not file.resolve().is_relative_to(folder.resolve()):
            raise PresetError(f'The preset {path} names "{name}", which lies outside of its folder.', "Move it there.")
        stages.append(text_stage(ParameterFile.read(file), name))
    return preset_of_description(description, with_own_names(stages), str(path), origin="user")


def _preset_of_stages(paths: Sequence[Path]) -> Imported:
    """One preset of parameter files; its name is that of the only file, or of the folder of the first."""
    files = [ParameterFile.read(path) for path in paths]
    for path, file in zip(paths, files, strict=True):
        if "Transform" not in file:
            raise ParameterFileError(
                f"The parameter file {path} does not say which transform to look for.",
                'Choose a parameter file with a line such as (Transform "EulerTransform").',
                path,
            )
        if "TransformParameters" in file:
            raise ParameterFileError(
                f"The file {path} holds the transform that a run found.", "Choose the file that says how to run.", path
            )
    title = title_of(paths[0].stem if len(paths) == 1 else paths[0].resolve().parent.name or paths[0].stem)
    stages = with_own_names(text_stage(file, path.name) for path, file in zip(paths, files, strict=True))
    preset = Preset(free_identifier(title, ()), title, stages=stages, needs=needs_of(files), origin="user")
    order = f"{preset.title}: the stages run in the order given: {', '.join(path.name for path in paths)}."
    return Imported((preset,), (order,) if len(paths) > 1 else ())


def _of_folder(folder: Path) -> Imported:
    """Everything in a folder; what cannot be read becomes a note."""
    parts: list[Imported] = []
    waiting: list[tuple[Path, Path | None, int]] = [(folder, None, 0)]
    count = 0
    while waiting and count < _MOST_FOLDERS:
        place, model, depth = waiting.pop(0)
        count += 1
        model = place if is_model_folder(place) else model
        parts.append(_in_folder(place, model))
        if depth < _DEEPEST and not (place / DESCRIPTION_FILE).is_file():
            waiting += [(inner, model, depth + 1) for inner in _inner_folders(place)]
    return together(parts)


def _in_folder(place: Path, model: Path | None) -> Imported:
    """What lies in one folder, without those below it."""
    if (place / DESCRIPTION_FILE).is_file():
        return _or_note(place / DESCRIPTION_FILE)
    held = [
        path
        for path in sorted(place.iterdir())[:_MOST_FILES_OF_A_FOLDER]
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    ]
    found = [path for path in held if path.name.lower().endswith(SUFFIX) or _is_database(path)]
    if found:
        return together(_or_note(path) for path in found)
    return presets_of_model_folder(place, model) if has_parameter_files(place) else Imported()


def _inner_folders(place: Path) -> list[Path]:
    return sorted(
        path
        for path in place.iterdir()
        if path.is_dir() and not path.is_symlink() and not path.name.startswith((".", "__MACOSX"))
    )


def _is_database(path: Path) -> bool:
    if path.suffix.lower() != ".xml":
        return False
    try:
        with path.open("rb") as file:
            return is_database(file.read(4096))
    except OSError:
        return False


def _or_note(path: Path) -> Imported:
    try:
        return _of_file(path)
    except InputError as error:
        return Imported(notes=(f"{path.name} was left out. {error.what} {error.remedy}",))
