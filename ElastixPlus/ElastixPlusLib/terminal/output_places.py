"""Find an output that cannot be written before an hour of registration is spent on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import OutputPlaceError


def check_output_file(path: Path, what: str, endings: Sequence[str], needed_bytes: int = 0) -> None:
    """Make sure that a file can be written; an existing one stays as it is for now.

    :param what: for the message, such as "output transform".
    :param endings: the endings that can be written; empty allows all.
    :param needed_bytes: what will be written at most.
    :raises OutputPlaceError: the ending, the folder, an existing file or the disk does not allow it.
    """
    if endings and not path.name.lower().endswith(tuple(endings)):
        raise OutputPlaceError(
            f"The {what} {path.name} has an ending that cannot be written.", f"Choose one of {', '.join(endings)}."
        )
    _require_possible_name(path, what)
    if path.is_dir():
        raise OutputPlaceError(f"The {what} {path} is a folder.", "Give the name of a file.")
    if path.exists() and not path.is_file():
        raise OutputPlaceError(f"The {what} {path} is no ordinary file.", "Give the name of a file, or of a new one.")
    path = path.resolve()  # what a link leads to is written, the link itself stays
    if path.exists() and not os.access(path, os.W_OK):
        raise OutputPlaceError(
            f"The {what} {path} exists and is read-only.", "Choose another name or make it writable."
        )
    check_folder(path.parent, what, needed_bytes)


def _require_possible_name(path: Path, what: str) -> None:
    """Refuse a name that the system can give to nothing, such as one that is too long."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    except OSError as error:
        raise OutputPlaceError(
            f"The {what} cannot have the name {path.name[:60]} ({error.strerror}).", "Choose a shorter name and path."
        ) from error


def check_folder(folder: Path, what: str, needed_bytes: int = 0) -> None:
    """Make sure that a folder exists, takes new files and has space.

    :raises OutputPlaceError: it does not.
    """
    if not folder.is_dir():
        raise OutputPlaceError(f"The folder of the {what} does not exist: {folder}.", "Create it or choose another.")
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
    except OSError as error:
        raise OutputPlaceError(
            f"The folder of the {what} cannot be written to: {folder} ({error.strerror}).", "Choose another folder."
        ) from error
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise OutputPlaceError(
            f"The disk of the {what} has {free_bytes / 1e6:.0f} MB free, and {needed_bytes / 1e6:.0f} MB are needed.",
            "Free space or choose another disk.",
        )


def check_report_place(folder: Path, files: Sequence[Path]) -> None:
    """Make sure that a report can be written: its folder exists or can be made, and takes every file.

    :param files: all that may be written.
    :raises OutputPlaceError: it cannot.
    """
    _require_possible_name(folder, "report")
    if folder.exists() and not folder.is_dir():
        raise OutputPlaceError(f"The report {folder} is no folder.", "Give the name of a folder, or of a new one.")
    check_folder(folder if folder.exists() else folder.resolve().parent, "report")
    for path in files if folder.exists() else ():
        check_output_file(path, "report", ())


def refuse_inputs_as_outputs(inputs: Sequence[Path | None], outputs: Sequence[Path | None]) -> None:
    """Inputs are never overwritten, whatever they are called.

    :raises OutputPlaceError: an output is one of the inputs, or two outputs are the same file.
    """
    read = [path.resolve() for path in inputs if path is not None]
    written = [path.resolve() for path in outputs if path is not None]
    # macOS and Windows do not tell names apart by upper and lower case.
    names = [str(path).casefold() for path in written]
    for path, name in zip(written, names, strict=True):
        if any(_is_same_file(path, other) for other in read):
            raise OutputPlaceError(
                f"The output {path.name} is one of the inputs.", "Choose another name for the output."
            )
        if names.count(name) > 1:
            raise OutputPlaceError(f"Two outputs have the same name: {path.name}.", "Give each a name of its own.")


def _is_same_file(path: Path, other: Path) -> bool:
    """Whether two names lead to one file; the system knows whether upper and lower case differ."""
    try:
        return path == other or path.samefile(other)
    except OSError:  # one of them is not there
        return False
