"""One preset on disk: a folder with ``preset.json`` and the parameter files that it names."""

from __future__ import annotations

import json
import shutil
import unicodedata
import uuid
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..elastix.ordinary_file import FileTooLargeError, read_ordinary_file
from ..errors import OutputPlaceError, PresetError
from .preset import Origin, Preset, PresetStage
from .preset_json import (
    description_of_preset,
    file_names,
    is_device_of_windows,
    is_identifier,
    json_object,
    preset_of_description,
)

DESCRIPTION_FILE = "preset.json"
_LARGEST_DESCRIPTION_BYTES = 1024 * 1024
_LONGEST_NAME_BYTES = 240  # of the 255 that file systems take, as a number may come in front
# Not in names on Windows, and what turns the direction of reading: a text that ends in "txt.exe" can be made to look
# as if it ended in "exe.txt".
_NOT_IN_NAMES = ':*?"<>|' + "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


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
    :raises PresetError: its id or the name of a stage is no name of a file on every system.
    :raises ParameterFileError: a stage cannot be read.
    :raises OutputPlaceError: the folder cannot be written.
    """
    _require_names(preset)
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

    Windows also drops dots and blanks at the end, so that a name with them would be that of another file there. A name
    also looks like what it is: nothing in it is a control character or turns the direction of reading.

    >>> is_plain_file_name("0-rigid.txt"), is_plain_file_name("../a.txt"), is_plain_file_name("C:a.txt")
    (True, False, False)
    >>> is_plain_file_name("nul.txt"), is_plain_file_name("a.txt."), is_plain_file_name("a\x1b.txt")
    (False, False, False)
    """
    is_single = bool(name) and PurePosixPath(name).name == name == PureWindowsPath(name).name
    has_odd_letters = any(letter in _NOT_IN_NAMES or unicodedata.category(letter) in ("Cc", "Cs") for letter in name)
    is_short = len(name.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME_BYTES
    return (
        is_single
        and is_short
        and not has_odd_letters
        and not name.endswith((".", " "))
        and not is_device_of_windows(name)
    )


def _require_names(preset: Preset) -> None:
    odd = [preset.id] if not is_identifier(preset.id) else []
    odd += [stage.name for stage in preset.stages if not is_plain_file_name(stage.name)]
    if odd:
        raise PresetError(
            f"{odd[0][:100]!r} is no name that a preset or a file of it can have on every system.",
            "Choose a name of letters, digits and hyphens.",
        )


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
        text = read_ordinary_file(path, _LARGEST_DESCRIPTION_BYTES).decode("utf-8")
    except FileTooLargeError as error:
        raise PresetError(
            f"The preset {path} is larger than 1 MB.", "Choose a file that describes a preset."
        ) from error
    except UnicodeDecodeError as error:
        raise PresetError(f"The preset {path} is no text in UTF-8.", "Save the file as text in UTF-8.") from error
    except OSError as error:
        raise PresetError(
            f"The preset {path} could not be read: {error.strerror or error}.", "Check the preset's folder."
        ) from error
    return json_object(text, str(path))


def _stage(path: Path, name: str) -> PresetStage:
    folder = path.parent.resolve()
    file = folder / name
    if not is_plain_file_name(name) or not file.resolve().is_relative_to(folder):
        raise PresetError(
            f'The preset {path} names "{name}", which lies outside of its folder.', "Move the file into the folder."
        )
    if not file.is_file():
        raise PresetError(
            f'The preset {path} names "{name}", which is not there.', "Add the file, or correct its name."
        )
    return PresetStage(name, file.resolve())
