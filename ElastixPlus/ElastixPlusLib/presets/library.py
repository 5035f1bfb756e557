"""The preset library: folders that hold one folder per preset.

A preset is a folder with ``preset.json`` and the parameter files that it names, one per stage, in order::

    generic/
        preset.json
        0-rigid.txt
        1-bspline.txt

A new preset is a new folder; no code lists them. The built-in ones come with ElastixPlus; the user's own lie in
:func:`user_preset_folder`, the same for the panel, scripts and the command line.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import PresetError
from .preset import Origin, Preset
from .preset_folder import DESCRIPTION_FILE, read_preset

_USER_FOLDER_VARIABLE = "ELASTIXPLUS_PRESETS"


def builtin_preset_folder() -> Path:
    """The folder of the presets that come with ElastixPlus.

    In the source tree and in Slicer it lies beside the library, in an installed wheel inside of it.

    :raises PresetError: if neither is there, so the installation is incomplete.
    """
    library = Path(__file__).resolve().parent.parent
    places = (library.parent / "Resources" / "Presets", library / "Resources" / "Presets")
    for place in places:
        if place.is_dir():
            return place
    raise PresetError(f"The built-in presets are missing, {places[0]} does not exist.", "Install ElastixPlus again.")


def user_preset_folder(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """The folder of the user's own presets; it need not exist.

    The environment variable ELASTIXPLUS_PRESETS wins; otherwise where the system keeps data of applications.

    :param environment: None takes the one of this process.
    :param platform: as in ``sys.platform``.

    >>> user_preset_folder({"ELASTIXPLUS_PRESETS": "presets"})
    PosixPath('presets')
    """
    environment = os.environ if environment is None else environment
    if environment.get(_USER_FOLDER_VARIABLE):
        return Path(environment[_USER_FOLDER_VARIABLE])
    if platform == "win32" and environment.get("APPDATA"):
        data = Path(environment["APPDATA"])
    elif platform == "darwin":
        data = Path.home() / "Library" / "Application Support"
    else:
        data = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "ElastixPlus" / "Presets"


def list_presets(folders: Sequence[Path] | None = None) -> tuple[Preset, ...]:
    """All presets, sorted by id.

    :param folders: where to look; None looks at the built-in presets and the user's own. A faulty one of the user's
        own is left out, see :func:`faulty_presets`; a built-in one of the same id wins over it.
    :raises PresetError: if a folder that was given does not exist, one of its presets is faulty, or two have the
        same id.
    """
    found = {}
    for place, origin in _places(folders):
        try:
            preset = read_preset(place, origin)
            if preset.id in found:
                raise PresetError(
                    f'There are two presets with the id "{preset.id}", the second in {place}.',
                    "Rename one of the two folders and its id.",
                )
        except PresetError:
            if folders is None and origin == "user":
                continue
            raise
        found[preset.id] = preset
    return tuple(found[identifier] for identifier in sorted(found))


def faulty_presets() -> tuple[PresetError, ...]:
    """Why presets of the user's own cannot be used, one error for each."""
    builtin = {place.name for place in _preset_folders(builtin_preset_folder())}
    faults = []
    for place in _preset_folders(user_preset_folder()):
        try:
            read_preset(place)
            if place.name in builtin:
                raise PresetError(
                    f'The preset {place} has the id of the built-in preset "{place.name}" and is not used.',
                    "Rename its folder and its id.",
                )
        except PresetError as fault:
            faults.append(fault)
    return tuple(faults)


def find_preset(identifier: str, folders: Sequence[Path] | None = None) -> Preset:
    """The preset with a given id; others are not even read, so that a faulty one does no harm.

    :param identifier: the id.
    :param folders: where to look, in order; None looks at the built-in presets, then at the user's own.
    :raises PresetError: if there is no such preset, or it is faulty.

    >>> find_preset("generic").title
    'Generic: rigid, then B-spline'
    """
    if not isinstance(identifier, str):
        raise PresetError(f"{identifier!r} is no id of a preset.", "Give the id as a text, such as generic.")
    places = _places(folders)
    for place, origin in places:
        if place.name == identifier:
            return read_preset(place, origin)
    raise unknown_preset(identifier, [place.name for place, _ in places])


def unknown_preset(identifier: str, known: Sequence[str]) -> PresetError:
    """The error for an id that is none of those known, with the closest one."""
    names = sorted(set(known))
    close = difflib.get_close_matches(identifier.lower(), names, n=1)
    remedy = f'Did you mean "{close[0]}"?' if close else f"Choose one of: {', '.join(names) or 'none are there'}."
    return PresetError(f'There is no preset "{identifier}".', remedy)


def _places(folders: Sequence[Path] | None) -> list[tuple[Path, Origin]]:
    if folders is None:
        builtin = _preset_folders(builtin_preset_folder())
        return [
            *((place, "built-in") for place in builtin),
            *((p, "user") for p in _preset_folders(user_preset_folder())),
        ]
    for folder in folders:
        if not Path(folder).is_dir():
            raise PresetError(f"The preset folder {folder} does not exist.", "Choose a folder that exists.")
    places = [place for folder in folders for place in _preset_folders(Path(folder))]
    builtin_folder = builtin_preset_folder().resolve()
    return [(place, "built-in" if place.parent.resolve() == builtin_folder else "user") for place in places]


def _preset_folders(folder: Path) -> list[Path]:
    try:
        return sorted(path.parent for path in folder.glob(f"[!.]*/{DESCRIPTION_FILE}"))
    except (OSError, ValueError):  # no name that a folder could have, or one that must not be looked into
        return []
