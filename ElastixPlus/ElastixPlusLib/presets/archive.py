"""One preset as one JSON text: a file to send to somebody, and what a scene keeps.

::

    {
      "format": "ElastixPlus preset",
      "version": 1,
      "preset": {"id": "knee", "title": "Knee", "files": ["0-rigid.txt"], ...},
      "files": {"0-rigid.txt": "(Transform \\"EulerTransform\\")\\n..."}
    }

"preset" is what ``preset.json`` holds in the folder of a preset.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from ..elastix.ordinary_file import FileTooLargeError, read_ordinary_file
from ..elastix.parameter_file import ParameterFile
from ..elastix.toml_parameters import parameter_file_of_toml
from ..elastix.whole_file import whole_file
from ..errors import OutputPlaceError, ParameterFileError, PresetError
from .imported import text_stage
from .preset import Origin, Preset, PresetStage
from .preset_folder import is_plain_file_name
from .preset_json import MOST_CHARACTERS, description_of_preset, file_names, json_object, preset_of_description

SUFFIX = ".elastixplus.json"
FORMAT = "ElastixPlus preset"
VERSION = 1
_LARGEST_FILE_BYTES = 2 * MOST_CHARACTERS  # letters take up to four bytes, but not all of them
_KEYS = {"format", "version", "preset", "files"}


def preset_as_text(preset: Preset) -> str:
    """The whole preset as one text; :func:`preset_of_text` makes the same preset of it.

    :raises ParameterFileError: a stage cannot be read.
    :raises PresetError: two stages of one name differ, or the text would be larger than 10 MB.

    >>> stage = PresetStage("0-rigid.txt", text='(Transform "EulerTransform")')
    >>> knee = Preset("knee", "Knee", stages=(stage,), origin="user")
    >>> preset_of_text(preset_as_text(knee), "here") == knee
    True
    """
    stages = tuple(text_stage(stage.read(), stage.name) for stage in preset.stages)
    texts: dict[str, str] = {}
    for stage in stages:
        text = stage.text or ""
        if texts.setdefault(stage.name, text) != text:
            raise PresetError(
                f'The preset "{preset.id}" has two different stages named "{stage.name}".', "Rename one of them."
            )
    held = {
        "format": FORMAT,
        "version": VERSION,
        "preset": description_of_preset(replace(preset, stages=stages)),
        "files": texts,
    }
    text = json.dumps(held, indent=2, ensure_ascii=False) + "\n"
    _check_size(text, f'"{preset.id}"')
    return text


def preset_of_text(text: str, where: str, origin: Origin = "user") -> Preset:
    """Make a preset of its text; its stages hold their texts.

    :param text: what :func:`preset_as_text` gave.
    :param where: what to name in messages.
    :raises PresetError: it is no such text, or something in it cannot be used.
    """
    held = _object(text, where)
    _check_keys(held, where)
    description, texts = held["preset"], held["files"]
    if not isinstance(description, dict) or not isinstance(texts, dict):
        _refuse(where, 'has no object under "preset" or under "files"', "Export the preset again.")
    names = file_names(description, where)
    if set(names) != set(texts):
        odd = min(set(names) ^ set(texts))
        lack = "lacks the file" if odd in names else "holds a file that no stage uses,"
        _refuse(where, f'{lack} "{odd}"', "Export the preset again.")
    if len({name.casefold() for name in texts}) < len(texts):
        _refuse(where, "has files whose names differ in upper and lower case only", "Rename one of them.")
    stages = tuple(_stage(name, texts[name], where) for name in names)
    return preset_of_description({**description, "files": list(names)}, stages, where, origin=origin)


def export_preset(preset: Preset, path: Path) -> Path:
    """Write a preset into one file; an older file of the same name is replaced, whole or not at all.

    :param path: the file, or a folder in which it gets the name of the preset.
    :returns: the file.
    :raises OutputPlaceError: it cannot be written.
    :raises ParameterFileError: a stage cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        path = path / f"{preset.id}{SUFFIX}"
    content = preset_as_text(preset).encode("utf-8")
    try:
        with whole_file(path) as partial:
            partial.write_bytes(content)
    except OSError as error:
        raise OutputPlaceError(
            f"The preset {path} could not be written: {error.strerror or error}.",
            "Choose a folder that exists, can be written to and has space left.",
        ) from error
    return path


def read_archive(path: Path, origin: Origin = "user") -> Preset:
    """Read what :func:`export_preset` wrote.

    :raises PresetError: the file cannot be read, or holds no preset.
    """
    return preset_of_text(read_text(path), str(path), origin)


def read_text(path: Path) -> str:
    """The text of a file that describes a preset.

    :raises PresetError: it cannot be read, is too large, or is no text in UTF-8.
    """
    try:
        return read_ordinary_file(Path(path), _LARGEST_FILE_BYTES).decode("utf-8")
    except FileTooLargeError:
        _refuse(str(path), "is larger than any preset needs to be", "Choose a file that describes a preset.")
    except OSError as error:
        raise PresetError(
            f"The preset {path} could not be read: {error.strerror or error}.", "Check its name and your permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise PresetError(f"The preset {path} is no text in UTF-8.", "Choose a file that was exported.") from error


def _object(text: str, where: str) -> dict[str, Any]:
    held = json_object(text, where)
    if held.get("format") != FORMAT:
        _refuse(where, "was not exported by ElastixPlus", f"Choose a file whose name ends in {SUFFIX}.")
    return held


def _check_keys(held: Mapping[str, Any], where: str) -> None:
    version = held.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        _refuse(where, "does not say its version", "Export the preset again.")
    if version > VERSION:
        _refuse(where, f"is of version {version}, newer than this ElastixPlus knows", "Update ElastixPlus.")
    if odd := _KEYS ^ set(held):
        fault = "lacks" if min(odd) in _KEYS else "has something that means nothing,"
        _refuse(where, f'{fault} "{min(odd)}"', "Export the preset again.")


def _stage(name: str, text: object, where: str) -> PresetStage:
    if not is_plain_file_name(name):
        _refuse(where, f'has a file named "{name}", which lies outside of its folder', "Give it a plain name.")
    if not isinstance(text, str) or "\0" in text:
        _refuse(where, f'has no text under "{name}"', "Export the preset again.")
    is_toml = name.lower().endswith(".toml")
    try:
        file = parameter_file_of_toml(text, Path(name)) if is_toml else ParameterFile.parse(text, Path(name))
    except ParameterFileError as error:
        raise PresetError(f"The preset {where} cannot be used. {error.what}", error.remedy) from error
    return text_stage(file, name)


def _check_size(text: str, where: str) -> None:
    if len(text) > MOST_CHARACTERS:
        _refuse(where, "is larger than 10 MB, which no preset needs", "Choose a file that describes a preset.")


def _refuse(where: str, what: str, remedy: str) -> NoReturn:
    raise PresetError(f"The preset {where} {what}.", remedy)
