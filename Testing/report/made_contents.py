"""What a report may have to show, made up: everything at once, nothing at all, and names that try to be more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from functools import cache

import numpy as np

from ElastixPlusLib.accuracy.deformation import DeformationStatistics, deformation_statistics
from ElastixPlusLib.accuracy.error_statistics import ErrorStatistics
from ElastixPlusLib.accuracy.evidence import Evidence
from ElastixPlusLib.accuracy.held_out import HeldOutError, HeldOutReport
from ElastixPlusLib.accuracy.intensity_similarity import Similarity, SimilarityChange
from ElastixPlusLib.accuracy.inverse_consistency import ConsistencyStatistics
from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport, PairError
from ElastixPlusLib.accuracy.structure_overlap import Overlap, StructureAgreement
from ElastixPlusLib.accuracy.tolerance import Tolerance
from ElastixPlusLib.accuracy.uncertainty import UncertaintyStatistics
from ElastixPlusLib.report.contents import GreyPicture, ReportContents, SlicePicture

# Everything that a browser, a template, a formula or a chart could take for more than letters.
HOSTILE = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked=1'><b onclick=\"window.hacked=1\">"
    " & &amp; ' \" javascript:alert(1) {{ 7 * 7 }} {% raw %} </style></title></pre> $x_1$ Läsion-Ø №5 脳 🧠"
)
EMPTY = ReportContents(
    "fixed", "moving", "transform", Evidence(Tolerance(1.0), "inside the mask"), datetime(2025, 3, 9)
)


def landmarks(drive: int = 15, check: int = 15, seed: int = 1, name: str = "") -> LandmarkReport:
    """Pairs that came closer, but for some."""
    random = np.random.default_rng(seed)
    roles = ["drive"] * drive + ["check"] * check
    before = random.gamma(4.0, 0.8, len(roles))
    after = before * random.uniform(0.1, 1.1, len(roles))
    return LandmarkReport(
        tuple(
            PairError(f"{place + 1}{name}", role, float(was), float(now))
            for place, (role, was, now) in enumerate(zip(roles, before, after, strict=True))
        )
    )


def blobs(rows: int, columns: int, seed: int = 0, shift: float = 0.0) -> GreyPicture:
    """A head, roughly: an ellipse with folds inside; noise as in a scan."""
    y, x = np.meshgrid(np.linspace(-1.1, 1.1, rows), np.linspace(-1.1, 1.1, columns), indexing="ij")
    radius = np.hypot(y, x - shift)
    folds = 0.5 + 0.25 * np.sin(14.0 * (x - shift)) * np.cos(11.0 * y)
    noise = np.random.default_rng(seed).normal(0.0, 0.02, radius.shape)
    grey: GreyPicture = (255 * np.clip(np.where(radius < 1.0, folds + noise, 0.0), 0.0, 1.0)).astype(np.uint8)
    return grey


def picture(plane: str, rows: int, columns: int, labels: tuple[str, str, str, str]) -> SlicePicture:
    """A slice where the moving volume was beside the fixed one and came to lie almost on it."""
    fixed, before, after = (blobs(rows, columns, seed, shift) for seed, shift in enumerate((0.0, 0.15, 0.01)))
    return SlicePicture(plane, 12.0, fixed, before, after, (1.0, 1.0), labels, (0.4 * rows, 0.6 * columns))


def pictures(scale: float = 1.0) -> tuple[SlicePicture, ...]:
    """Three orthogonal slices; 233 x 197 at full scale."""
    rows, columns, slices = (round(scale * count) for count in (233, 197, 189))
    return (
        picture("axial", rows, columns, ("A", "L", "P", "R")),
        picture("coronal", slices, columns, ("S", "L", "I", "R")),
        picture("sagittal", slices, rows, ("S", "P", "I", "A")),
    )


@cache
def deformation(folded: bool = True) -> DeformationStatistics:
    """A smooth deformation that folds at few places."""
    random = np.random.default_rng(4)
    determinants = random.normal(1.0, 0.25, 20_000)
    determinants = np.where(determinants > 0.05, determinants, 1.0)
    determinants[:6] = np.linspace(-0.3, -0.05, 6) if folded else 1.0
    return deformation_statistics(determinants, random.gamma(3.0, 1.0, 20_000), np.full((9, 3, 3, 3), 0.002), False)


def structures(name: str = "") -> tuple[StructureAgreement, ...]:
    """Three pairs of segments; the last one is empty in the moving volume."""
    return (
        StructureAgreement(
            f"left hippocampus{name}",
            f"left hippocampus{name}",
            Overlap(0.61, 0.44, 1.84, 4.2, 7.1, 1.10),
            Overlap(0.86, 0.754, 0.62, 1.4, 3.2, 1.02),
        ),
        StructureAgreement(
            f"ventricles{name}",
            "cerebrospinal fluid",
            Overlap(0.72, 0.56, 1.3, 3.0, 9.9, 0.8),
            Overlap(0.70, 0.54, 1.4, 3.4, 9.1, 0.9),
        ),
        StructureAgreement(
            f"lesion{name}",
            f"lesion{name}",
            Overlap(0.0, 0.0, None, None, None, 0.0),
            Overlap(0, 0, None, None, None, 0),
        ),
    )


@cache
def evidence(name: str = "") -> Evidence:
    """Everything that can be measured."""
    distances = ErrorStatistics(5000, 0.41, 0.62, 0.46, 0.3, 1.2, 3.9, (0.38, 0.45))
    held_out = tuple(HeldOutError(f"{n + 1}{name}", n // 3, 3.0 + n / 10, 2.5 - n / 10) for n in range(15))
    return Evidence(
        Tolerance(1.0),
        f"inside the mask brain{name}",
        landmarks(name=name),
        HeldOutReport("5-fold", held_out),
        structures(name),
        deformation(),
        ConsistencyStatistics(distances, 1.25),
        SimilarityChange(Similarity(100_000, 0.61, 1.08, 5321.0), Similarity(100_000, 0.86, 1.21, 1844.0)),
        UncertaintyStatistics((f"seed 1{name}", "seed 2", "seed 3"), 0.21, 0.62, 1.9),
    )


@cache
def complete_contents(name: str = "", scale: float = 1.0) -> ReportContents:
    """A report with all its sections.

    :param name: appended to every text that comes from a user.
    """
    return ReportContents(
        fixed_name=f"MNI152{name}",
        moving_name=f"Colin27{name}",
        transform_name=f"Colin27 to MNI152{name}",
        evidence=evidence(name),
        created=datetime(2025, 3, 9, 14, 5, tzinfo=timezone.utc),
        pictures=pictures(scale),
        slice_reason=f"through check landmark 23{name}, where the error is largest (4.1 mm)",
        settings=((f"preset{name}", f"generic: rigid, then B-spline{name}"), ("landmark weight", "balanced")),
        parameter_files=((f"0-rigid.txt{name}", f'(Transform "EulerTransform")\n(NumberOfResolutions 4)\n//{name}\n'),),
        commands=(f"elastixplus evaluate --transform T.h5 --fixed MNI152.nii.gz --moving Colin27.nii.gz{name}",),
        versions=(("ElastixPlus", "0.1.0"), (f"elastix{name}", f"5.0.1{name}")),
        warnings=(f"2 pairs of landmarks lie outside the mask{name}.",),
        methods=f"The moving volume was registered{name} [1].\n\nReferences\n[1] Klein S{name}.\n",
    )


def hostile_contents() -> ReportContents:
    """Markup, templates and formulas wherever a user's text can stand."""
    contents = complete_contents(name=f" {HOSTILE}", scale=0.1)
    labels = ("A", HOSTILE, "P", "R")
    return replace(contents, pictures=tuple(replace(one, edge_labels=labels) for one in contents.pictures))
