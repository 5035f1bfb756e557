"""Presets: parameter files with a description, found by listing folders."""

from __future__ import annotations

from .library import builtin_preset_folder, find_preset, list_presets, user_preset_folder
from .preset import Preset, PresetStage
from .preset_folder import read_preset, remove_preset, write_preset

__all__ = [
    "Preset",
    "PresetStage",
    "builtin_preset_folder",
    "find_preset",
    "list_presets",
    "read_preset",
    "remove_preset",
    "user_preset_folder",
    "write_preset",
]
