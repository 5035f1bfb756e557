"""A small case for any preset: a made-up pair of a size that suits its figures in mm, and everything that it needs.

The same few voxels serve a mouse's brain and a whole body: only how far they lie apart differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import slicer

from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.presets.preset import Preset
from phantoms import (
    add_points,
    add_volume,
    grid_matrix,
    grid_positions,
    random_points_inside,
    rotation_about,
    shift,
    smooth_anatomy,
)

DIMENSIONS = (36, 32, 28)
LANDMARK_COUNT = 12
# Nothing is changed in a preset but how long it works.
QUICK = ("MaximumNumberOfIterations=3", "NumberOfSpatialSamples=500")
QUICK_STEP_SIZES = ("NumberOfSamplesForExactGradient=1000", "NumberOfJacobianMeasurements=200")

_CONTROL_POINTS, _LARGEST_MM, _ROOM_AROUND_REGIONS = 12, 400.0, 1.3
_USUAL_SPACING_MM, _SPACING_IN_RODENTS_MM = 4.0, 0.15
_SHIFT_IN_VOXELS = np.array([0.6, -0.5, 0.4])
_ROTATION = rotation_about((1, 2, -1), 4.0)
_AIR_HU, _OUTSIDE_HU = -1000, -3024


def request_for(preset: Preset, scene: slicer.vtkMRMLScene, engine: str, workspace: Path) -> RegistrationRequest:
    """A registration that gives a preset what it needs, and that works for a moment only."""
    spacing_mm = spacing_of_case_mm(preset)
    moved_by = shift(*(_SHIFT_IN_VOXELS * spacing_mm)) @ _ROTATION
    fixed, *further_fixed = _volumes(preset, scene, spacing_mm, np.eye(4))
    moving, *further_moving = _volumes(preset, scene, spacing_mm, moved_by)
    wanted: dict[str, Any] = {}
    if looks_at_landmarks(preset):
        points = random_points_inside(fixed, LANDMARK_COUNT) * 0.6
        wanted["fixed_landmarks"] = add_points(scene, points)
        wanted["moving_landmarks"] = add_points(scene, points @ moved_by[:3, :3].T + moved_by[:3, 3])
    for role in ("fixed", "moving"):
        if f"{role}-mask" in preset.needs:
            wanted[f"{role}_mask"] = _mask(scene, spacing_mm)
    return RegistrationRequest(
        fixed, moving, tuple(further_fixed), tuple(further_moving), preset=preset.id, **wanted,
        overrides=_overrides(preset), engine=engine, threads=1, workspace=workspace, keep_workspace=True,
    )  # fmt: skip


def spacing_of_case_mm(preset: Preset) -> float:
    """How far apart voxels are: so that the finest control points fit in some ten times, and every sample region."""
    files = preset.parameter_files()
    grids_mm = _numbers(files, "FinalGridSpacingInPhysicalUnits")
    in_regions = [file for file in files if "true" in (file.get("UseRandomSampleRegion") or ())]
    region_mm = max(_numbers(in_regions, "SampleRegionSize"), default=0.0)
    smallest_mm = _SPACING_IN_RODENTS_MM if {"mouse", "rat"} & set(preset.anatomy) else 0.0
    if grids_mm:
        spacing_mm = min(_CONTROL_POINTS * min(grids_mm), _LARGEST_MM) / max(DIMENSIONS)
    else:
        spacing_mm = smallest_mm or _USUAL_SPACING_MM
    return max(spacing_mm, smallest_mm, _ROOM_AROUND_REGIONS * region_mm / (min(DIMENSIONS) - 1))


def looks_at_landmarks(preset: Preset) -> bool:
    """Whether landmarks are what a preset needs, or bring something of it to work."""
    recipe = preset.recipe
    return "landmarks" in preset.needs or bool(recipe.landmark_stages) or "landmarks" in recipe.initial


def _overrides(preset: Preset) -> tuple[str, ...]:
    if not preset.stages:
        return ()
    adapts = any("Adaptive" in file.first("Optimizer", "") for file in preset.parameter_files())
    return (*QUICK, *QUICK_STEP_SIZES) if adapts else QUICK


def _volumes(
    preset: Preset, scene: slicer.vtkMRMLScene, spacing_mm: float, moved_by: npt.NDArray[np.float64]
) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """One volume per pair: CT in Hounsfield units, and each further pair in another contrast."""
    ijk_to_ras, back = grid_matrix(DIMENSIONS, (spacing_mm,) * 3), np.linalg.inv(moved_by)
    half_mm = spacing_mm * max(DIMENSIONS) / 2
    here = grid_positions(DIMENSIONS, ijk_to_ras)
    volumes = []
    for number in range(preset.image_pairs):
        values = 8.0 * smooth_anatomy(here @ back[:3, :3].T + back[:3, 3], 0.8 * half_mm, seed=7 + number)
        if {"CT", "CBCT"} & set(preset.modality):
            values += _AIR_HU
        if preset.recipe.fixed_mask == "field-of-view":
            values[np.hypot(here[:, 0], here[:, 1]) > 0.85 * half_mm] = _OUTSIDE_HU
        voxels = values.reshape(DIMENSIONS[::-1]).astype(np.int16)
        volumes.append(add_volume(scene, voxels, ijk_to_ras, f"pair {number + 1}"))
    return volumes


def _mask(scene: slicer.vtkMRMLScene, spacing_mm: float) -> slicer.vtkMRMLLabelMapVolumeNode:
    """An ellipsoid in the middle of a volume."""
    k, j, i = np.indices(DIMENSIONS[::-1])
    middle, reach = (np.array(DIMENSIONS) - 1) / 2, 0.42 * np.array(DIMENSIONS)
    is_inside = np.linalg.norm((np.stack([i, j, k], axis=-1) - middle) / reach, axis=-1) <= 1.0
    ijk_to_ras = grid_matrix(DIMENSIONS, (spacing_mm,) * 3)
    return add_volume(scene, is_inside.astype(np.uint8), ijk_to_ras, "mask", "vtkMRMLLabelMapVolumeNode")


def _numbers(files: Iterable[ParameterFile], name: str) -> list[float]:
    return [float(value) for file in files for value in file.get(name) or ()]
