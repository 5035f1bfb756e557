"""The MRML transform is the transform that elastix found, for every kind, with both engines."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.elastix.command import transformix_points_command
from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.elastix.point_file import read_mapped_points, write_point_file
from phantoms import add_anatomy, add_points, mapped, random_points_inside, rotation_about, shift
from quick_stages import spline, stage

POINT_COUNT = 10_000
WITHIN_MM = 1e-3

ENGINES = [
    pytest.param("auto", marks=pytest.mark.native_engine, id="native"),
    pytest.param("itk", marks=pytest.mark.itk_engine, id="itk"),
]

EXACT_CHAINS = {
    "translation": [stage("TranslationTransform")],
    "euler": [stage("EulerTransform")],
    "euler ZYX": [stage("EulerTransform", '(ComputeZYX "true")')],
    "affine": [stage("AffineTransform")],
    "spline 3": [spline()],
    "recursive spline 3": [spline("RecursiveBSplineTransform")],
    "spline 1": [spline(order=1)],
    "euler, affine, spline": [stage("EulerTransform"), stage("AffineTransform"), spline()],
    "spline, then spline 1": [spline(), spline(order=1)],
    "two linear stages added": [stage("EulerTransform"), stage("AffineTransform", combine="Add")],
}
FALLBACK_CHAINS = {
    "spline 2": ([spline(order=2)], "a B-spline of order 2"),
    "added spline": ([stage("EulerTransform"), spline(combine="Add")], "Add"),
    "stack": ([stage("EulerStackTransform")], "EulerStackTransform"),
}


@pytest.fixture
def oblique_pair(scene) -> tuple[slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLScalarVolumeNode]:
    """Two oblique, anisotropic views of one body, the second one turned and shifted."""
    fixed = add_anatomy(scene, axes=rotation_about((1, 2, 3), 25.0), name="fixed")
    moved_by = shift(4, -3, 2) @ rotation_about((2, -1, 1), 8.0)
    moving = add_anatomy(
        scene, (44, 40, 36), (1.9, 2.0, 2.3), rotation_about((0, 1, 1), -15.0), moved_by, name="moving"
    )
    return fixed, moving


@pytest.fixture
def turned_points(scene, oblique_pair) -> dict[str, slicer.vtkMRMLMarkupsFiducialNode]:
    """Landmarks that ask for a start far from identity."""
    fixed = random_points_inside(oblique_pair[0], 6) * 0.6
    start = shift(6, -5, 3) @ rotation_about((1, 1, -1), 17.0)
    return {
        "fixed_landmarks": add_points(scene, fixed),
        "moving_landmarks": add_points(scene, fixed @ start[:3, :3].T + start[:3, 3]),
    }


def parameter_files(folder: Path, chain: list[str]) -> tuple[Path, ...]:
    paths = tuple(folder / f"stage{number}.txt" for number in range(len(chain)))
    for path, text in zip(paths, chain, strict=True):
        path.write_text(text)
    return paths


def transformix_points(run_folder: Path, last_stage: int, engine: str, points_ras: np.ndarray) -> np.ndarray:
    """Where the engine's own transformix takes points, RAS to RAS."""
    write_point_file(run_folder / "points.txt", points_ras * [-1, -1, 1])
    found = find_engine(engine)
    command = transformix_points_command(found, f"result/TransformParameters.{last_stage}.txt", "points.txt", "result")
    subprocess.run(command, cwd=run_folder, env=dict(found.environment), check=True, capture_output=True)
    return read_mapped_points(run_folder / "result" / "outputpoints.txt") * [-1, -1, 1]


def largest_difference_mm(result, fixed, last_stage: int, engine: str) -> float:
    points = random_points_inside(fixed, POINT_COUNT)
    expected = transformix_points(result.workspace, last_stage, engine, points)
    moved_mm = np.linalg.norm(expected - points, axis=1).max()
    assert moved_mm > 0.5, "a transform that moves nothing proves nothing"
    return float(np.linalg.norm(mapped(result.transform, points) - expected, axis=1).max())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", EXACT_CHAINS)
def test_the_imported_transform_maps_as_transformix_does(name, engine, oblique_pair, tmp_path, record_property):
    fixed, moving = oblique_pair
    files = parameter_files(tmp_path, EXACT_CHAINS[name])
    result = register(
        RegistrationRequest(
            fixed, moving, parameter_files=files, engine=engine, workspace=tmp_path, keep_workspace=True
        )
    )
    difference_mm = largest_difference_mm(result, fixed, len(files) - 1, engine)
    record_property("largest_difference_mm", difference_mm)
    assert difference_mm < WITHIN_MM
    assert ["displacement grid" in warning for warning in result.warnings] == [True] * ("spline 1" in name)


@pytest.mark.itk_engine
def test_a_similarity_is_imported_exactly(oblique_pair, tmp_path):
    fixed, moving = oblique_pair
    files = parameter_files(tmp_path, [stage("SimilarityTransform")])
    result = register(
        RegistrationRequest(fixed, moving, parameter_files=files, engine="itk", workspace=tmp_path, keep_workspace=True)
    )
    assert largest_difference_mm(result, fixed, 0, "itk") < WITHIN_MM
    assert result.transform.GetClassName() == "vtkMRMLLinearTransformNode"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_linear_start_is_part_of_the_imported_transform(engine, oblique_pair, turned_points, tmp_path):
    fixed, moving = oblique_pair
    files = parameter_files(tmp_path, EXACT_CHAINS["euler, affine, spline"])
    result = register(
        RegistrationRequest(
            fixed, moving, **turned_points, initial="landmarks", landmark_weight=0.0, parameter_files=files,
            engine=engine, workspace=tmp_path, keep_workspace=True,
        )
    )  # fmt: skip
    assert largest_difference_mm(result, fixed, 2, engine) < WITHIN_MM


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", FALLBACK_CHAINS)
def test_what_cannot_be_expressed_comes_as_a_field_that_tells_its_error(name, engine, oblique_pair, tmp_path):
    fixed, moving = oblique_pair
    chain, reason = FALLBACK_CHAINS[name]
    files = parameter_files(tmp_path, chain)
    result = register(
        RegistrationRequest(
            fixed, moving, parameter_files=files, engine=engine, workspace=tmp_path, keep_workspace=True
        )
    )
    assert result.transform.GetClassName() == "vtkMRMLGridTransformNode"
    warning, about_saving = result.warnings
    assert reason in warning
    assert "saved and loaded" in about_saving
    stated_mm = float(warning.split("at most ")[1].split(" mm")[0])
    measured_mm = largest_difference_mm(result, fixed, len(files) - 1, engine)
    assert measured_mm < 1.2 * stated_mm + 1e-3
    if name != "stack":  # which jumps from slice to slice
        assert measured_mm < 0.1, "a field on the voxels' grid is not that far off on a smooth transform"
