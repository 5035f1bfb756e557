"""A preset in one file, as it is sent to somebody and kept in a scene."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from ElastixPlusLib.presets import importing
from ElastixPlusLib.presets.archive import preset_as_text, preset_of_text, read_archive
from ElastixPlusLib.presets.imported import Imported
from ElastixPlusLib.presets.library import list_presets
from ElastixPlusLib.presets.preset import Preset
from ElastixPlusLib.presets.preset_folder import write_preset

from ..checks import FindingError, confined_to, fresh_folder, must_succeed

TOKENS = (
    b'"format": "ElastixPlus preset"', b'"version": 1', b'"preset": ', b'"files": ', b'"id": ', b'"title": ',
    b'"recipe": ', b'"landmark_pull": ', b'"landmark_stages": ', b'"landmark_fit": "rigid"', b'"measured": [',
    b'"image_pairs": ', b'"dimension": 3', b'"needs": ["landmarks"]', b"NaN", b"Infinity", b"null", b"true", b"[]",
    b"{}", b"\\u0000", b"\\ud800", b"\\u202e", b'"0-rigid.txt"', b'"0-rigid.toml"',
)  # fmt: skip
LONGEST = 16384


def seeds() -> list[bytes]:
    """Built-in presets, exported."""
    return [preset_as_text(preset).encode() for preset in list_presets()[::4]]


def one_input(data: bytes) -> None:
    """Read it; what was read is exported and read again, and written as a folder."""
    folder = fresh_folder("archive")
    path = folder / "a.elastixplus.json"
    path.write_bytes(data)
    with confined_to(folder):
        preset = read_archive(path)
    check_preset(preset)


def imported(path: Path) -> Imported:
    """Import from a file or a folder, with the library of presets read once instead of each time."""
    with patch.object(importing, "list_presets", _library):
        return importing.import_presets(path)


def check_preset(preset: Preset) -> None:
    """A preset that was read survives every way to keep it, and is written into its own folder alone."""
    parent = fresh_folder("presets")
    with must_succeed("what was read cannot be kept"), confined_to(parent):
        if preset_of_text(preset_as_text(preset), "here", preset.origin) != preset:
            raise FindingError("another preset came back from its export")
        place = write_preset(preset, parent)
    there = {path.name for path in parent.iterdir()} | {path.name for path in place.iterdir()}
    if there != {preset.id, "preset.json", *(stage.name for stage in preset.stages)}:
        raise FindingError(f"files are {there}")


@lru_cache(maxsize=1)
def _library() -> tuple[Preset, ...]:
    return list_presets()
