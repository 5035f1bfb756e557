"""Hard cases where the grey values are at fault."""

from __future__ import annotations

import numpy as np
from anatomies import half_chest, sample_brain
from hard_case import HardCase, made_pair
from known_deformations import deformation
from made_volumes import CT, FloatArray, ball

_PARCELS = 30
_METAL = 30_000.0


def labels_for_an_image() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(0, 0.2, 1), degrees=15, shift_mm=(10, -8, 12), seed=401)
    seeds = brain.body_ras[np.random.default_rng(51).permutation(len(brain.body_ras))[:_PARCELS]]

    def parcels(values: FloatArray, origins: FloatArray, places: FloatArray) -> FloatArray:
        nearest = (origins @ seeds.T - (seeds**2).sum(axis=1) / 2).argmax(axis=1)
        return np.where(values > brain.body_above, nearest + 1.0, 0.0)

    pair = made_pair(brain, moved, edit_moving=parcels, moving_spacing_mm=3.0)
    return pair.case("a parcellation with 30 labels in place of an image", refusal="label")


def volume_without_contrast() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, degrees=10, shift_mm=(6, -8, 5), seed=402)
    pair = made_pair(brain, moved, edit_moving=lambda values, origins, places: np.full_like(values, 100.0))
    return pair.case("a volume that is the same everywhere", refusal="same value")


def metal() -> HardCase:
    chest = half_chest()
    moved = deformation(
        chest.center_ras, axis=(0.2, 0.1, 1), degrees=10, shift_mm=(25, -20, 22), warp_mm=8, reach_mm=90, seed=403
    )
    screws = chest.center_ras + np.array([[30.0, -40, 20], [32, -38, -15]])

    def with_screws(values: FloatArray, origins: FloatArray, places: FloatArray) -> FloatArray:
        is_metal = ball(screws[0], 5.0)(origins) | ball(screws[1], 5.0)(origins)
        return np.where(is_metal, _METAL, values)

    pair = made_pair(chest, moved, look=CT, edit_fixed=with_screws, edit_moving=with_screws, moving_spacing_mm=3.5)
    return pair.case("chest CT with screws of 30000 HU, 39 mm away", more=pair.place_landmarks(5, 52))
