"""Where measured figures of presets are kept: in each preset, and as a table in the Docs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from pairs import REPOSITORY

from ElastixPlusLib.presets import Preset, read_preset, write_preset
from ElastixPlusLib.presets.preset import MeasuredHere

CASE = "brain-pair"
DOCS = REPOSITORY / "Docs" / "presets.md"


class MeasuredRow(Protocol):
    """What is measured of a preset in one way of running it."""

    preset: Preset
    way: str
    engine: str
    seconds: float
    drive_mm: float
    check_mm: float
    folded_percent: float
    memory_mib: float
    failure: str


def keep_in_presets(rows: Sequence[MeasuredRow], folder: Path) -> None:
    """Write time, errors, folding and memory of the brain pair into the description of each preset."""
    for identifier in dict.fromkeys(row.preset.id for row in rows):
        of_preset = {row.way: row for row in rows if row.preset.id == identifier and not row.failure}
        if not of_preset:
            continue
        without, guided = of_preset.get("without landmarks"), of_preset.get("with landmarks")
        first = without or guided
        assert first is not None
        figures = MeasuredHere(
            CASE,
            first.engine,
            round(first.seconds, 1),
            None if without is None else round(without.check_mm, 2),
            None if guided is None else round(guided.check_mm, 2),
            None if guided is None else round(guided.drive_mm, 2),
            round(first.folded_percent, 2),
            round(first.memory_mib),
        )
        preset = read_preset(folder / identifier, "built-in")
        others = tuple(one for one in preset.measured if one.case != CASE)
        write_preset(replace(preset, measured=(*others, figures)), folder)


def keep_in_docs(lines: Sequence[str], name: str = "brain pair", path: Path = DOCS) -> None:
    """Put lines between the two marks of a table in a page."""
    text = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    inside = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not inside.search(text):
        raise SystemExit(f"{path.name} has no place for the table ({begin}).")
    whole = "\n".join([begin, *lines, end])
    path.write_text(inside.sub(lambda _: whole, text), encoding="utf-8")
