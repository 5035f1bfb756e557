"""Determinants and bending of an imported transform are what transformix and elastix compute of their own one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, RegistrationResult, register
from ElastixPlusLib.accuracy.deformation import bending_energy_per_mm2
from ElastixPlusLib.elastix.command import transformix_field_command
from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.evaluation.deformation_steps import deformation_statistics_steps, jacobian_map_steps, region_points
from ElastixPlusLib.mrml.transform_derivatives import second_derivative_steps
from ElastixPlusLib.mrml.volumes import world_grid
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, rotation_about, shift
from quick_stages import spline, stage

WITHIN = 1e-3
AFFINE, RIGID = stage("AffineTransform"), stage("EulerTransform")
SPLINE, LINEAR_SPLINE = spline(), spline(order=1)
CHAINS = {
    "affine": [AFFINE],
    "spline": [SPLINE],
    "rigid, spline": [RIGID, SPLINE],
    "spline, affine": [SPLINE, AFFINE],
    "spline of order 1": [LINEAR_SPLINE],
}
AXES = {"straight": np.eye(4), "oblique": rotation_about((1, 2, 3), 25.0)}

# elastix tells the value of its penalty for the transform to start from before it takes the first step, of length 0.
ONLY_BENDING = """
(Registration "MultiMetricMultiResolutionRegistration")
(Transform "BSplineTransform")
(Metric "TransformBendingEnergyPenalty")
(Optimizer "StandardGradientDescent")
(SP_a 0.0)
(Interpolator "LinearInterpolator")
(ImageSampler "Grid")
(SampleGridSpacing 2 2 2)
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(NumberOfResolutions 1)
(MaximumNumberOfIterations 1)
(HowToCombineTransforms "Compose")
(FinalGridSpacingInPhysicalUnits 40 40 40)
(WriteResultImage "false")
"""


def registered(scene, axes: np.ndarray, chain: list[str], engine: str, folder: Path) -> RegistrationResult:
    """The result of a few iterations between two views of one body, with its run folder."""
    fixed = add_anatomy(scene, axes=axes, name="fixed")
    moved_by = shift(4, -3, 2) @ rotation_about((2, -1, 1), 8.0)
    moving = add_anatomy(
        scene, (44, 40, 36), (1.9, 2.0, 2.3), rotation_about((0, 1, 1), -15.0), moved_by, name="moving"
    )
    files = tuple(folder / f"stage{number}.txt" for number in range(len(chain)))
    for path, text in zip(files, chain, strict=True):
        path.write_text(text)
    return register(
        RegistrationRequest(fixed, moving, parameter_files=files, engine=engine, workspace=folder, keep_workspace=True)
    )


def last_transform_file(result: RegistrationResult) -> str:
    return max(str(path.relative_to(result.workspace)) for path in result.workspace.glob("result/TransformP*.txt"))


def fixed_volume(scene) -> slicer.vtkMRMLScalarVolumeNode:
    return scene.GetFirstNodeByName("fixed")


def transformix_determinants(result: RegistrationResult, engine: str) -> np.ndarray:
    import SimpleITK

    found = find_engine(engine)
    command = transformix_field_command(found, last_transform_file(result), "result", jacobian=True)
    # Where cores are busy, transformix 5.0.1 now and then aborts once all is written ("Operation not permitted").
    ended = subprocess.run(command, cwd=result.workspace, env=dict(found.environment), capture_output=True)
    assert b"transformix has finished" in ended.stdout, ended.stdout + ended.stderr
    (path,) = result.workspace.glob("result/spatialJacobian.mh*")
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))


# The other engine reads and writes the same files; one of its runs takes as long as six of the executable.
NATIVE_CASES = [pytest.param(name, axes, "auto", marks=pytest.mark.native_engine) for name in CHAINS for axes in AXES]
ITK_CASES = [pytest.param("rigid, spline", "oblique", "itk", marks=pytest.mark.itk_engine)]


@pytest.mark.parametrize(("name", "axes", "engine"), NATIVE_CASES + ITK_CASES)
def test_every_voxel_has_the_determinant_that_transformix_finds(name, axes, engine, scene, tmp_path, record_property):
    result = registered(scene, AXES[axes], CHAINS[name], engine, tmp_path)
    expected = transformix_determinants(result, engine)
    grid = world_grid(fixed_volume(scene))
    found = run_to_end(jacobian_map_steps(result.transform.GetTransformFromParent(), grid))
    difference = float(np.abs(found - expected).max())
    record_property("largest_difference", difference)
    assert np.abs(expected - 1).max() > 0.01, "a transform that keeps every volume proves nothing"
    assert found.shape == expected.shape
    assert difference < WITHIN  # at every voxel: elastix lays its control points around the whole fixed volume


@pytest.mark.native_engine
@pytest.mark.parametrize(("name", "axes"), [("spline", "oblique"), ("rigid, spline", "straight")])
def test_the_bending_energy_is_the_penalty_of_elastix(name, axes, scene, tmp_path, record_property):
    result = registered(scene, AXES[axes], CHAINS[name], "auto", tmp_path)
    (result.workspace / "bending.txt").write_text(ONLY_BENDING)
    (result.workspace / "penalty").mkdir()
    engine = find_engine("auto")
    command = [*engine.elastix_command, "-f", "fixed.mha", "-m", "moving.mha", "-t0", last_transform_file(result)]
    command += ["-p", "bending.txt", "-out", "penalty"]
    subprocess.run(command, cwd=result.workspace, env=dict(engine.environment), check=True, capture_output=True)
    header, first = (result.workspace / "penalty" / "IterationInfo.0.R0.txt").read_text().splitlines()[:2]
    expected = float(first.split("\t")[header.split("\t").index("2:Metric")])
    transform, grid = result.transform.GetTransformFromParent(), world_grid(fixed_volume(scene))
    points = region_points(grid, None)
    sampled = points[(np.rint(grid.indices(points)).astype(int) % 2 == 0).all(axis=1)]
    found = bending_energy_per_mm2(run_to_end(second_derivative_steps(transform, sampled, 1.0)))
    record_property("expected_and_found", f"{expected} {found}")
    assert expected > 1e-4
    assert found == pytest.approx(expected, rel=2e-3, abs=6e-7)  # elastix prints six decimals
    everywhere = run_to_end(deformation_statistics_steps(transform, points)).bending_energy_per_mm2
    assert everywhere == pytest.approx(found, rel=0.05)
