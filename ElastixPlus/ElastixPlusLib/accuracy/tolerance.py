"""What AAPM TG-132 holds a registration against, and how to say it without claiming more.

Brock et al., "Use of image registration and fusion algorithms and techniques in radiotherapy", Medical Physics 44(7),
e43-e76, 2017, doi 10.1002/mp.12256.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .error_statistics import distance_by_placing_mm

if TYPE_CHECKING:
    from .deformation import DeformationStatistics
    from .error_statistics import ErrorStatistics
    from .evidence import Evidence
    from .structure_overlap import StructureAgreement

FEW_LANDMARKS = 10  # fewer than these get a warning that they say little
_CHECK_ERROR = "Target registration error at check landmarks"

Standing = Literal["within", "outside", "not assessed", "reported"]


@dataclass(frozen=True)
class Tolerance:
    """What distances are held against.

    :param distance_mm: the largest voxel edge of the fixed volume, unless the user gave another one.
    :param is_voxel_size: whether it is that one.
    :param dice: least overlap that counts as within.
    :param placing_sd_mm: with which error landmarks are placed, as a standard deviation along each axis; None if nobody
        said.
    """

    distance_mm: float
    is_voxel_size: bool = True
    dice: float = 0.8
    placing_sd_mm: float | None = None


@dataclass(frozen=True)
class Statement:
    """One line of the summary.

    :param quantity: what was looked at, such as "Target registration error at check landmarks, mean".
    :param value: with its unit, such as "1.90 mm (n = 15)"; empty if it was not assessed.
    :param standing: whether the value lies within the tolerance used; "reported" is never graded.
    :param text: the whole of it in sentences that can be read without the rest, such as "Target registration error at
        check landmarks, mean: 0.90 mm (n = 15), within the tolerance used (voxel size 1.0 mm). It was 8.30 mm before."
    """

    quantity: str
    value: str
    standing: Standing
    text: str


def statements(evidence: Evidence) -> tuple[Statement, ...]:
    """Everything that the evidence lets one say, and what was not assessed; in the order of a report.

    Graded are, after TG-132: target registration error, mean distance to agreement, overlap, folding and consistency.
    Everything else is reported.

    >>> from ElastixPlusLib.accuracy.evidence import Evidence
    >>> [line.standing for line in statements(Evidence(Tolerance(1.0), "inside the mask brain"))]
    ['not assessed', 'not assessed', 'not assessed', 'not assessed', 'not assessed', 'not assessed']
    """
    return (
        *_check_statements(evidence),
        *_held_out_statements(evidence),
        *_driving_statements(evidence),
        *_structure_statements(evidence),
        *_deformation_statements(evidence),
        *_consistency_statements(evidence),
        *_intensity_statements(evidence),
        *_uncertainty_statements(evidence),
    )


def _check_statements(evidence: Evidence) -> Iterator[Statement]:
    """The error where landmarks did not drive."""
    quantity, landmarks, limit_mm = _CHECK_ERROR, evidence.landmarks, evidence.tolerance.distance_mm
    after, before_mm = landmarks.statistics("check", "after"), landmarks.summary("check").before_mm
    worst = landmarks.worst("check")
    if after is None or before_mm is None or worst is None:
        yield _not_assessed(quantity, *_why_no_check(evidence))
        return
    yield _mean_error(f"{quantity}, mean", after, before_mm, evidence.tolerance)
    yield _graded_distance(
        f"{quantity}, largest",
        f"{_shown(worst.after_mm, limit_mm)} mm (at landmark {worst.label}, n = {after.n})",
        worst.after_mm,
        evidence.tolerance,
        f" It was {worst.before_mm:.2f} mm there before.{_few(after)}",
    )


def _why_no_check(evidence: Evidence) -> tuple[str, str]:
    """Why there is no target registration error at check landmarks, and what would give one."""
    if not evidence.landmarks.pairs and evidence.held_out is None:
        return "no landmarks", "mark the same places in both volumes"
    if evidence.held_out is None:
        return "no check landmarks", "mark pairs that do not drive, or leave pairs out one at a time"
    return "no check landmarks", "mark pairs that do not drive, or go by the pairs that were left out"


def _held_out_statements(evidence: Evidence) -> Iterator[Statement]:
    """The error of pairs in the run that they were left out of."""
    report = evidence.held_out
    if report is None or (after := report.after) is None or (before := report.before) is None:
        return
    runs = len({pair.fold for pair in report.pairs})
    yield _mean_error(
        f"Target registration error of left-out pairs ({report.method}), mean",
        after,
        before.mean_mm,
        evidence.tolerance,
        f" Measured in {runs} further runs with fewer driving pairs, each pair in the run that it did not drive.",
    )


def _driving_statements(evidence: Evidence) -> Iterator[Statement]:
    """What is left where landmarks drove."""
    found = evidence.landmarks.summary("drive")
    if found.after_mm is not None:
        yield _reported(
            "Fiducial registration error at driving landmarks, mean",
            f"{found.after_mm:.2f} mm (n = {found.n})",
            "It is what the registration was told to make small, and no evidence of accuracy.",
        )


def _structure_statements(evidence: Evidence) -> Iterator[Statement]:
    """How structures lie on each other."""
    if not evidence.structures:
        yield _not_assessed("Agreement of structures", "no structures", "outline the same structure in both volumes")
    for pair in evidence.structures:
        yield from _pair_statements(pair, evidence.tolerance)


def _pair_statements(pair: StructureAgreement, tolerance: Tolerance) -> Iterator[Statement]:
    """Mean distance, overlap and far parts of one pair of structures."""
    same = pair.fixed_name == pair.moving_name
    name = pair.fixed_name if same else f"{pair.fixed_name} and {pair.moving_name}"
    before, after = pair.before, pair.after
    if after.mda_mm is None:
        reason = "one of the two is empty within the fixed volume"
        remedy = "look whether both are outlined and whether the transform leads out of the volume"
        yield _not_assessed(f"Mean distance to agreement of {name}", reason, remedy)
    else:
        yield _graded_distance(
            f"Mean distance to agreement of {name}",
            f"{_shown(after.mda_mm, tolerance.distance_mm)} mm",
            after.mda_mm,
            tolerance,
            "" if before.mda_mm is None else f" It was {before.mda_mm:.2f} mm before.",
        )
    if after.mda_mm is not None or before.mda_mm is not None:  # one that is empty only after was lost on the way
        yield _graded(
            f"Dice coefficient of {name}",
            _shown(after.dice, tolerance.dice, operator.ge),
            after.dice >= tolerance.dice,
            f"at least {_limit(tolerance.dice, 2)}",
            f" It was {before.dice:.2f} before. TG-132 names 0.80 to 0.90, depending on how certain the contours are.",
        )
    if after.hd95_mm is not None:
        yield _reported(
            f"95th percentile of surface distances (HD95) of {name}",
            f"{after.hd95_mm:.2f} mm",
            "" if before.hd95_mm is None else f"It was {before.hd95_mm:.2f} mm before.",
        )


def _deformation_statements(evidence: Evidence) -> Iterator[Statement]:
    """Whether the map folds, how far it goes and how much it bends."""
    found, region = evidence.deformation, evidence.region
    if found is None:
        yield _not_assessed("Folding", "no deformation was measured", "evaluate a transform")
        return
    yield _linear_statement(found) if found.is_linear else _folding_statement(found, region)
    yield _reported(
        f"Displacement {region}",
        f"mean {found.displacement_mean_mm:.2f} mm, 95th percentile {found.displacement_p95_mm:.2f} mm, "
        f"largest {found.displacement_max_mm:.2f} mm",
    )
    if not found.is_linear:
        yield _reported(f"Bending energy {region}", f"{found.bending_energy_per_mm2:.3g} per mm²")


def _linear_statement(found: DeformationStatistics) -> Statement:
    """A linear map has one determinant: no evidence, unless it mirrors."""
    quantity, value = "Jacobian determinant", f"{found.jacobian_mean:.3g} everywhere"
    if found.folded_percent > 0:
        return _graded(quantity, value, False, "above 0", " The transform mirrors or flattens the moving volume.")
    return _reported(
        quantity,
        value,
        "The transform is linear and cannot fold, so this is no evidence of how well the volumes lie on each other.",
    )


def _folding_statement(found: DeformationStatistics, region: str) -> Statement:
    """Where the determinant is 0 or less, the map folds."""
    quantity, limit = f"Folding {region}", "no folding"
    spread = f" The Jacobian determinant is {found.jacobian_min:.3g} to {found.jacobian_max:.3g}."
    if found.folded_percent == 0:
        more = f"{spread} A deformation without folding is possible, but need not be the right one."
        return _graded(quantity, f"none at {found.n:,} places", True, limit, more)
    folded = max(1, round(found.folded_percent / 100 * found.n))
    share = f"{found.folded_percent:.2f}" if found.folded_percent >= 0.01 else "less than 0.01"
    return _graded(quantity, f"{folded:,} of {found.n:,} places ({share} %)", False, limit, spread)


def _consistency_statements(evidence: Evidence) -> Iterator[Statement]:
    """How far there and back misses the start."""
    quantity, found, tolerance = "Inverse consistency", evidence.consistency, evidence.tolerance
    if found is None:
        yield _not_assessed(quantity, "the way back was not registered", "register the other way round as well")
        return
    left_out = (
        f" {found.outside_percent:.1f} % of the places are left out, as the way there leads out of the moving volume."
        if found.outside_percent > 0
        else ""
    )
    distances = found.distances
    for name, distance in (("mean", distances.mean_mm), ("largest", distances.max_mm)):
        yield _graded_distance(
            f"{quantity} {evidence.region}, {name}",
            f"{_shown(distance, tolerance.distance_mm)} mm ({distances.n:,} places)",
            distance,
            tolerance,
            f" Two registrations may agree and both be wrong.{left_out}",
        )


def _intensity_statements(evidence: Evidence) -> Iterator[Statement]:
    """How alike grey values are."""
    if evidence.intensity is None:
        yield _not_assessed("Similarity of grey values", "none were compared", "choose a region that both volumes show")
        return
    before, after = evidence.intensity.before, evidence.intensity.after
    for name, was, now in (
        ("Normalised cross correlation", before.ncc, after.ncc),
        ("Normalised mutual information", before.nmi, after.nmi),
        ("Mean squared difference", before.msd, after.msd),
    ):
        quantity = f"{name} of grey values {evidence.region}"
        if was is None or now is None:
            yield _not_assessed(
                quantity, "one of the volumes is of one grey there", "choose a region where both show something"
            )
            continue
        yield _reported(
            quantity,
            f"{_figure(now)} (before: {_figure(was)})",
            "A registration by grey values changes it whether or not the right places lie on each other.",
        )


def _uncertainty_statements(evidence: Evidence) -> Iterator[Statement]:
    """How much the result depends on chance."""
    quantity, found = "Spread of the displacement over repeated runs", evidence.uncertainty
    if found is None:
        yield _not_assessed(quantity, "the registration was not repeated", "repeat it with other seeds or presets")
        return
    yield _reported(
        f"{quantity}, standard deviation {evidence.region}",
        f"mean {found.sd_mean_mm:.2f} mm, 95th percentile {found.sd_p95_mm:.2f} mm, largest {found.sd_max_mm:.2f} mm "
        f"({len(found.names)} runs)",
        "It shows how much the result depends on what was varied, not how far it is from the truth.",
    )


def _mean_error(
    quantity: str, after: ErrorStatistics, before_mm: float, tolerance: Tolerance, more: str = ""
) -> Statement:
    """A mean error with its interval and what to think of it."""
    limit, interval = tolerance.distance_mm, ""
    more = f" It was {before_mm:.2f} mm before.{more}"
    if after.mean_interval_mm is not None:
        low, high = after.mean_interval_mm
        digits = 1 if high >= 1 else 2
        interval = f"95 % CI {low:.{digits}f} to {high:.{digits}f}, "
        more += " The confidence interval includes the tolerance." if low <= limit < high else ""
        more += " From so few values it is likely to be too narrow." if after.n < FEW_LANDMARKS else ""
    value = f"{_shown(after.mean_mm, limit)} mm ({interval}n = {after.n})"
    return _graded_distance(quantity, value, after.mean_mm, tolerance, f"{more}{_few(after)}{_placing(tolerance)}")


def _placing(tolerance: Tolerance) -> str:
    """What a registration without any error would leave at landmarks."""
    if tolerance.placing_sd_mm is None:
        return ""
    return (
        f" Placed with an error of {_limit(tolerance.placing_sd_mm, 1)} mm (standard deviation along each axis), "
        f"landmarks would lie {distance_by_placing_mm(tolerance.placing_sd_mm):.2f} mm apart on average after a "
        "registration without error."
    )


def _few(found: ErrorStatistics) -> str:
    """What to think of few landmarks."""
    if found.n >= FEW_LANDMARKS:
        return ""
    return f" {'1 landmark says' if found.n == 1 else f'{found.n} landmarks say'} little about the rest of the volume."


def _graded_distance(quantity: str, value: str, distance_mm: float, tolerance: Tolerance, more: str = "") -> Statement:
    """A distance held against the tolerance."""
    limit = f"{'voxel size ' if tolerance.is_voxel_size else ''}{_limit(tolerance.distance_mm, 1)} mm"
    return _graded(quantity, value, distance_mm <= tolerance.distance_mm, limit, more)


def _graded(quantity: str, value: str, is_within: bool, limit: str, more: str = "") -> Statement:
    standing: Standing = "within" if is_within else "outside"
    return Statement(quantity, value, standing, f"{quantity}: {value}, {standing} the tolerance used ({limit}).{more}")


def _reported(quantity: str, value: str, more: str = "") -> Statement:
    return Statement(quantity, value, "reported", f"{quantity}: {value}, reported and not graded. {more}".rstrip())


def _not_assessed(quantity: str, reason: str, remedy: str) -> Statement:
    return Statement(quantity, "", "not assessed", f"{quantity} not assessed: {reason}; {remedy}.")


def _shown(value: float, limit: float, holds: Callable[[float, float], bool] = operator.le) -> str:
    """A value with 2 decimals, or with as many as it takes to lie on the side of the limit where it lies.

    >>> _shown(0.5, 1.0), _shown(1.004, 1.0), _shown(0.7996, 0.8, operator.ge)
    ('0.50', '1.004', '0.7996')
    """
    texts = (f"{value:.{digits}f}" for digits in range(2, 9))
    return next((text for text in texts if holds(float(text), limit) == holds(value, limit)), repr(value))


def _limit(limit: float, least_digits: int) -> str:
    """A limit without needless zeros.

    >>> _limit(1.0, 1), _limit(0.9375, 1), _limit(0.8, 2)
    ('1.0', '0.938', '0.80')
    """
    whole, _, part = f"{limit:.3f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(least_digits, '0')}"


def _figure(value: float) -> str:
    """A figure of any size to 3 digits or more."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
