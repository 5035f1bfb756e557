"""Records as files beside what they are about."""

from __future__ import annotations

from pathlib import Path

from ..elastix.whole_file import whole_file
from ..errors import RecordError, ResultWriteError
from .record_json import LARGEST_TEXT, record_from_text, record_text
from .run_record import RunRecord

ENDING = ".record.json"
NAME_IN_FOLDER = "record.json"
_VOLUME_ENDINGS = (".nii.gz", ".seg.nrrd")


def place_beside(output: Path) -> Path:
    """Where the record of a run lies that has written a file.

    >>> place_beside(Path("results/knee.h5")).as_posix(), place_beside(Path("knee.nii.gz")).name
    ('results/knee.record.json', 'knee.record.json')
    """
    name = output.name
    ending = next((one for one in _VOLUME_ENDINGS if name.lower().endswith(one)), output.suffix)
    return output.with_name(name[: len(name) - len(ending)] + ENDING)


def write_record(record: RunRecord, path: Path) -> None:
    """Write a record so that either the whole file is there or nothing of it.

    :raises ResultWriteError: it cannot be written.
    """
    try:
        with whole_file(path) as partial:
            partial.write_text(record_text(record), encoding="ascii", newline="\n")
    except OSError as error:
        raise ResultWriteError(
            f"The record could not be written to {path}: {error.strerror}.", "Choose another place and run again."
        ) from error


def read_record(path: Path) -> RunRecord:
    """Read the record in a file, or in the folder of a run or of a report.

    :raises RecordError: there is none, or it is damaged.
    """
    path = path / NAME_IN_FOLDER if path.is_dir() else path
    if not path.is_file():
        raise RecordError(
            f"There is no record {path}.",
            f"Name a file that ends in {ENDING}, or the folder of a run that failed, or of a report.",
        )
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise RecordError(f"The record {path} cannot be read ({error.strerror}).", "Check the file.") from error
    return record_from_text(text.decode("utf-8-sig", errors="replace"), f"The record {path.name}")
