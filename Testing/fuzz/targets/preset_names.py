"""Ids of presets, names of stages and of files: whatever is typed, nothing leads out of a folder."""

from __future__ import annotations

import re
from dataclasses import replace

from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.presets.library import find_preset, user_preset_folder
from ElastixPlusLib.presets.preset import Preset, PresetStage
from ElastixPlusLib.presets.preset_folder import is_plain_file_name, write_preset
from ElastixPlusLib.presets.preset_json import is_identifier
from ElastixPlusLib.presets.stage_names import stage_names
from ElastixPlusLib.presets.user_presets import check_can_be_saved, free_identifier

from ..checks import FindingError, confined_to, fresh_folder, must_succeed

TOKENS = (
    b"con",
    b"aux",
    b"com1",
    b"lpt9",
    b"nul.txt",
    b"..",
    b"/",
    b"\\",
    b":",
    b"0-rigid.txt",
    b"knee",
    b"~",
    b"conin$",
)
_RIGID = '(Transform "EulerTransform")\n'
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)\s*(\..*)?", re.IGNORECASE)


def seeds() -> list[bytes]:
    """Two lines: an id, and the name of a stage."""
    return [b"knee\n0-rigid.txt", b"Lunge: Ein- und Ausatmung\nMy affine.TXT", b"../x\n../../x.txt", b"con\ncon.txt"]


def one_input(data: bytes) -> None:
    """Take one text for an id and for the name of a stage."""
    identifier, _, name = data.decode("utf-8", "replace").partition("\n")
    for text in (identifier, free_identifier(identifier, ())):
        if is_identifier(text) and (_DEVICE.fullmatch(text) or not re.fullmatch(r"[a-z0-9._-]{1,64}", text)):
            raise FindingError(f"{text!r} is no name of a folder everywhere")
    if not is_identifier(free_identifier(identifier, ())):
        raise FindingError(f"{free_identifier(identifier, ())!r} is no id")
    if is_plain_file_name(name) and (
        not name or _DEVICE.fullmatch(name) or name[-1] in ". " or re.search(r"[\x00-\x1f/\\:]", name)
    ):
        raise FindingError(f"{name!r} is no name of a file everywhere")
    (made,) = stage_names([(name, _RIGID)])
    if not re.fullmatch(r"0-[a-z0-9-]+\.txt", made) or not is_plain_file_name(made):
        raise FindingError(f"{made!r} is no name of a stage")
    _write(Preset(identifier, "Knee", stages=(PresetStage(name, text=_RIGID),), origin="user"))


def _write(preset: Preset) -> None:
    parent = fresh_folder("written")
    with confined_to(parent, user_preset_folder()):
        for made in (lambda: check_can_be_saved(preset), lambda: find_preset(preset.id)):
            try:
                made()
            except ElastixPlusError:
                continue
        with must_succeed("a preset of a sound id is not written"):
            write_preset(replace(preset, id="sound", stages=(PresetStage("0-a.txt", text=_RIGID),)), parent)
        write_preset(preset, parent)
