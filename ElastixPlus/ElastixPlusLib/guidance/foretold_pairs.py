"""Where each landmark pair is to be expected from all others: by a rigid fit, and by a thin-plate fit on top of it.

A pair's own say is taken out in closed form, so that nothing is fitted n times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .robust_rigid_fit import RigidFit

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# What is ordinary before any pair has been seen, per direction. It counts as much as the six numbers that a rigid fit
# has to find, so that a handful of pairs that happen to agree within a tenth of a millimetre accuse nobody.
_ORDINARY_MM = 2.0
_ORDINARY_ROUGHNESS = 0.3  # neighbours 40 mm apart move 3 mm differently
_FREEDOMS = 6
# A landmark is placed as inexactly as volumes deform over this distance.
_SMOOTHING_MM = 10.0
_LARGEST_LEVERAGE = 0.95


@dataclass(frozen=True)
class Foretold:
    """How far each of n pairs lies from where the others put it.

    :param misses_mm: shape (n, 3), moving landmark (taken back to the fixed volume) minus the expected place.
    :param deviation_mm: shape (n,), how far off, per direction, an ordinary pair would be at this place.
    """

    misses_mm: FloatArray
    deviation_mm: FloatArray

    @property
    def off_mm(self) -> FloatArray:
        """The length of the misses; shape (n,)."""
        lengths: FloatArray = np.linalg.norm(self.misses_mm, axis=1)
        return lengths


def foretold_by_rigid(fixed_ras: FloatArray, moving_ras: FloatArray, fit: RigidFit, trusted: BoolArray) -> Foretold:
    """The places where the rigid fit of all *other* trusted pairs puts each pair.

    What the fit leaves at a pair that took part is divided by one minus its leverage, that is, by how much the pair
    drew the fit to itself (Cook and Weisberg 1982, Residuals and Influence in Regression).

    :param fit: the fit of the trusted pairs.
    :param trusted: shape (n,), the pairs that may say where others belong.

    >>> from .robust_rigid_fit import fit_of_trusted
    >>> fixed = np.array([[0.0, 0, 0], [90, 0, 0], [0, 80, 0], [0, 0, 70], [60, 50, 40]])
    >>> moving, trusted = fixed.copy(), np.arange(5) < 4
    >>> moving[4] += [0, 30, 0]
    >>> foretold_by_rigid(fixed, moving, fit_of_trusted(fixed, moving, trusted), trusted).off_mm.round(6).tolist()
    [0.0, 0.0, 0.0, 0.0, 30.0]
    """
    shifts = fit.taken_back(moving_ras) - fixed_ras
    leverage = _leverage(fixed_ras, shifts, trusted)
    own = np.where(trusted, 1 - np.minimum(leverage, _LARGEST_LEVERAGE), 1.0)
    scale = np.sqrt((_FREEDOMS * _ORDINARY_MM**2 + (shifts[trusted] ** 2).sum()) / (3 * trusted.sum()))
    doubt = np.where(trusted, 1 / np.sqrt(own), np.sqrt(1 + leverage))
    return Foretold(shifts / own[:, np.newaxis], scale * doubt)


def foretold_by_thin_plate(
    fixed_ras: FloatArray, moving_ras: FloatArray, fit: RigidFit, trusted: BoolArray
) -> Foretold:
    """The places where a smoothed thin-plate fit of all *other* trusted pairs puts each pair.

    The kernel is that of three dimensions, U(r) = r (Bookstein 1989, doi 10.1109/34.24792); what it bends is the rigid
    fit and not an affine one, which a handful of pairs does not determine. With P the inverse of the kernel matrix
    under the side condition of the fit, the miss without the pair's own say is (P d)_i / P_ii and its variance is
    proportional to 1 / P_ii (Dubrule 1983, doi 10.1007/BF01033232).

    :param fit: the rigid fit of the trusted pairs.
    :param trusted: shape (n,), the pairs that may say where others belong, at least 3 of them.

    >>> from .robust_rigid_fit import fit_of_trusted
    >>> fixed = np.array([[0.0, 0, 0], [90, 0, 0], [0, 80, 0], [0, 0, 70], [60, 50, 40]])
    >>> moving, trusted = fixed.copy(), np.arange(5) < 4
    >>> moving[4] += [0, 30, 0]
    >>> foretold_by_thin_plate(fixed, moving, fit_of_trusted(fixed, moving, trusted), trusted).off_mm.round(6).tolist()
    [0.0, 0.0, 0.0, 0.0, 30.0]
    """
    shifts = fit.taken_back(moving_ras) - fixed_ras
    places, moved, count = fixed_ras[trusted], shifts[trusted], int(trusted.sum())
    system = np.ones((count + 1, count + 1))
    system[:count, :count] = _SMOOTHING_MM * np.eye(count) - _distances(places, places)
    system[count, count] = 0.0
    inverse = np.linalg.inv(system)
    own = np.diag(inverse)[:count]
    weights = inverse[:, :count] @ moved
    misses, variance = np.empty_like(shifts), np.empty(len(shifts))
    misses[trusted], variance[trusted] = weights[:count] / own[:, np.newaxis], 1 / own
    kernel = np.ones((len(shifts) - count, count + 1))
    kernel[:, :count] = -_distances(fixed_ras[~trusted], places)
    misses[~trusted] = shifts[~trusted] - kernel @ weights
    variance[~trusted] = _SMOOTHING_MM - np.einsum("ni,ij,nj->n", kernel, inverse, kernel)
    roughness = (_FREEDOMS * _ORDINARY_ROUGHNESS**2 + float((moved * weights[:count]).sum())) / (3 * count)
    return Foretold(misses, np.sqrt(roughness * variance))


def _leverage(places: FloatArray, directions: FloatArray, trusted: BoolArray) -> FloatArray:
    """How much a pair could turn and shift the fit along a direction; shape (n,)."""
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    along = np.divide(directions, lengths, out=np.zeros_like(directions), where=lengths > 0)
    around = np.cross(places - places[trusted].mean(axis=0), along)
    effect = np.hstack([along, around])
    arms = places[trusted] - places[trusted].mean(axis=0)
    inertia = np.zeros((6, 6))
    inertia[:3, :3] = len(arms) * np.eye(3)
    # The square millimetre keeps a turn about landmarks on one line from counting as known.
    inertia[3:, 3:] = ((arms**2).sum() + 1.0) * np.eye(3) - arms.T @ arms
    leverage: FloatArray = np.einsum("ni,ij,nj->n", effect, np.linalg.inv(inertia), effect)
    return leverage


def _distances(some: FloatArray, others: FloatArray) -> FloatArray:
    distances: FloatArray = np.linalg.norm(some[:, np.newaxis] - others[np.newaxis], axis=2)
    return distances
