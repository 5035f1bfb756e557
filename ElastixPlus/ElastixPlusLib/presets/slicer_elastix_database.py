"""Presets of SlicerElastix: its database in XML with the text files beside it, and those that it keeps in a scene.

::

    <ElastixParameterSetDatabase>
      <ParameterSet id="par0003" modality="3D CT, monomodal" content="lung" description="..." publications="...">
        <ParameterFiles>
          <File Name="Par0003.affine.txt" />
          <File Name="Par0003.bs-R4-fg.txt" />
        </ParameterFiles>
      </ParameterSet>
    </ElastixParameterSetDatabase>

The built-in one is ``RegistrationParameters/ElastixParameterSetDatabase.xml``; each preset of the user lies in a folder
of its own, as ``preset.xml`` of the same form. In a scene a preset is a text node with the attribute Type =
ElastixPreset whose text is JSON: the same five attributes, and "parameter_files", a list of {"name", "content"}.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ..elastix.ordinary_file import FileTooLargeError, read_ordinary_file
from ..elastix.parameter_file import ParameterFile
from ..errors import ParameterFileError, PresetError
from .imported import (
    Imported,
    anatomies_in,
    clipped,
    doi_in,
    free_names,
    modalities_in,
    needs_of,
    subject_in,
    text_stage,
    with_own_names,
)
from .preset import Preset, PresetStage
from .preset_folder import is_plain_file_name
from .preset_json import json_object
from .user_presets import free_identifier

ROOT = "ElastixParameterSetDatabase"
_LARGEST_DATABASE_BYTES = 4 * 1024 * 1024
_MOST_PRESETS = 1000
_MOST_FILES = 50
_MOST_STAGES_OF_ALL = 5000
_DEEPEST = 16
_NEARLY_THE_SAME = 0.95
_MOST_COMPARED = 200


class _Refused(Exception):
    """Something in the XML that no database has."""


@dataclass
class _ParameterSet:
    attributes: Mapping[str, str]
    files: list[str] = field(default_factory=list)


def presets_of_database(path: Path) -> Imported:
    """Read a database of SlicerElastix with its text files; a preset that cannot be read becomes a note.

    :param path: the XML file; nothing outside of its folder is opened.
    :raises PresetError: it cannot be read, is no such database, or refers to anything outside of itself.
    """
    path = Path(path)
    presets, notes = [], []
    for found in _parameter_sets(_read(path), path):
        try:
            preset, noticed = _preset(found, path)
        except (PresetError, ParameterFileError) as error:
            notes.append(f'"{_title(found.attributes)}" was left out. {error.what} {error.remedy}')
        else:
            presets.append(preset)
            notes += noticed
    return Imported(free_names(presets, ()), tuple(notes))


def preset_of_slicer_elastix_text(text: str, where: str) -> Preset:
    """Make a preset of the text of a node in which SlicerElastix keeps one.

    :param where: what to name in messages.
    :raises PresetError: the text is no such preset, or a stage of it cannot be read.

    >>> stage = '{"name": "rigid", "content": "(Transform \\\\"EulerTransform\\\\")"}'
    >>> preset = preset_of_slicer_elastix_text(f'{{"id": "knee-#4", "parameter_files": [{stage}]}}', "here")
    >>> preset.id, [stage.name for stage in preset.stages]
    ('knee-4', ['rigid.txt'])
    """
    held = json_object(text, where)
    given = held.get("parameter_files")
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST_FILES:
        raise PresetError(f"The preset {where} has no stages.", "Add a parameter file to it in SlicerElastix.")
    stages = tuple(_stage_of_json(one, where) for one in given)
    words = ("id", "modality", "content", "description", "publications")
    attributes = {word: held[word] for word in words if isinstance(held.get(word), str)}
    return _described(attributes, with_own_names(stages))


def is_database(content: bytes) -> bool:
    """Whether the beginning of an XML file looks like a database of SlicerElastix.

    >>> is_database(b"<?xml version='1.0'?><ElastixParameterSetDatabase>"), is_database(b"<MRML>")
    (True, False)
    """
    return f"<{ROOT}".encode() in content[:4096]


def _read(path: Path) -> bytes:
    try:
        return read_ordinary_file(path, _LARGEST_DATABASE_BYTES)
    except FileTooLargeError as error:
        raise PresetError(
            f"The preset database {path} is larger than 4 MB.", "Choose a database of SlicerElastix."
        ) from error
    except OSError as error:
        raise PresetError(
            f"The preset database {path} could not be read: {error.strerror or error}.", "Check its name."
        ) from error


def _parameter_sets(content: bytes, path: Path) -> list[_ParameterSet]:
    reader = _DatabaseReader()
    try:
        reader.read(content)
    except (expat.ExpatError, LookupError, ValueError, _Refused) as error:
        raise PresetError(
            f"The preset database {path} cannot be used: {error}.", "Choose a database that SlicerElastix wrote."
        ) from error
    if not reader.found:
        raise PresetError(f"The preset database {path} holds no presets.", "Choose a database of SlicerElastix.")
    return reader.found


class _DatabaseReader:
    """Collects parameter sets; a document type, with which entities come, is refused when it begins."""

    def __init__(self) -> None:
        self.found: list[_ParameterSet] = []
        self._open: list[str] = []
        self._files = 0

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate(_encoding_to_force(content))
        parser.StartDoctypeDeclHandler = self._refuse_document_type
        parser.EntityDeclHandler = self._refuse_document_type
        parser.ExternalEntityRefHandler = self._refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.Parse(content, True)

    def _refuse_document_type(self, *_: object) -> int:
        raise _Refused("it has a document type, which may refer to other files")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name != ROOT:
            raise _Refused(f'it begins with "{clipped(name)[:40]}"')
        self._open.append(name)
        if len(self._open) > _DEEPEST:
            raise _Refused("its elements lie too deep in each other")
        if name == "ParameterSet":
            self.found.append(_ParameterSet(attributes))
        elif name == "File" and "ParameterFiles" in self._open and self.found:
            self.found[-1].files.append(attributes.get("Name", ""))
            self._files += 1
        if len(self.found) > _MOST_PRESETS or self._files > _MOST_STAGES_OF_ALL:
            raise _Refused("it holds too many presets")

    def _end(self, _: str) -> None:
        self._open.pop()


def _encoding_to_force(content: bytes) -> str | None:
    """Latin-1 for a file that says nothing else and is no UTF-8, as an editor of Windows saves it."""
    declares = b"encoding=" in content[:200] and b"utf-8" not in content[:200].lower()
    if declares or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "iso-8859-1"
    return None


def _preset(found: _ParameterSet, path: Path) -> tuple[Preset, list[str]]:
    if not 1 <= len(found.files) <= _MOST_FILES:
        raise PresetError(f"It names {len(found.files)} parameter files.", "Give it one file per stage.")
    stages, notes = [], []
    for name in found.files:
        file = _file(name, path.parent)
        stages.append(text_stage(ParameterFile.read(file), file.name))
        if file.name != name.rpartition("/")[2]:
            notes.append(f'"{_title(found.attributes)}" names the file "{name}"; "{file.name}" was taken.')
    return _described(found.attributes, with_own_names(stages)), notes


def _file(name: str, folder: Path) -> Path:
    """The file that a database names, also where upper and lower case or a single letter are wrong."""
    parts = name.split("/")
    if not all(part and is_plain_file_name(part) for part in parts):
        raise PresetError(
            f'It names the file "{clipped(name)[:100]}", which is not in the folder of the database.',
            "Move the file there.",
        )
    place = folder.joinpath(*parts[:-1])
    there = {file.name for file in place.iterdir() if file.is_file()} if place.is_dir() else set()
    meant = _meant(parts[-1], there)
    if meant is None:
        raise PresetError(f'Its file "{name}" is not there.', "Add the file, or correct its name in the database.")
    file = place / meant
    if not file.resolve().is_relative_to(folder.resolve()):
        raise PresetError(f'Its file "{name}" is a link to another folder.', "Put the file itself there.")
    return file


def _meant(name: str, there: Collection[str]) -> str | None:
    if name in there:
        return name
    alike = {other.casefold(): other for other in there if re.findall(r"\d+", other) == re.findall(r"\d+", name)}
    if name.casefold() in alike or len(alike) > _MOST_COMPARED:
        return alike.get(name.casefold())
    close = difflib.get_close_matches(name.casefold(), alike, n=1, cutoff=_NEARLY_THE_SAME)
    return alike[close[0]] if close else None


def _stage_of_json(given: object, where: str) -> PresetStage:
    stage: Mapping[str, Any] = given if isinstance(given, dict) else {}
    name, content = stage.get("name"), stage.get("content")
    if not isinstance(name, str) or not isinstance(content, str) or "\0" in content:
        raise PresetError(f"The preset {where} has a stage without a name or a text.", "Correct it in SlicerElastix.")
    plain = clipped(name)[:80].strip(". ") or "stage"
    try:
        return text_stage(ParameterFile.parse(content, Path(plain)), plain)
    except ParameterFileError as error:
        raise PresetError(f"The preset {where} cannot be used. {error.what}", error.remedy) from error


def _described(attributes: Mapping[str, str], stages: tuple[PresetStage, ...]) -> Preset:
    title, publications = _title(attributes), clipped(attributes.get("publications", ""))
    words = " ".join(attributes.values())
    preset = Preset(
        id=free_identifier(attributes.get("id", "").strip() or title, ()),
        title=title,
        summary=clipped(attributes.get("description", "")),
        anatomy=anatomies_in(attributes.get("content", "")),
        modality=modalities_in(attributes.get("modality", "")),
        subject=subject_in(words),
        citation=publications,
        doi=doi_in(publications),
        stages=stages,
        origin="user",
    )
    return replace(preset, needs=needs_of(preset.parameter_files()))


def _title(attributes: Mapping[str, str]) -> str:
    """As SlicerElastix shows it."""
    modality, content = (clipped(attributes.get(word, ""))[:200] for word in ("modality", "content"))
    name = f"{modality} ({content})" if modality and content else modality or content
    return name or clipped(attributes.get("id", ""))[:200] or "Preset of SlicerElastix"
