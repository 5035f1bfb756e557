"""``elastixplus presets`` copy, delete, export, import and folder: what changes the user's own presets."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..errors import Fix, OutputPlaceError, PresetError
from ..presets.library import find_preset, user_preset_folder
from ..presets.overrides import parse_override, preset_with_overrides
from ..presets.preset import Preset
from ..presets.preset_folder import DESCRIPTION_FILE, remove_preset
from ..presets.preset_json import is_identifier
from ..presets.user_presets import check_can_be_saved, duplicate_of, save_user_preset
from .output_places import check_output_file
from .streams import put_out, say

_EXPORT_ENDING = ".json"


def run_change(options: argparse.Namespace) -> int:
    """Carry out the command.

    :raises ElastixPlusError: with the exit code of the command.
    """
    runs = {"copy": _copy, "delete": _delete, "export": _export, "import": _import, "folder": _folder}
    runs[options.action](options)
    return 0


def _copy(options: argparse.Namespace) -> None:
    changed = preset_with_overrides(find_preset(options.identifier), [parse_override(one) for one in options.overrides])
    _save([duplicate_of(changed, options.new_identifier, options.title)], options.replace)


def _delete(options: argparse.Namespace) -> None:
    try:
        preset = find_preset(options.identifier)
    except PresetError:
        folder = user_preset_folder() / options.identifier
        if not is_identifier(options.identifier) or not (folder / DESCRIPTION_FILE).is_file():
            raise
        preset = Preset(options.identifier, options.identifier, origin="user", folder=folder)  # a faulty one
    remove_preset(preset)
    put_out(f"Deleted {preset.folder}\n")


def _export(options: argparse.Namespace) -> None:
    from ..presets.archive import export_preset

    preset = find_preset(options.identifier)
    check_output_file(options.file, "exported preset", (_EXPORT_ENDING,))
    if options.file.exists() and not options.replace:
        error = OutputPlaceError(f"The file {options.file} exists.", "Choose another name, or replace it.")
        error.fix = Fix("Replace it", option="--replace")
        raise error
    export_preset(preset, options.file)
    put_out(f"Exported to {options.file}\n")


def _import(options: argparse.Namespace) -> None:
    from ..presets.importing import import_presets

    files: list[Path] = options.files
    imported = import_presets(files[0] if len(files) == 1 else files)
    presets = list(imported.presets)
    if options.new_identifier is not None:
        if len(presets) != 1:
            raise PresetError(f"There are {len(presets)} presets in it, and one id.", "Leave out --id.")
        presets = [replace(presets[0], id=options.new_identifier)]
    for note in imported.notes:
        say(f"Note: {note}")
    _save(presets, options.replace)


def _folder(options: argparse.Namespace) -> None:
    put_out(f"{user_preset_folder()}\n")


def _save(presets: list[Preset], is_replacing: bool) -> None:
    """Save all presets, or none of them where one cannot be."""
    for preset in presets:
        check_can_be_saved(preset, is_replacing)
    for preset in presets:
        saved = save_user_preset(preset, is_replacing)
        put_out(f"{saved.id}: {saved.folder}\n")
