"""Evidence as plain data, as it is written to JSON."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Any

from ..accuracy.evidence import Evidence
from ..accuracy.held_out import HeldOutReport
from ..accuracy.landmark_errors import LandmarkReport
from ..accuracy.tolerance import statements

_DIGITS = 9  # a nanometre in a metre; bending energies are small numbers


def account_of(evidence: Evidence) -> dict[str, Any]:
    """Everything that was measured; what was not is null or empty. Numbers have 9 digits; what is
    not finite is null."""
    account = {
        "tolerance": asdict(evidence.tolerance),
        "region": evidence.region,
        "landmarks": landmark_account(evidence.landmarks),
        "held_out": None if evidence.held_out is None else _held_out_account(evidence.held_out),
        "structures": [asdict(structure) for structure in evidence.structures],
        "deformation": _or_none(evidence.deformation),
        "consistency": _or_none(evidence.consistency),
        "intensity": _or_none(evidence.intensity),
        "uncertainty": _or_none(evidence.uncertainty),
        "statements": [asdict(statement) for statement in statements(evidence)],
    }
    rounded: dict[str, Any] = _rounded(account)
    return rounded


def landmark_account(report: LandmarkReport) -> dict[str, Any]:
    """Pairs, and for each role the means that the account of a registration has, with all statistics beside them."""
    account: dict[str, Any] = {}
    for role in ("drive", "check"):
        statistics = {when: _or_none(report.statistics(role, when)) for when in ("before", "after")}
        account[role] = {**asdict(report.summary(role)), **statistics}
    return {**account, "pairs": [asdict(pair) for pair in report.pairs]}


def _held_out_account(report: HeldOutReport) -> dict[str, Any]:
    return {**asdict(report), "before": _or_none(report.before), "after": _or_none(report.after)}


def _or_none(measured: Any) -> dict[str, Any] | None:
    return None if measured is None else asdict(measured)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        if not isfinite(value):  # JSON has no such numbers
            return None
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
