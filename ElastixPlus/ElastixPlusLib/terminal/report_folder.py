"""A folder that holds what a reader needs to judge and repeat a run."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from ..errors import ResultWriteError
from ..result import RegistrationResult
from .report_files import LANDMARK_FILE, RUN_FILE, parameter_name


def write_report(result: RegistrationResult, settings: Sequence[tuple[str, str]], folder: Path) -> None:
    """Write ``run.json``, ``landmarks.csv`` and the parameter files as elastix got them.

    :param settings: name and text of every parameter file.
    :raises ResultWriteError: the folder or a file cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        account = json.dumps(result.as_dict(), indent=2, ensure_ascii=False)
        (folder / RUN_FILE).write_text(account + "\n", encoding="utf-8")
        if result.landmarks.pairs:
            _write_landmarks(result, folder / LANDMARK_FILE)
        for stage, (name, text) in enumerate(settings):
            heading = f"// stage {stage}, from {name}\n" if name else ""
            (folder / parameter_name(stage)).write_text(heading + text, encoding="utf-8")
    except OSError as error:
        raise ResultWriteError(
            f"The report could not be written to {folder}: {error.strerror}.", "Choose another folder and run again."
        ) from error


def _write_landmarks(result: RegistrationResult, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["label", "role", "before_mm", "after_mm"])
        for pair in result.landmarks.pairs:
            table.writerow([pair.label, pair.role, f"{pair.before_mm:.4f}", f"{pair.after_mm:.4f}"])
