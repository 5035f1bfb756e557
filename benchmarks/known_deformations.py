"""Deformations that are known exactly: a turn, a shift, and a smooth warp of bumps that a seed chooses."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.append(str(Path(__file__).resolve().parents[1] / "Resources" / "Demo"))

from known_deformation import KnownDeformation

FloatArray = npt.NDArray[np.float64]

__all__ = ["KnownDeformation", "deformation"]

_BUMPS = 6
_WIDTHS_MM = (24.0, 34.0)


def deformation(
    center_ras: Sequence[float] | FloatArray,
    *,
    axis: Sequence[float] = (0, 0, 1),
    degrees: float = 0.0,
    shift_mm: Sequence[float] = (0, 0, 0),
    warp_mm: float = 6.0,
    reach_mm: float = 50.0,
    seed: int = 1,
) -> KnownDeformation:
    """Turn about a point, shift it, and warp before by up to about ``warp_mm``.

    :param center_ras: shape (3,), the point that the turn keeps.
    :param axis: of the turn, right-handed in RAS.
    :param warp_mm: displacement at the centre of a bump.
    :param reach_mm: how far from the centre bumps lie, along each axis.
    """
    random = np.random.default_rng(seed)
    centers = np.asarray(center_ras) + random.uniform(-reach_mm, reach_mm, (_BUMPS, 3))
    vectors = random.normal(size=(_BUMPS, 3))
    vectors *= warp_mm * random.uniform(0.7, 1.0, (_BUMPS, 1)) / np.linalg.norm(vectors, axis=1, keepdims=True)
    return KnownDeformation(
        axis=np.array(axis, dtype=np.float64),
        degrees=degrees,
        center_ras=np.array(center_ras, dtype=np.float64),
        shift_mm=np.array(shift_mm, dtype=np.float64),
        bump_centers_ras=centers,
        bump_vectors_mm=vectors,
        bump_widths_mm=random.uniform(*_WIDTHS_MM, _BUMPS),
    )
