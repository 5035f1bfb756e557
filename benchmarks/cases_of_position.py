"""Hard cases where the two volumes begin far from each other."""

from __future__ import annotations

import numpy as np
from anatomies import colin_brain, colin_head, half_chest, sample_brain
from hard_case import NEARLY_RIGID_MM, RIGID, HardCase, grid_of_moved, made_pair
from known_deformations import deformation
from made_volumes import CT, INVERTED, T1, T2, Look, grid_around

from ElastixPlusLib.mrml.frames import matrix_from_array


def turned_by_30_and_unevenly_lit() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(0.2, 0.3, 1), degrees=30, shift_mm=(45, -60, 40), seed=101)
    pair = made_pair(brain, moved, look=Look(noise=6.0, lighting=0.7))
    return pair.case(
        "brain turned by 30 degrees and 85 mm away, strongly uneven lighting", more=pair.place_landmarks(6, 1)
    )


def turned_by_45() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(1, 0.1, 0.2), degrees=45, shift_mm=(15, 40, -50), seed=102)
    pair = made_pair(brain, moved, look=T2)
    return pair.case("brain nodded by 45 degrees and 66 mm away, T1 and T2", more=pair.place_landmarks(5, 2))


def turned_by_60() -> HardCase:
    head = colin_head()
    moved = deformation(
        head.center_ras, axis=(1, -0.5, 0.6), degrees=60, shift_mm=(-40, 30, 45), warp_mm=NEARLY_RIGID_MM, seed=103
    )
    pair = made_pair(head, moved, look=T1)
    return pair.case(
        "head turned by 60 degrees about an oblique axis, 67 mm away", RIGID, more=pair.place_landmarks(6, 3)
    )


def turned_by_90() -> HardCase:
    brain = colin_brain()
    moved = deformation(brain.center_ras, axis=(0, 1, 0), degrees=90, shift_mm=(8, -12, 6), seed=104)
    pair = made_pair(brain, moved, look=T2)
    return pair.case("brain lying on its side (90 degrees), T1 and T2", more=pair.place_landmarks(6, 4))


def prone_and_supine() -> HardCase:
    chest = half_chest()
    moved = deformation(
        chest.center_ras, axis=(0, 0, 1), degrees=180, shift_mm=(40, -30, 20), warp_mm=8, reach_mm=90, seed=105
    )
    pair = made_pair(chest, moved, look=CT, moving_grid=grid_of_moved(chest, moved, 3.5, 0.0))
    return pair.case("chest CT prone and supine (180 degrees)", more=pair.place_landmarks(6, 5))


def no_overlap_of_the_grids() -> HardCase:
    chest = half_chest()
    moved = deformation(
        chest.center_ras, axis=(1, 0, 1), degrees=5, shift_mm=(20, -15, 1432), warp_mm=8, reach_mm=90, seed=106
    )
    pair = made_pair(chest, moved, look=CT, moving_grid=grid_of_moved(chest, moved, 3.5, 0.0))
    return pair.case("chest CT from two scanners, tables 1.4 m apart")


def overlap_of_air_only() -> HardCase:
    brain = sample_brain()
    moved = deformation(
        brain.center_ras, axis=(0, 1, 1), degrees=6, shift_mm=(170, 60, -20), warp_mm=NEARLY_RIGID_MM, seed=107
    )
    wide = grid_around(brain.beside_center(80, 20, 0), (380, 320, 220), 3.0)
    pair = made_pair(
        brain,
        moved,
        look=T1,
        fixed_grid=grid_around(brain.beside_center(80, 0, 0), (340, 240, 190), 2.5),
        moving_grid=wide,
    )
    return pair.case("brains at opposite sides of wide volumes: only air overlaps", RIGID)


def shifted_by_80_and_inverted() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(1, 1, 0), degrees=8, shift_mm=(25, 10, 76), seed=108)
    pair = made_pair(brain, moved, look=INVERTED)
    return pair.case("brain 80 mm away, contrast inverted")


def shifted_and_turned() -> HardCase:
    brain = colin_brain()
    moved = deformation(brain.center_ras, axis=(0.3, 1, -0.6), degrees=40, shift_mm=(60, -30, 25), seed=109)
    pair = made_pair(brain, moved, look=INVERTED)
    return pair.case("brain turned by 40 degrees and 70 mm away, contrast inverted", more=pair.place_landmarks(6, 9))


def moved_by_a_parent() -> HardCase:
    brain = sample_brain()
    moved = deformation(
        brain.center_ras, axis=(0, 0, 1), degrees=7, shift_mm=(5, -6, 4), warp_mm=NEARLY_RIGID_MM, seed=110
    )
    pair = made_pair(brain, moved, look=T2)
    to_parent = np.eye(4)
    to_parent[:3, 3] = 120.0, -90.0, 60.0
    parent = pair.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "of another study")
    parent.SetMatrixTransformToParent(matrix_from_array(to_parent))
    pair.moving.SetAndObserveTransformNodeID(parent.GetID())
    return pair.with_truth(lambda points: moved.to_moving(points) + to_parent[:3, 3]).case(
        "brain under a transform of another study, 160 mm away", RIGID
    )


def millimetres_and_metres() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(0, 0, 1), degrees=5, shift_mm=(5, -6, 4), seed=111)
    pair = made_pair(brain, moved, look=T1)
    matrix = pair.moving_grid.ijk_to_world.copy()
    matrix[:3] /= 1000.0
    pair.moving.SetIJKToRASMatrix(matrix_from_array(matrix))
    return pair.with_truth(lambda points: moved.to_moving(points) / 1000.0).case(
        "brain with its spacing in metres", refusal="metres"
    )
