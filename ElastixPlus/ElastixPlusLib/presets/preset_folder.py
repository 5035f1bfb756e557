"""One preset on disk: a folder with ``preset.json`` and the parameter files that it names."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..errors import OutputPlaceError, PresetError
from .preset import Origin, Preset, PresetStage
from .preset_json import description_of_preset, file_names, preset_of_description

DESCRIPTION_FILE = "preset.json"
_LARGEST_DESCRIPTION_BYTES = 1024 * 1024


def read_preset(folder: Path, origin: Origin = "user") -> Preset:
    """Read the preset that a folder holds; its parameter files are not read yet.

    :param folder: the folder with ``preset.json``.
    :param origin: where it belongs to.
    :raises PresetError: the description is missing or faulty, or names a file that is not in the folder.
    """
    path = Path(folder) / DESCRIPTION_FILE
    description = _read_json(path)
    stages = tuple(_stage(path, name) for name in file_names(description, str(path)))
    preset = preset_of_description(description, stages, str(path), origin=origin, folder=path.parent)
    if preset.id != path.parent.name:
        raise PresetError(
            f'The preset {path} has the id "{preset.id}" in a folder named "{path.parent.name}".',
            "Give both the same name in lower case letters, digits and hyphens.",
        )
    return preset


def write_preset(preset: Preset, parent: Path) -> Path:
    """Write a preset as a folder of its id, whole or not at all; an older one of the same id is replaced.

    :param parent: the folder of presets; made if it is not there.
    :returns: the folder of the preset.
    :raises ParameterFileError: a stage cannot be read.
    :raises OutputPlaceError: the folder cannot be written.
    """
    texts = {stage.name: stage.read() for stage in preset.stages}
    place = Path(parent) / preset.id
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.parent / f".{preset.id}-{uuid.uuid4().hex}"
        beside.mkdir()
        try:
            for name, file in texts.items():
                file.write(beside / name)
            described = json.dumps(description_of_preset(preset), indent=2, ensure_ascii=False) + "\n"
            (beside / DESCRIPTION_FILE).write_text(described, encoding="utf-8")
            _replace(beside, place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise OutputPlaceError(
            f"The preset {place} could not be written: {error.strerror or error}.",
            "Choose a folder that can be written to and has space left.",
        ) from error
    return place


def remove_preset(preset: Preset) -> None:
    """Delete the folder of a preset that the user made.

    :raises PresetError: it is built in, lies in a scene, or cannot be deleted.
    """
    if preset.origin != "user" or preset.folder is None:
        raise PresetError(f'The preset "{preset.id}" is {preset.origin}.', "Delete only presets of your own on disk.")
    try:
        shutil.rmtree(preset.folder)
    except OSError as error:
        raise PresetError(
            f"The preset {preset.folder} could not be deleted: {error.strerror or error}.",
            "Close what uses its files and try again.",
        ) from error


def is_plain_file_name(name: str) -> bool:
    r"""Whether a name stays inside of any folder on every system: no folder, no drive, no device.

    >>> is_plain_file_name("0-rigid.txt"), is_plain_file_name("../a.txt"), is_plain_file_name("C:a.txt")
    (True, False, False)
    """
    is_single = PurePosixPath(name).name == name and PureWindowsPath(name).name == name
    return is_single and name not in (".", "..") and not any(ord(letter) < 32 or letter in ':*?"<>|' for letter in name)


def _replace(new: Path, place: Path) -> None:
    """Put a folder in the place of another one; the old one goes only when the new one is complete."""
    if not place.exists():
        new.rename(place)
        return
    old = place.parent / f".{place.name}-{uuid.uuid4().hex}"
    place.rename(old)
    try:
        new.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _read_json(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_DESCRIPTION_BYTES + 1)
    except OSError as error:
        raise PresetError(
            f"The preset {path} could not be read: {error.strerror or error}.", "Check the preset's folder."
        ) from error
    if len(content) > _LARGEST_DESCRIPTION_BYTES:
        raise PresetError(f"The preset {path} is larger than 1 MB.", "Choose a file that describes a preset.")
    try:
        description = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PresetError(f"The preset {path} is not valid JSON: {error}.", "Correct the file.") from error
    if not isinstance(description, dict):
        raise PresetError(f"The preset {path} does not hold an object.", 'Begin it with "{".')
    return description


def _stage(path: Path, name: str) -> PresetStage:
    folder = path.parent.resolve()
    file = (folder / name).resolve()
    if not is_plain_file_name(name) or not file.is_relative_to(folder):
        raise PresetError(
            f'The preset {path} names "{name}", which lies outside of its folder.', "Move the file into the folder."
        )
    if not file.is_file():
        raise PresetError(
            f'The preset {path} names "{name}", which is not there.', "Add the file, or correct its name."
        )
    return PresetStage(name, file)
