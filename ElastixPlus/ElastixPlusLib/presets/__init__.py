"""Presets: parameter files with a description, found by listing folders."""

from __future__ import annotations

from .library import Preset, builtin_preset_folder, find_preset, list_presets, read_preset

__all__ = ["Preset", "builtin_preset_folder", "find_preset", "list_presets", "read_preset"]
