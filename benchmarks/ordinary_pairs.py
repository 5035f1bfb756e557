"""Ordinary pairs, as they register well: a check before the run has nothing to say about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import slicer
from anatomies import (
    Anatomy,
    MissingDataError,
    colin_brain,
    colin_head,
    half_chest,
    mni_brain,
    sample_brain,
    shared_file,
)
from hard_case import MadePair, grid_of_moved, made_pair
from known_deformations import KnownDeformation, deformation
from made_volumes import CT, INVERTED, T1, T2, FloatArray, Look, add_mask, ball, box, grid_around, turned_grid
from scene_nodes import add_points, add_volume

from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.guidance.findings import Finding
from ElastixPlusLib.mrml.files import read_landmarks
from ElastixPlusLib.mrml.frames import matrix_from_array
from ElastixPlusLib.mrml.landmarks import control_points
from ElastixPlusLib.preflight import preflight

_UNLIKE_LANDMARKS = ("29", "30")  # of the experts' 32: their places differ by more than 15 mm between the two brains


def ordinary_pairs() -> dict[str, Callable[[], tuple[MadePair | slicer.vtkMRMLScene, RegistrationRequest]]]:
    """What makes each pair: something that holds its nodes, and the request; by name.

    One raises :class:`.anatomies.MissingDataError` where its real data is not there.
    """
    return {
        "same contrast": lambda: _brain(T1),
        "T1 and T2": lambda: _brain(T2, degrees=10, shift_mm=(8, -8, 6)),
        "inverted contrast": lambda: _brain(INVERTED),
        "strong noise": lambda: _brain(Look(noise=25.0)),
        "uneven lighting": lambda: _brain(Look(noise=4.0, lighting=0.4)),
        "values from 0 to 1": _values_from_0_to_1,
        "voxels of 1 x 1 x 3 mm": lambda: _brain(T1, spacing_mm=(1, 1, 3)),
        "voxels of 2 x 2 x 6 mm": lambda: _brain(T2, spacing_mm=(2, 2, 6)),
        "moving volume without its upper fifth": lambda: _brain(T1, extent_mm=(170, 200, 130), off_mm=(0, 0, -20)),
        "fixed volume without its front fifth": lambda: _brain(T2, fixed_extent_mm=(190, 150, 180)),
        "larger field of view": lambda: _brain(T1, extent_mm=(230, 270, 220)),
        "tilted slices": _tilted_slices,
        "mask of the brain": lambda: _masked(ball((0, -18, 8), 78)),
        "mask of a quarter": lambda: _masked(box((40, -18, 8), (70, 140, 110))),
        "body masks": lambda: _brain(T1, fixed_mask="body", moving_mask="body"),
        "six landmarks": lambda: _with_landmarks(6, 61),
        "four landmarks, rigid": lambda: _with_landmarks(4, 62, preset="rigid"),
        "ten landmarks, three check": lambda: _with_landmarks(10, 63, check_labels=("L02", "L05", "L08")),
        "start from landmarks": _start_from_landmarks,
        "small parent transform": _under_a_parent,
        "MNI152 and Colin27 with landmarks": lambda: _two_subjects(mni_brain, "mni152", colin_brain, "colin27"),
        "Colin27 and MNI152 with landmarks": lambda: _two_subjects(colin_brain, "colin27", mni_brain, "mni152"),
        "MNI152 and Colin27 with skull": lambda: _two_subjects(mni_brain, "mni152", colin_head, "colin27"),
        "MNI152 and Colin27, affine": lambda: _two_subjects(
            mni_brain, "mni152", colin_brain, "colin27", preset="affine"
        ),
        "head again": lambda: _again(colin_head(), T1),
        "chest CT again": lambda: _again(half_chest(), CT),
        "chest CT at 3 mm": lambda: _again(half_chest(), CT, spacing_mm=3.0),
        "chest CT on another table": _on_another_table,
    }


def findings_on_ordinary_pairs() -> tuple[int, list[tuple[str, Finding]]]:
    """Check all pairs; the number of pairs, and what was found that is more than a note."""
    checked, found = 0, []
    for name, request in _made():
        checked += 1
        found += [(name, finding) for finding in preflight(request).findings if finding.severity != "note"]
    return checked, found


def _made() -> Iterator[tuple[str, RegistrationRequest]]:
    for name, make in ordinary_pairs().items():
        try:
            _holder, request = make()  # held: nodes do not keep their scene alive
        except MissingDataError as missing:
            print(f"{name}: left out, {missing}", flush=True)
            continue
        yield name, request


def _brain(
    look: Look,
    *,
    degrees: float = 6.0,
    shift_mm: tuple[float, float, float] = (5, -6, 4),
    spacing_mm: float | tuple[float, float, float] = 2.0,
    extent_mm: tuple[float, float, float] = (170, 200, 170),
    off_mm: tuple[float, float, float] = (0, 0, 0),
    fixed_extent_mm: tuple[float, float, float] | None = None,
    **fields: Any,
) -> tuple[MadePair, RegistrationRequest]:
    pair = _brain_pair(look, degrees, shift_mm, spacing_mm, extent_mm, off_mm, fixed_extent_mm)
    return pair, RegistrationRequest(pair.fixed, pair.moving, **fields)


def _brain_pair(
    look: Look = T1,
    degrees: float = 6.0,
    shift_mm: tuple[float, float, float] = (5, -6, 4),
    spacing_mm: float | tuple[float, float, float] = 2.0,
    extent_mm: tuple[float, float, float] = (170, 200, 170),
    off_mm: tuple[float, float, float] = (0, 0, 0),
    fixed_extent_mm: tuple[float, float, float] | None = None,
) -> MadePair:
    brain = sample_brain()
    moved = _small_move(brain, degrees, shift_mm)
    return made_pair(
        brain,
        moved,
        look=look,
        fixed_grid=grid_around(brain.beside_center(0, -20, 0), fixed_extent_mm, 2.0) if fixed_extent_mm else None,
        moving_grid=grid_around(brain.center_ras + np.array(shift_mm) + off_mm, extent_mm, spacing_mm),
    )


def _small_move(anatomy: Anatomy, degrees: float, shift_mm: tuple[float, float, float]) -> KnownDeformation:
    return deformation(anatomy.center_ras, axis=(0.2, 0.3, 1), degrees=degrees, shift_mm=shift_mm, seed=501)


def _values_from_0_to_1() -> tuple[MadePair, RegistrationRequest]:
    pair, _ = _brain(T1)
    brain = sample_brain()
    voxels = (brain.voxels / brain.voxels.max()).astype(np.float32)
    moving = add_volume(pair.scene, voxels, brain.grid, "from 0 to 1")
    return pair, RegistrationRequest(pair.fixed, moving)


def _tilted_slices() -> tuple[MadePair, RegistrationRequest]:
    brain = sample_brain()
    moved = _small_move(brain, 4.0, (3, 4, -5))
    tilt = deformation(brain.center_ras, axis=(1, 0, 0), degrees=20).rotation
    grid = turned_grid(grid_around(brain.center_ras, (180, 220, 190), (1.5, 1.5, 3.0)), tilt)
    pair = made_pair(brain, moved, look=T2, moving_grid=grid)
    return pair, RegistrationRequest(pair.fixed, pair.moving)


def _masked(inside: Callable[[FloatArray], Any]) -> tuple[MadePair, RegistrationRequest]:
    pair = _brain_pair(T2)
    mask = add_mask(pair.scene, pair.fixed_grid, inside)
    return pair, RegistrationRequest(pair.fixed, pair.moving, fixed_mask=mask)


def _with_landmarks(count: int, seed: int, **fields: Any) -> tuple[MadePair, RegistrationRequest]:
    pair = _brain_pair(T2)
    return pair, RegistrationRequest(pair.fixed, pair.moving, **pair.place_landmarks(count, seed), **fields)


def _start_from_landmarks() -> tuple[MadePair, RegistrationRequest]:
    pair = _brain_pair(T1, degrees=70.0, shift_mm=(40, -30, 20))
    lists = pair.place_landmarks(6, 64)
    return pair, RegistrationRequest(pair.fixed, pair.moving, initial="landmarks", **lists)


def _under_a_parent() -> tuple[MadePair, RegistrationRequest]:
    pair = _brain_pair(T1)
    to_parent = np.eye(4)
    to_parent[:3, 3] = 4.0, 6.0, -3.0
    parent = pair.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "small")
    parent.SetMatrixTransformToParent(matrix_from_array(to_parent))
    pair.moving.SetAndObserveTransformNodeID(parent.GetID())
    return pair, RegistrationRequest(pair.fixed, pair.moving)


def _two_subjects(
    fixed: Callable[[], Anatomy], fixed_name: str, moving: Callable[[], Anatomy], moving_name: str, **fields: Any
) -> tuple[slicer.vtkMRMLScene, RegistrationRequest]:
    scene = slicer.vtkMRMLScene()
    nodes: dict[str, Any] = {}
    for role, anatomy, name in (("fixed", fixed(), fixed_name), ("moving", moving(), moving_name)):
        nodes[role] = add_volume(scene, np.rint(anatomy.voxels).astype(np.uint8), anatomy.grid, name)
        listed = read_landmarks(scene, shared_file("brain", f"{name}_afids.fcsv"), name)
        labels, points = control_points(listed)
        used = [index for index, label in enumerate(labels) if label not in _UNLIKE_LANDMARKS]
        nodes[f"{role}_landmarks"] = add_points(scene, points[used], [labels[index] for index in used], name)
    return scene, RegistrationRequest(**nodes, **fields)


def _again(anatomy: Anatomy, look: Look, spacing_mm: float = 4.0) -> tuple[MadePair, RegistrationRequest]:
    moved = _small_move(anatomy, 5.0, (6, 5, -4))
    pair = made_pair(anatomy, moved, look=look, moving_grid=grid_of_moved(anatomy, moved, spacing_mm, 0.0))
    return pair, RegistrationRequest(pair.fixed, pair.moving)


def _on_another_table() -> tuple[MadePair, RegistrationRequest]:
    chest = half_chest()
    moved = _small_move(chest, 4.0, (10, -12, 1432))
    pair = made_pair(chest, moved, look=CT, moving_grid=grid_of_moved(chest, moved, 3.5, 0.0))
    return pair, RegistrationRequest(pair.fixed, pair.moving, initial="centers")
