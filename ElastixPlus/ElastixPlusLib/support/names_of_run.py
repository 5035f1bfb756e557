"""Which names a run has met: of nodes, files and folders, of landmarks and segments, of the user and the computer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..record.run_record import RunRecord
from .hidden_names import HiddenName
from .surroundings import Surroundings

FOLDER, HOME, USER, COMPUTER, REMOVED = "<folder>", "<home>", "<user>", "<computer>", "<removed>"
OWN_PRESET = "own preset"
ENDINGS = (
    *(".seg.nrrd", ".nii.gz", ".mrk.json", ".nrrd", ".nhdr", ".nii", ".mha", ".mhd", ".raw", ".zraw", ".dcm", ".img"),
    *(".hdr", ".gipl", ".vtk", ".vti", ".vtp", ".stl", ".ply", ".obj", ".h5", ".tfm", ".mat", ".xfm", ".fcsv", ".acsv"),
    *(".json", ".toml", ".xml", ".csv", ".mrml", ".mrb", ".zip", ".txt", ".png", ".jpg", ".jpeg", ".tif", ".tiff"),
    *(".bmp", ".pts", ".log", ".ima", ".par", ".rec", ".gz"),
)
_ROLES = {
    "fixed": "fixed volume",
    "moving": "moving volume",
    "further_fixed": "further fixed volume",
    "further_moving": "further moving volume",
    "fixed_exclude": "fixed exclusion",
    "moving_exclude": "moving exclusion",
    "initial": "initial transform",
}
_SEVERAL = ("further_fixed", "further_moving")
_NUMBER = re.compile(r"[0-9]{1,3}|[A-Za-z]")
_IN_PATH = re.compile(
    r"(?i)(?:^|(?<=[\s\"'=:]))(?:/(?:home|users|export/home)|[a-z]:[\\/]+(?:users|documents and settings))"
    r"[\\/]+([^\\/\s\"']+)"
)
_RUNS_AT = re.compile(r"(?m)^(?:elastix|transformix) runs at:[ \t]*(\S.*)$")
_SHARED = ("public", "all users", "default", "shared")


def stand_ins_of_inputs(record: RunRecord) -> tuple[str, ...]:
    """What each input is called instead, by its role."""
    counts: dict[str, int] = {}
    found = []
    for one in record.inputs:
        counts[one.role] = counts.get(one.role, 0) + 1
        words = _ROLES.get(one.role) or (one.role.replace("_", " ") if one.role in _known_roles() else "input")
        found.append(f"{words} {counts[one.role]}" if one.role in _SEVERAL or counts[one.role] > 1 else words)
    return tuple(found)


def _known_roles() -> tuple[str, ...]:
    return (*_ROLES, "fixed_landmarks", "moving_landmarks", "fixed_mask", "moving_mask")


def stand_ins_of_labels(labels: Iterable[str], word: str) -> dict[str, str]:
    """What each label is called instead, the same one always the same; a small number stays what it is.

    >>> stand_ins_of_labels(["Hans left", "2", "Hans right", "Hans left"], "landmark")
    {'Hans left': 'landmark 1', '2': 'landmark 2', 'Hans right': 'landmark 3'}
    """
    each = list(dict.fromkeys(labels))
    taken = {label for label in each if _NUMBER.fullmatch(label)}
    found, number = {}, 0
    for label in each:
        if label in taken:
            found[label] = f"{word} {label}"
            continue
        number += 1
        while str(number) in taken:
            number += 1
        found[label] = f"{word} {number}"
    return found


def labels_of(record: RunRecord) -> dict[str, str]:
    """Stand-ins of all labels of landmarks."""
    return stand_ins_of_labels([one.label for one in record.landmarks] + [*record.choices.check_labels], "landmark")


def segments_of(record: RunRecord) -> dict[str, str]:
    """Stand-ins of all names of segments."""
    chosen = record.choices
    lists = (chosen.fixed_mask_segments, chosen.moving_mask_segments)
    excluded = (chosen.fixed_exclude_segments, chosen.moving_exclude_segments)
    return stand_ins_of_labels([name for names in (*lists, *excluded) for name in names], "segment")


def names_of_record(record: RunRecord, known_presets: Iterable[str], known_files: Iterable[str]) -> list[HiddenName]:
    """All names that a record holds.

    :param known_presets: ids of the presets that come with ElastixPlus, ``known_files`` names of their files.
    """
    paths = [record.engine.path, *record.command[:2]]
    names = [user for path in (*paths, *(one.file for one in record.inputs)) for user in users_in(path)]
    for one, stand_in in zip(record.inputs, stand_ins_of_inputs(record), strict=True):
        names += [HiddenName(one.name, stand_in), *names_of_path(one.file, stand_in)]
    stand_ins: Mapping[str, str] = {**segments_of(record), **labels_of(record)}
    names += [HiddenName(name, stand_in) for name, stand_in in stand_ins.items()]
    if record.choices.preset and record.choices.preset not in set(known_presets):
        names.append(HiddenName(record.choices.preset, OWN_PRESET))
    for stage, file in enumerate(record.parameter_files):
        if file.name and file.name not in set(known_files):
            names += names_of_path(file.name, f"stage {stage}")
    names += [HiddenName(part, FOLDER) for path in paths if "/" in path or "\\" in path for part in _folders(path)]
    return names


def names_of_path(path: str, stand_in: str) -> list[HiddenName]:
    """The names in a path: of the file without its ending, of all folders one by one, and of the way to it."""
    parts = [part for part in re.split(r"[\\/]+", path) if part]
    if not parts:
        return []
    ending = next((one for one in ENDINGS if parts[-1].lower().endswith(one)), "")
    stem = parts[-1][: len(parts[-1]) - len(ending)]
    way = re.split(r"[\\/]+(?=[^\\/]*$)", path)[0] if len(parts) > 1 else ""
    return [HiddenName(stem, stand_in), *folder_names(way)]


def folder_names(folder: str, stand_in: str = FOLDER) -> list[HiddenName]:
    """The names in the path of a folder: all of it, and each part."""
    whole = [HiddenName(folder, stand_in)] if len(_folders(f"{folder}/_")) > 1 else []
    return [*whole, *(HiddenName(part, stand_in) for part in _folders(f"{folder}/_"))]


def _folders(path: str) -> list[str]:
    return [part for part in re.split(r"[\\/]+", path)[:-1] if part and not re.fullmatch("[A-Za-z]:", part)]


def users_in(text: str) -> Iterator[HiddenName]:
    """The names of users that paths in a text give away."""
    for found in _IN_PATH.finditer(text):
        if found[1].lower() not in _SHARED:
            yield HiddenName(found[1], USER)


def computers_in(text: str) -> Iterator[HiddenName]:
    """The names of computers that the log of elastix gives away."""
    return (HiddenName(found[1].strip(), COMPUTER) for found in _RUNS_AT.finditer(text))


def names_of_surroundings(around: Surroundings) -> list[HiddenName]:
    """Everything about this computer that must not be seen."""
    names = [HiddenName(name, USER) for name in around.users]
    names += [HiddenName(name, COMPUTER) for name in around.computers]
    for stand_in, folders in ((HOME, around.homes), (FOLDER, around.temporary)):
        names += [one for folder in folders for one in folder_names(folder, stand_in)]
    return names
