"""A registration by landmarks alone: the fit, how far it can be trusted, and the transform that it becomes."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import vtk

from .checking.checked_request import CheckedRequest
from .collection import CollectedResult, finished_steps
from .grid import Grid
from .guidance.landmark_fits import FitKind, LandmarkFit, fit_landmarks, leave_one_out_mm, volume_factors
from .guidance.landmark_pairing import LandmarkPairs
from .mrml.landmark_transforms import spline_then_linear_transform, thin_plate_transform
from .mrml.transforms import linear_transform
from .steps import Steps, in_background

FloatArray = npt.NDArray[np.float64]

_BENDING = ("thin-plate", "bspline")
_LATTICE_POINTS_PER_AXIS = 12


def landmark_fit_steps(checked: CheckedRequest) -> Steps[CollectedResult]:
    """Fit the driving landmarks and complete the result around the fit, in pieces of about 30 ms.

    :raises LandmarkError: the landmarks do not determine the fit.
    :raises ResultError: the output node cannot hold it.
    """
    driving = cast("LandmarkPairs", checked.driving_pairs)  # the check refuses a fit without them
    kind, region = cast("FitKind", checked.landmark_fit), checked.fixed.grid
    fit = yield from in_background(lambda: fit_landmarks(kind, driving.fixed_ras, driving.moving_ras, region))
    warnings = yield from in_background(lambda: trust_in(fit, driving, region))
    return (yield from finished_steps(checked, _transform(fit), warnings))


def trust_in(fit: LandmarkFit, driving: LandmarkPairs, region: Grid) -> tuple[str, ...]:
    """What is known of a fit at places that did not make it, as sentences for the user.

    :param driving: the pairs that made it.
    :param region: the voxels of the fixed volume.
    """
    sentences = []
    if fit.kind in _BENDING:
        misses = leave_one_out_mm(fit.kind, driving.fixed_ras, driving.moving_ras, region)
        known = np.flatnonzero(np.isfinite(misses))
        if len(known):
            worst = known[np.argmax(misses[known])]
            sentences.append(
                "The fit was made to meet the driving landmarks, so what is left there is no measure of it. Made "
                f"without each of them in turn, it misses them by {misses[known].mean():.1f} mm on average and by "
                f"{misses[worst]:.1f} mm at most (landmark {driving.labels[worst]})."
            )
    axes = [np.linspace(0, count - 1, _LATTICE_POINTS_PER_AXIS) for count in region.dimensions]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    folded = float(np.mean(volume_factors(fit, region.positions_ras(lattice)) <= 0))
    if folded > 0:
        sentences.append(
            f"The fit folds {folded:.0%} of the fixed volume: landmarks near each other disagree. Look at them again, "
            "or choose a B-spline or a rigid fit."
        )
    return tuple(sentences)


def _transform(fit: LandmarkFit) -> vtk.vtkAbstractTransform:
    if fit.plate is not None:
        return thin_plate_transform(fit.fixed_ras, fit.plate.map(fit.fixed_ras))
    if fit.spline is not None:
        return spline_then_linear_transform(fit.spline.coefficients_ras, fit.spline.grid, fit.linear)
    return linear_transform(fit.linear)
