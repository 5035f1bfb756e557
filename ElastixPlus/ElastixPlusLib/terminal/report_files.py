"""The names of the files in a report; known without loading MRML."""

from __future__ import annotations

from pathlib import Path

RUN_FILE, LANDMARK_FILE = "run.json", "landmarks.csv"


def parameter_name(stage: int) -> str:
    """The parameter file of a stage, counted from 0, as elastix got it."""
    return f"parameters.{stage}.txt"


def report_files(folder: Path, stage_count: int) -> list[Path]:
    """Every file that a report may write."""
    names = [RUN_FILE, LANDMARK_FILE, *(parameter_name(stage) for stage in range(stage_count))]
    return [folder / name for name in names]
