"""The evidence as columns of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..accuracy.deformation import DeformationStatistics
from ..accuracy.error_statistics import ErrorStatistics
from ..accuracy.evidence import Evidence
from ..accuracy.held_out import HeldOutError, HeldOutReport
from ..accuracy.landmark_errors import PairError
from ..accuracy.structure_overlap import StructureAgreement
from ..accuracy.tolerance import statements
from ..mrml.tables import Column

WORDS_OF_ROLE = {"check": "check landmarks", "drive": "driving landmarks", "held out": "held-out landmarks"}
WORDS_OF_ERROR = {
    "check": "target registration error",
    "drive": "fiducial registration error",
    "held out": "held-out target registration error",
}


Columns = list[Column]


@dataclass(frozen=True)
class EvidenceTables:
    """Columns of everything that was measured; empty is what was not.

    :param pairs: by role: "check", "drive" and "held out".
    :param histogram: of the Jacobian determinant; empty for a linear transform, where it is the same everywhere.
    """

    summary: Columns
    statistics: Columns
    pairs: dict[str, Columns]
    structures: Columns
    histogram: Columns


def evidence_tables(evidence: Evidence) -> EvidenceTables:
    """All tables of an evaluation. Nothing but numbers is touched, so that it can be done in the background."""
    landmarks, held_out, deformation = evidence.landmarks, evidence.held_out, evidence.deformation
    pairs = {role: pair_columns(chosen) for role in ("check", "drive") if (chosen := landmarks.of_role(role))}
    if held_out is not None and held_out.pairs:
        pairs["held out"] = held_out_columns(held_out)
    shows_folding = deformation is not None and not deformation.is_linear and deformation.histogram_counts
    return EvidenceTables(
        summary=summary_columns(evidence),
        statistics=statistics_columns(evidence) if pairs else [],
        pairs=pairs,
        structures=structure_columns(evidence.structures) if evidence.structures else [],
        histogram=histogram_columns(deformation) if deformation is not None and shows_folding else [],
    )


def summary_columns(evidence: Evidence) -> Columns:
    """What the evidence lets one say, a statement per row."""
    rows = statements(evidence)
    return [
        Column("quantity", "Quantity", [row.quantity for row in rows], description="What was looked at."),
        Column("value", "Value", [row.value for row in rows], description="What was measured."),
        Column(
            "standing",
            "Standing",
            [row.standing for row in rows],
            description="Whether the value lies within the tolerance used. What is only reported is never graded.",
        ),
        Column("words", "In words", [row.text for row in rows], description="The whole of it in words."),
    ]


def pair_columns(pairs: Sequence[PairError]) -> Columns:
    """Distances of the landmark pairs of one role, a pair per row."""
    roles = [WORDS_OF_ROLE[pair.role].removesuffix(" landmarks") for pair in pairs]
    return _distance_columns(
        pairs, Column("role", "Role", roles, description="Whether the pair drove the registration.")
    )


def held_out_columns(report: HeldOutReport) -> Columns:
    """Distances of the pairs that were left out of a run each."""
    fold = Column(
        "run",
        "Run",
        [pair.fold + 1 for pair in report.pairs],
        "count",
        description="The run that the pair did not drive.",
    )
    return _distance_columns(report.pairs, fold)


def _distance_columns(pairs: Sequence[PairError] | Sequence[HeldOutError], third: Column) -> Columns:
    before = "Distance of the two landmarks as the volumes were loaded."
    after = "Distance of the fixed landmark, taken through the transform, to the moving one."
    return [
        Column("pair", "Pair", range(1, len(pairs) + 1), "count", description="Number of the pair in the charts."),
        Column("label", "Label", [pair.label for pair in pairs], description="Name of both landmarks."),
        third,
        Column("before_mm", "Before", [pair.before_mm for pair in pairs], "number", "mm", before),
        Column("after_mm", "After", [pair.after_mm for pair in pairs], "number", "mm", after),
    ]


def statistics_columns(evidence: Evidence) -> Columns:
    """Statistics of landmark distances, never over pairs of different roles."""
    rows = _statistics_rows(evidence)
    found = [statistics for _, _, statistics in rows]
    intervals = [statistics.mean_interval_mm or (None, None) for statistics in found]
    interval = "95 percent confidence interval of the mean, by bootstrap over the pairs."
    return [
        Column("group", "Group", [group for group, _, _ in rows], description="Which landmark pairs."),
        Column("when", "When", [when for _, when, _ in rows], description="As loaded, or through the transform."),
        Column("n", "n", [row.n for row in found], "count", description="Number of pairs."),
        Column("mean_mm", "Mean", [row.mean_mm for row in found], "number", "mm", "Mean distance."),
        Column("mean_low_mm", "Mean from", [low for low, _ in intervals], "number", "mm", interval),
        Column("mean_high_mm", "Mean to", [high for _, high in intervals], "number", "mm", interval),
        Column("rms_mm", "RMS", [row.rms_mm for row in found], "number", "mm", "Root of the mean squared distance."),
        Column("sd_mm", "SD", [row.sd_mm for row in found], "number", "mm", "Standard deviation of the sample."),
        Column("median_mm", "Median", [row.median_mm for row in found], "number", "mm", "Median distance."),
        Column("p95_mm", "95th percentile", [row.p95_mm for row in found], "number", "mm", "95 percent are below."),
        Column("max_mm", "Maximum", [row.max_mm for row in found], "number", "mm", "Largest distance."),
    ]


def _statistics_rows(evidence: Evidence) -> list[tuple[str, str, ErrorStatistics]]:
    rows: list[tuple[str, str, ErrorStatistics | None]] = []
    for role, short in (("check", "TRE"), ("drive", "FRE")):
        group = f"{short}, {WORDS_OF_ROLE[role]}"
        rows.append((group, "before", evidence.landmarks.statistics(role, "before")))
        rows.append((group, "after", evidence.landmarks.statistics(role, "after")))
    if evidence.held_out is not None:
        group = f"TRE, held out ({evidence.held_out.method})"
        rows += [(group, "before", evidence.held_out.before), (group, "after", evidence.held_out.after)]
    return [(group, when, statistics) for group, when, statistics in rows if statistics is not None]


def structure_columns(structures: Sequence[StructureAgreement]) -> Columns:
    """Overlap and surface distances, two rows per pair of structures."""
    rows = [
        (pair, when, overlap)
        for pair in structures
        for when, overlap in (("before", pair.before), ("after", pair.after))
    ]
    mda = "Mean over both surfaces of the distance to the nearest place of the other."
    hd95 = "The larger of the two 95th percentiles of surface distances. Reported, never graded."
    ratio = "Volume of the moving structure in that of the fixed one."
    found = [overlap for _, _, overlap in rows]
    return [
        Column(
            "fixed", "Fixed structure", [pair.fixed_name for pair, _, _ in rows], description="In the fixed volume."
        ),
        Column(
            "moving", "Moving structure", [pair.moving_name for pair, _, _ in rows], description="In the moving one."
        ),
        Column("when", "When", [when for _, when, _ in rows], description="As loaded, or through the transform."),
        Column("dice", "Dice", [row.dice for row in found], "number", description="Overlap, 0 to 1."),
        Column("jaccard", "Jaccard", [row.jaccard for row in found], "number", description="Overlap, 0 to 1."),
        Column("mda_mm", "Mean distance to agreement", [row.mda_mm for row in found], "number", "mm", mda),
        Column("hd95_mm", "HD95", [row.hd95_mm for row in found], "number", "mm", hd95),
        Column("max_mm", "Maximum", [row.max_mm for row in found], "number", "mm", "Largest surface distance."),
        Column("volume_ratio", "Volume ratio", [row.volume_ratio for row in found], "number", description=ratio),
    ]


def histogram_columns(deformation: DeformationStatistics) -> Columns:
    """How often which Jacobian determinant occurs, a bin per row."""
    edges, counts = np.array(deformation.histogram_edges), np.array(deformation.histogram_counts)
    percent = 100.0 * counts / max(int(counts.sum()), 1)
    middle = (edges[:-1] + edges[1:]) / 2.0
    return [
        Column("low", "From", edges[:-1].tolist(), "number", description="Smallest determinant of the bin."),
        Column("high", "To", edges[1:].tolist(), "number", description="Largest determinant of the bin."),
        Column("middle", "Middle", middle.tolist(), "number", description="Where the bar stands in the chart."),
        Column("places", "Places", counts.tolist(), "count", description="How many places."),
        Column("percent", "Share", percent.tolist(), "number", "%", "Share of all places."),
    ]
