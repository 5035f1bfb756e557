"""What the two registrations of the demo have achieved, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from made_pair import PointPairs

from ElastixPlusLib.guidance.initial_alignment import rigid_alignment
from ElastixPlusLib.result import RegistrationResult

FloatArray = npt.NDArray[np.float64]

GOOD_ENOUGH_MM = 2.0
ASTRAY_MM = 10.0


@dataclass(frozen=True)
class Errors:
    """Distances left at the held-out landmarks.

    :param name: what was done.
    :param millimetres: shape (n,).
    :param seconds: how long it took; None where nothing was run.
    """

    name: str
    millimetres: FloatArray
    seconds: float | None = None

    @property
    def mean(self) -> float:
        """Mean over the landmarks, millimetres."""
        return float(self.millimetres.mean())

    @property
    def largest(self) -> float:
        """The worst landmark, millimetres."""
        return float(self.millimetres.max())


@dataclass(frozen=True)
class Account:
    """The four rows of the demo's table."""

    before: Errors
    intensity_only: Errors
    landmarks_only: Errors
    with_landmarks: Errors

    @property
    def rows(self) -> tuple[Errors, Errors, Errors, Errors]:
        """All of them, in the order of the story."""
        return self.before, self.intensity_only, self.landmarks_only, self.with_landmarks


def account_of(
    driving: PointPairs, held_out: PointPairs, intensity: RegistrationResult, guided: RegistrationResult
) -> Account:
    """Measure at the held-out landmarks only; both results carry them as check pairs."""
    matrix = rigid_alignment(driving.fixed_ras, driving.moving_ras)
    fitted = held_out.fixed_ras @ matrix[:3, :3].T + matrix[:3, 3]
    apart = np.linalg.norm(held_out.fixed_ras - held_out.moving_ras, axis=1)
    return Account(
        before=Errors("before", apart),
        intensity_only=Errors("intensity only", _after(intensity, held_out.labels), intensity.seconds.total),
        landmarks_only=Errors(
            f"{len(driving.labels)} landmarks only (rigid fit)", np.linalg.norm(fitted - held_out.moving_ras, axis=1)
        ),
        with_landmarks=Errors(
            f"intensity and {len(driving.labels)} landmarks", _after(guided, held_out.labels), guided.seconds.total
        ),
    )


def failure_of(account: Account) -> str | None:
    """Why the demo does not show what it should, one sentence; None if it does."""
    astray, rescued = account.intensity_only.mean, account.with_landmarks.mean
    if not rescued < GOOD_ENOUGH_MM:
        return (
            f"The landmarks did not rescue the registration: {rescued:.2f} mm are left, not below {GOOD_ENOUGH_MM:g}."
        )
    if not rescued < astray / 2:
        return f"The landmarks did not help enough: {rescued:.2f} mm are left with them, {astray:.2f} mm without."
    if not astray > ASTRAY_MM:
        return f"Intensity alone did not go astray: only {astray:.2f} mm are left, so there was nothing to rescue."
    return None


def _after(result: RegistrationResult, labels: tuple[str, ...]) -> FloatArray:
    left_mm = {pair.label: pair.after_mm for pair in result.landmarks.pairs if pair.role == "check"}
    return np.array([left_mm[label] for label in labels])
