"""Hard cases where the landmarks themselves are at fault."""

from __future__ import annotations

import numpy as np
from anatomies import colin_head, half_chest, sample_brain
from hard_case import HardCase, MadePair, made_pair
from known_deformations import deformation
from made_pair import labels_of
from made_volumes import CT, T1, T2

_FROM_LANDMARKS = {"initial": "landmarks"}
_MIDLINE_MM = 12.0


def mirrored_landmarks() -> HardCase:
    pair = _turned_head(301)
    middle = pair.common_ras.mean(axis=0)
    right, _ = pair.landmark_points(4, 41, lambda points: points[:, 0] > middle[0] + _MIDLINE_MM)
    left = right * (-1, 1, 1) + (2 * middle[0], 0, 0)
    error = np.random.default_rng(41).normal(0.0, 1.0, (8, 3))
    lists = pair.listed(np.concatenate([right, left]), pair.truth(np.concatenate([left, right])) + error)
    return pair.case("left and right exchanged at all landmarks", {**_FROM_LANDMARKS, **lists}, refusal="mirror")


def exchanged_labels() -> HardCase:
    pair = _turned_brain(302)
    fixed, moving = pair.landmark_points(7, 42)
    moving[[2, 5]] = moving[[5, 2]]
    lists = pair.listed(fixed, moving)
    return pair.case("two of 7 landmarks have each other's label", {**_FROM_LANDMARKS, **lists})


def one_gross_error() -> HardCase:
    pair = _turned_brain(303)
    fixed, moving = pair.landmark_points(6, 43)
    error = 2.0 * (moving.mean(axis=0) - moving[1])
    moving[1] += error
    lists = pair.listed(fixed, moving)
    return pair.case(
        f"one of 6 landmarks is {np.linalg.norm(error):.0f} mm off, and they pull firmly",
        {**_FROM_LANDMARKS, **lists, "landmark_weight": "firm"},
    )


def unpaired_and_outside() -> HardCase:
    chest = half_chest()
    moved = deformation(
        chest.center_ras, axis=(0.2, 0, 1), degrees=30, shift_mm=(30, -20, 40), warp_mm=8, reach_mm=90, seed=304
    )
    pair = made_pair(chest, moved, look=CT, moving_spacing_mm=3.5)
    fixed, moving = pair.landmark_points(8, 44)
    fixed[6] += 0.0, 0.0, 900.0
    labels = labels_of("L", 8)
    lists = pair.listed(fixed, moving, (*labels[:7], "carina"), labels)
    return pair.case("landmarks without a partner and one far outside", {**_FROM_LANDMARKS, **lists})


def _turned_brain(seed: int) -> MadePair:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(0.3, 1, 0.4), degrees=62, shift_mm=(35, -42, 50), seed=seed)
    return made_pair(brain, moved, look=T2)


def _turned_head(seed: int) -> MadePair:
    head = colin_head()
    moved = deformation(head.center_ras, axis=(0, 0.2, 1), degrees=20, shift_mm=(10, -12, 5), seed=seed)
    return made_pair(head, moved, look=T1)
