"""Tables of what is measured, as CSV text: comma, decimal point, one line of names first.

Labels and names are typed by users. A cell that a spreadsheet would take for a formula gets an apostrophe in front and
is text. One that begins with an apostrophe gets a second one, so that one in front never belongs to the text;
:func:`cell_text` takes it away. Numbers are as they are, also negative ones.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..accuracy.error_statistics import ErrorStatistics
from ..accuracy.evidence import Evidence
from .landmark_groups import landmark_groups
from .shown_text import shown_text

LANDMARK_TABLE: Final = "landmarks.csv"
HELD_OUT_TABLE: Final = "held_out.csv"
STATISTICS_TABLE: Final = "statistics.csv"
STRUCTURE_TABLE: Final = "structures.csv"

Cell = str | int | float | None

# The last four are the same signs in the full width of East Asian fonts, which some spreadsheets take for them.
_STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
_MARK = "'"


def report_tables(evidence: Evidence) -> dict[str, str]:
    """Every table that has a row, by file name."""
    tables = {
        LANDMARK_TABLE: landmark_table(evidence),
        HELD_OUT_TABLE: held_out_table(evidence),
        STATISTICS_TABLE: statistics_table(evidence),
        STRUCTURE_TABLE: structure_table(evidence),
    }
    return {name: text for name, text in tables.items() if text}


def landmark_table(evidence: Evidence) -> str:
    """One row for every pair of landmarks; empty text without any."""
    rows = [
        (text_cell(pair.label), pair.role, f"{pair.before_mm:.4f}", f"{pair.after_mm:.4f}")
        for pair in evidence.landmarks.pairs
    ]
    return _table(("label", "role", "before_mm", "after_mm"), rows)


def held_out_table(evidence: Evidence) -> str:
    """One row for every pair that was left out of a run; empty text without any."""
    pairs = evidence.held_out.pairs if evidence.held_out else ()
    rows = [(text_cell(pair.label), pair.fold, f"{pair.before_mm:.4f}", f"{pair.after_mm:.4f}") for pair in pairs]
    return _table(("label", "fold", "before_mm", "after_mm"), rows)


def structure_table(evidence: Evidence) -> str:
    """Two rows for every pair of structures, before and after; empty text without any."""
    rows = [
        (
            text_cell(pair.fixed_name),
            text_cell(pair.moving_name),
            when,
            *(_digits(value) for value in (o.dice, o.jaccard, o.mda_mm, o.hd95_mm, o.max_mm, o.volume_ratio)),
        )
        for pair in evidence.structures
        for when, o in (("before", pair.before), ("after", pair.after))
    ]
    names = ("dice", "jaccard", "mean_distance_mm", "hd95_mm", "max_distance_mm", "volume_ratio")
    return _table(("fixed", "moving", "when", *names), rows)


def statistics_table(evidence: Evidence) -> str:
    """One row for every figure but those of structures, with its unit; empty text without any.

    What has no "before", such as the deformation, has an empty cell there.
    """
    rows = [
        *_landmark_rows(evidence),
        *_deformation_rows(evidence),
        *_consistency_rows(evidence),
        *_intensity_rows(evidence),
        *_uncertainty_rows(evidence),
    ]
    return _table(
        ("group", "measure", "before", "after", "unit"),
        [(group, measure, _digits(before), _digits(after), unit) for group, measure, before, after, unit in rows],
    )


def text_cell(text: str) -> str:
    """Text of a user as a spreadsheet shows it and does not run it.

    >>> text_cell("=1+1"), text_cell("AC"), text_cell("'AC")
    ("'=1+1", 'AC', "''AC")
    """
    shown = shown_text(text)
    return f"{_MARK}{shown}" if shown.lstrip(" ").startswith((_MARK, *_STARTS_OF_FORMULAS)) else shown


def cell_text(cell: str) -> str:
    """What :func:`text_cell` was given, but for characters that cannot be shown.

    >>> cell_text("'=1+1"), cell_text("AC"), cell_text("''AC")
    ('=1+1', 'AC', "'AC")
    """
    return cell.removeprefix(_MARK)


_Row = tuple[str, str, float | None, float | None, str]


def _landmark_rows(evidence: Evidence) -> Iterator[_Row]:
    names = {
        "check": "check landmarks (TRE)",
        "held-out": "left-out landmarks (TRE)",
        "drive": "driving landmarks (FRE)",
    }
    for group in landmark_groups(evidence):
        for measure, unit in _DISTANCES:
            yield names[group.key], measure, _figure(group.before, measure), _figure(group.after, measure), unit


_DISTANCES = (
    ("n", ""),
    ("mean", "mm"),
    ("mean_ci95_low", "mm"),
    ("mean_ci95_high", "mm"),
    ("rms", "mm"),
    ("sd", "mm"),
    ("median", "mm"),
    ("p95", "mm"),
    ("max", "mm"),
)


def _figure(statistics: ErrorStatistics, measure: str) -> float | None:
    interval = statistics.mean_interval_mm or (None, None)
    return {
        "n": statistics.n,
        "mean": statistics.mean_mm,
        "mean_ci95_low": interval[0],
        "mean_ci95_high": interval[1],
        "rms": statistics.rms_mm,
        "sd": statistics.sd_mm,
        "median": statistics.median_mm,
        "p95": statistics.p95_mm,
        "max": statistics.max_mm,
    }[measure]


def _deformation_rows(evidence: Evidence) -> Iterator[_Row]:
    found, group = evidence.deformation, "deformation"
    if found is None:
        return
    yield group, "n", None, found.n, ""
    if not found.is_linear:
        yield group, "folded", None, found.folded_percent, "percent"
    yield group, "jacobian_min", None, found.jacobian_min, ""
    for percent, value in found.jacobian_percentiles:
        yield group, f"jacobian_p{percent:g}", None, value, ""
    yield group, "jacobian_max", None, found.jacobian_max, ""
    yield group, "jacobian_mean", None, found.jacobian_mean, ""
    yield group, "jacobian_sd", None, found.jacobian_sd, ""
    yield group, "displacement_mean", None, found.displacement_mean_mm, "mm"
    yield group, "displacement_p95", None, found.displacement_p95_mm, "mm"
    yield group, "displacement_max", None, found.displacement_max_mm, "mm"
    yield group, "bending_energy", None, found.bending_energy_per_mm2, "1/mm^2"


def _consistency_rows(evidence: Evidence) -> Iterator[_Row]:
    if evidence.consistency is None:
        return
    for measure, unit in _DISTANCES:
        yield "consistency there and back", measure, None, _figure(evidence.consistency.distances, measure), unit
    yield "consistency there and back", "outside", None, evidence.consistency.outside_percent, "percent"


def _intensity_rows(evidence: Evidence) -> Iterator[_Row]:
    if evidence.intensity is None:
        return
    before, after, group = evidence.intensity.before, evidence.intensity.after, "grey values"
    yield group, "n", before.n, after.n, ""
    yield group, "ncc", before.ncc, after.ncc, ""
    yield group, "nmi", before.nmi, after.nmi, ""
    yield group, "msd", before.msd, after.msd, "squared grey values"


def _uncertainty_rows(evidence: Evidence) -> Iterator[_Row]:
    found, group = evidence.uncertainty, "uncertainty"
    if found is None:
        return
    yield group, "runs", None, len(found.names), ""
    yield group, "sd_mean", None, found.sd_mean_mm, "mm"
    yield group, "sd_p95", None, found.sd_p95_mm, "mm"
    yield group, "sd_max", None, found.sd_max_mm, "mm"


def _digits(value: float | None) -> str:
    """Six digits that count; nothing for what is not known."""
    return "" if value is None or not math.isfinite(value) else f"{value:.6g}"


def _table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    written = list(rows)
    if not written:
        return ""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *written])
    return file.getvalue()
