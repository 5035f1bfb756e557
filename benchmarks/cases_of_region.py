"""Hard cases where only a part of the volumes counts, or is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from anatomies import colin_brain, colin_head, half_chest, sample_brain, whole_chest
from hard_case import NEARLY_RIGID_MM, RIGID, HardCase, grid_of_moved, made_pair
from known_deformations import deformation
from made_volumes import (
    CT,
    T1,
    T2,
    FloatArray,
    add_mask,
    ball,
    box,
    filled,
    grid_around,
    outside,
    shell,
    turned_grid,
    upright_cylinder,
)

from ElastixPlusLib.grid import Grid

_FLUID, _LESION = 35.0, 230.0


def small_mask() -> HardCase:
    brain = sample_brain()
    middle = brain.beside_center(22, 10, 5)
    moved = deformation(middle, axis=(0.3, 0.2, 1), degrees=35, shift_mm=(30, -35, 20), warp_mm=4, seed=201)
    pair = made_pair(brain, moved, look=T2)
    region = box(middle, (44, 44, 44))
    mask = add_mask(pair.scene, pair.fixed_grid, region)
    landmarks = pair.place_landmarks(5, 21, box(middle, (70, 70, 70)))
    return pair.case(
        "mask of 1 percent: a box of 44 mm, turned by 35 degrees and 50 mm away",
        {"fixed_mask": mask},
        landmarks,
        measured=box(middle, (40, 40, 40)),
    )


def sparse_mask() -> HardCase:
    brain = sample_brain()
    moved = deformation(
        brain.center_ras, axis=(0, 1, 0.3), degrees=8, shift_mm=(6, -8, 5), warp_mm=NEARLY_RIGID_MM, seed=202
    )
    pair = made_pair(brain, moved, look=T2)
    cortex = shell(brain.center_ras, (50, 65, 48), 2.5)
    mask = add_mask(pair.scene, pair.fixed_grid, cortex)
    near = shell(brain.center_ras, (50, 65, 48), 8.0)
    return pair.case("mask that is a thin shell: 6 percent of its box", {**RIGID, "fixed_mask": mask}, measured=near)


def thin_mask_with_artificial_edge() -> HardCase:
    brain = sample_brain()
    moved = deformation(
        brain.center_ras, axis=(1, 0.3, 0), degrees=7, shift_mm=(8, 4, -6), warp_mm=NEARLY_RIGID_MM, seed=203
    )
    pair = made_pair(brain, moved, look=T1)
    slab = box(brain.center_ras, (150, 190, 14))
    mask = add_mask(pair.scene, pair.fixed_grid, slab)
    return pair.case(
        "mask of 7 slices whose edge is called artificial: erosion leaves nothing",
        {**RIGID, "fixed_mask": mask, "mask_edge": "artificial"},
        measured=slab,
    )


def label_256() -> HardCase:
    brain = colin_brain()
    moved = deformation(
        brain.center_ras, axis=(0.1, 0.2, 1), degrees=35, shift_mm=(-45, 20, 50), warp_mm=NEARLY_RIGID_MM, seed=204
    )
    pair = made_pair(brain, moved, look=T2)
    mask = add_mask(pair.scene, pair.fixed_grid, box(brain.center_ras, (120, 150, 110)), label=256)
    return pair.case(
        "mask of label 256, brain turned by 35 degrees and 70 mm away",
        {**RIGID, "fixed_mask": mask},
        pair.place_landmarks(6, 24),
    )


def resected_region() -> HardCase:
    brain = colin_brain()
    moved = deformation(brain.center_ras, axis=(0.5, 0.1, 1), degrees=36, shift_mm=(40, 48, -38), seed=205)
    cavity = ball(brain.beside_center(30, 25, 20), 27)
    pair = made_pair(brain, moved, look=T1, edit_moving=filled(cavity, _FLUID))
    exclude = add_mask(pair.scene, pair.moving_grid, lambda points: cavity(moved.to_fixed(points)), name="resected")
    elsewhere = outside(ball(brain.beside_center(30, 25, 20), 32))
    return pair.case(
        "brain after the resection of a ball of 54 mm, turned by 36 degrees and 73 mm away",
        more={"moving_exclude": exclude, **pair.place_landmarks(6, 25, elsewhere)},
        measured=elsewhere,
    )


def lesion_in_one() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(1, 0.2, 0.1), degrees=38, shift_mm=(34, -36, 52), seed=206)
    place = brain.beside_center(-28, -20, 18)
    pair = made_pair(brain, moved, look=T1, edit_fixed=filled(ball(place, 26), _LESION))
    exclude = add_mask(pair.scene, pair.fixed_grid, ball(place, 28), name="lesion")
    elsewhere = outside(ball(place, 30))
    return pair.case(
        "bright lesion of 52 mm in one brain only, turned by 38 degrees and 72 mm away",
        more={"fixed_exclude": exclude, **pair.place_landmarks(6, 26, elsewhere)},
        measured=elsewhere,
    )


def part_of_a_head() -> HardCase:
    head = colin_head()
    middle = head.beside_center(35, 0, 10)
    moved = deformation(middle, axis=(0.2, 0.3, 1), degrees=40, shift_mm=(45, 35, -45), seed=207)
    pair = made_pair(head, moved, look=T1, fixed_grid=grid_around(middle, (84, 96, 80), 2.0))
    return pair.case(
        "a part of a head in the whole head, turned by 40 degrees and 73 mm away", more=pair.place_landmarks(5, 27)
    )


def half_of_a_chest() -> HardCase:
    half, whole = half_chest(), whole_chest()
    moved = deformation(
        half.center_ras, axis=(0.2, 0.2, 1), degrees=12, shift_mm=(75, 20, 30), warp_mm=8, reach_mm=90, seed=208
    )
    pair = made_pair(half, moved, look=CT, moving_anatomy=whole, moving_grid=grid_of_moved(whole, moved, 4.0, 0.0))
    return pair.case("one half of a chest in the whole chest, whose halves are alike", more=pair.place_landmarks(6, 28))


def skull_and_no_skull() -> HardCase:
    brain, head = colin_brain(), colin_head()
    moved = deformation(
        brain.center_ras, axis=(1, -0.3, 0.4), degrees=45, shift_mm=(40, 44, -42), warp_mm=NEARLY_RIGID_MM, seed=209
    )
    pair = made_pair(brain, moved, look=T1, moving_anatomy=head, moving_grid=grid_of_moved(head, moved, 2.5))
    return pair.case(
        "brain without skull in a head with skull, turned by 45 degrees and 73 mm away",
        RIGID,
        more=pair.place_landmarks(6, 29),
    )


def cone_beam_cylinder() -> HardCase:
    chest = half_chest()
    middle = chest.beside_center(10, 0, 10)
    moved = deformation(
        middle, axis=(0.2, 0.1, 1), degrees=14, shift_mm=(40, -30, 35), warp_mm=6, reach_mm=80, seed=210
    )
    grid = grid_around(middle + moved.shift_mm, (150, 150, 150), 3.0)
    pair = made_pair(
        chest,
        moved,
        look=CT,
        moving_grid=grid,
        edit_moving=lambda values, origins, places: 0.6 * values + 100.0,
        field_of_view=upright_cylinder(grid.center_ras, 72),
    )
    is_measured = upright_cylinder(grid.center_ras, 66)(pair.truth(pair.common_ras))
    pair = replace(pair, common_ras=pair.common_ras[is_measured])
    return pair.case("CT and cone-beam CT: dark beyond its cylinder, 61 mm away", more=pair.place_landmarks(5, 30))


def thin_stack() -> HardCase:
    brain = sample_brain()
    moved = deformation(brain.center_ras, axis=(1, 0.3, 0.2), degrees=35, shift_mm=(40, -35, 55), warp_mm=4, seed=211)
    center = brain.center_ras + moved.shift_mm + (0, 0, 8)
    stack = turned_grid(grid_around(center, (200, 220, 66), (2.0, 2.0, 6.0)), moved.rotation)
    pair = made_pair(brain, moved, look=T2, moving_grid=stack)
    return pair.case("brain and a tilted stack of 11 slices of 6 mm, 77 mm away", more=pair.place_landmarks(6, 31))


def thick_slices() -> HardCase:
    head = colin_head()
    moved = deformation(
        head.center_ras, axis=(0, 1, 0.2), degrees=48, shift_mm=(48, 26, -44), warp_mm=NEARLY_RIGID_MM, seed=212
    )
    pair = made_pair(head, moved, look=T2, moving_grid=_with_spacing(grid_of_moved(head, moved, 2.0), (1.5, 1.5, 9.0)))
    return pair.case(
        "head in slices of 9 mm, turned by 48 degrees and 70 mm away", RIGID, more=pair.place_landmarks(6, 32)
    )


def partial_overlap() -> HardCase:
    chest = half_chest()
    size, matrix = chest.grid.dimensions, chest.grid.ijk_to_world
    upper = Grid((size[0], size[1], 38), matrix @ _first_slice(26))
    lower = Grid((size[0], size[1], 42), matrix)
    moved = deformation(
        chest.center_ras, axis=(0.4, 0.2, 1), degrees=16, shift_mm=(45, -40, 130), warp_mm=6, reach_mm=90, seed=213
    )
    shifted = lower.ijk_to_world.copy()
    shifted[:3, 3] += moved.shift_mm
    pair = made_pair(chest, moved, look=CT, fixed_grid=upper, moving_grid=Grid(lower.dimensions, shifted))
    return pair.case("upper and lower part of a chest, 8 cm in common", more=pair.place_landmarks(5, 33))


def _first_slice(number: int) -> FloatArray:
    """From the indices of a grid that begins at a slice to those of the whole one."""
    matrix = np.eye(4)
    matrix[2, 3] = number
    return matrix


def _with_spacing(grid: Grid, spacing_mm: tuple[float, float, float]) -> Grid:
    extent = np.array(grid.dimensions) * grid.spacing_mm
    return grid_around(grid.center_ras, extent, spacing_mm)
