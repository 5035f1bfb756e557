"""Landmark pairs to test with: made ones with a known truth, and those that experts placed in two brains."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ElastixPlusLib.guidance.landmark_pairing import LandmarkPairs

FloatArray = npt.NDArray[np.float64]

HALF_BRAIN_MM = np.array([70.0, 85.0, 60.0])
_BUMPS = 30
_BUMP_WIDTH_MM = 50.0


@dataclass(frozen=True)
class MadePairs:
    """Landmarks of a volume and of the same one turned, shifted and deformed."""

    fixed: FloatArray
    moving: FloatArray

    def displaced(self, *places: int, by_mm: float, seed: int = 1) -> MadePairs:
        """Move some moving landmarks in a random direction each."""
        moving = self.moving.copy()
        for number, place in enumerate(places):
            moving[place] += by_mm * direction(np.random.default_rng((seed, number)))
        return replace(self, moving=moving)

    def exchanged(self, one: int, other: int) -> MadePairs:
        """Give two pairs each other's partner."""
        return self.in_order([{one: other, other: one}.get(place, place) for place in range(len(self.fixed))])

    def in_order(self, order: list[int]) -> MadePairs:
        """Give every pair the partner of another one."""
        return replace(self, moving=self.moving[order])

    def labelled(self, check_labels: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> LandmarkPairs:
        """The pairs with labels from 1."""
        labels = tuple(str(place + 1) for place in range(len(self.fixed)))
        drives = np.array([label not in check_labels for label in labels])
        return LandmarkPairs(labels, self.fixed, self.moving, drives, notes)


def made_pairs(
    count: int, seed: int = 1, *, deformed_mm: float = 3.0, noise_mm: float = 1.0, degrees: float = 40.0
) -> MadePairs:
    """Landmarks anywhere in a brain-sized box, placed inexactly on both sides.

    :param deformed_mm: the largest displacement of the smooth deformation.
    :param noise_mm: standard deviation of an error of placing, per direction.
    """
    random = np.random.default_rng(seed)
    fixed = random.uniform(-1, 1, (count, 3)) * HALF_BRAIN_MM
    moved = fixed + _smooth(fixed, deformed_mm, random)
    moving = moved @ turn(random.normal(size=3), degrees).T + 100 * direction(random)
    noise = random.normal(0, noise_mm, (2, count, 3)) if noise_mm else np.zeros((2, count, 3))
    return MadePairs(fixed + noise[0], moving + noise[1])


def expert_pairs(folder: Path) -> LandmarkPairs:
    """The 32 landmarks that experts placed in a template and in the brain of one person."""
    fixed, moving = (_expert_landmarks(folder / f"{name}_afids.fcsv") for name in ("mni152", "colin27"))
    labels = tuple(sorted(fixed, key=int))
    return LandmarkPairs(
        labels,
        np.array([fixed[label] for label in labels]),
        np.array([moving[label] for label in labels]),
        np.ones(len(labels), dtype=np.bool_),
    )


def turn(axis: FloatArray, degrees: float) -> FloatArray:
    """Rodrigues' formula."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    matrix: FloatArray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix


def direction(random: np.random.Generator) -> FloatArray:
    """A unit vector."""
    vector = random.normal(size=3)
    unit: FloatArray = vector / np.linalg.norm(vector)
    return unit


def _smooth(points: FloatArray, largest_mm: float, random: np.random.Generator) -> FloatArray:
    centers = random.uniform(-1, 1, (_BUMPS, 3)) * HALF_BRAIN_MM
    vectors = random.normal(size=(_BUMPS, 3))
    axes = [np.linspace(-half, half, 7) for half in HALF_BRAIN_MM]
    everywhere = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)

    def field(places: FloatArray) -> FloatArray:
        squares = ((places[:, np.newaxis] - centers) ** 2).sum(axis=2)
        bumps: FloatArray = np.exp(-squares / (2 * _BUMP_WIDTH_MM**2)) @ vectors
        return bumps

    mean = field(everywhere).mean(axis=0)
    largest = np.linalg.norm(field(everywhere) - mean, axis=1).max()
    displacements: FloatArray = (field(points) - mean) * largest_mm / largest
    return displacements


def _expert_landmarks(path: Path) -> dict[str, list[float]]:
    rows = csv.reader(line for line in path.read_text().splitlines() if not line.startswith("#"))
    return {row[11]: [float(text) for text in row[1:4]] for row in rows}
