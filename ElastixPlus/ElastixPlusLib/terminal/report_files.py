"""The names of the files in a report; known without loading MRML."""

from __future__ import annotations

from pathlib import Path

RUN_FILE = "run.json"
RECORD_FILE = "record.json"
PAGE_FILE = "report.html"
EVALUATION_FILES = (PAGE_FILE, "landmarks.csv", "held_out.csv", "statistics.csv", "structures.csv", "evaluation.json")


def parameter_name(stage: int) -> str:
    """The parameter file of a stage, counted from 0, as elastix got it."""
    return f"parameters.{stage}.txt"


def evaluation_report_files(folder: Path) -> list[Path]:
    """Every file that the report of an evaluation may write."""
    return [folder / name for name in EVALUATION_FILES]


def report_files(folder: Path, stage_count: int) -> list[Path]:
    """Every file that the report of a registration may write."""
    names = [RUN_FILE, RECORD_FILE, *(parameter_name(stage) for stage in range(stage_count))]
    return [*evaluation_report_files(folder), *(folder / name for name in names)]
