"""One pair in any geometry gives one answer in the world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, register
from phantoms import (
    add_linear_transform,
    add_points,
    add_volume,
    grid_matrix,
    grid_positions,
    mapped,
    rotation_about,
    shift,
    smooth_anatomy,
    vtk_matrix,
)

pytestmark = pytest.mark.native_engine

WITHIN_MM = 0.05
DIMENSIONS, SPACING_MM = (22, 20, 18), (3.4, 3.7, 4.0)
MOVED_BY = shift(3, -2, 4) @ rotation_about((1, -2, 1), 7.0)
FULL_SAMPLING = """
(Transform "{transform}")
{optimizer}
(AutomaticScalesEstimation "true")
(Interpolator "BSplineInterpolator")
(ImageSampler "Full")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(NumberOfResolutions 1)
(ImagePyramidSchedule 1 1 1)
(FinalGridSpacingInPhysicalUnits 40)
"""
# With all samples and steps of given size both optimisers run into the optimum. Step sizes that are estimated from a
# random choice of samples, and line searches, stop somewhere near it, elsewhere in every frame: up to 0.4 mm.
RIGID = """
(Registration "MultiResolutionRegistration")
(Metric "AdvancedNormalizedCorrelation")
(Optimizer "RegularStepGradientDescent")
(MaximumNumberOfIterations 500)
(MaximumStepLength 2.0)
(MinimumStepLength 0.00001)
(RelaxationFactor 0.7)
(MinimumGradientMagnitude 1e-12)
"""
SPLINE = """
(Registration "MultiResolutionRegistration")
(Metric "AdvancedNormalizedCorrelation")
(Optimizer "AdaptiveStochasticGradientDescent")
(AutomaticParameterEstimation "false")
(UseAdaptiveStepSizes "false")
(SP_a 3000)
(SP_A 50)
(SP_alpha 0.3)
(MaximumNumberOfIterations 200)
"""


@pytest.fixture(scope="module")
def full_sampling_files(tmp_path_factory) -> tuple[Path, ...]:
    """Rigid and B-spline without random choice of samples."""
    folder = tmp_path_factory.mktemp("parameters")
    paths = (folder / "rigid.txt", folder / "spline.txt")
    stages = (("EulerTransform", RIGID), ("BSplineTransform", SPLINE))
    for path, (transform, optimizer) in zip(paths, stages, strict=True):
        path.write_text(FULL_SAMPLING.format(transform=transform, optimizer=optimizer))
    return paths


def bend(points: np.ndarray) -> np.ndarray:
    """A smooth deformation of some millimetres."""
    return points + 2.5 * np.sin(points[:, [1, 2, 0]] / 15.0)


def moving_grey_values(positions: np.ndarray) -> np.ndarray:
    """The body as the moving volume sees it: bent, turned, shifted."""
    inverse = np.linalg.inv(MOVED_BY)
    return body(bend(positions @ inverse[:3, :3].T + inverse[:3, 3]))


def body(positions: np.ndarray) -> np.ndarray:
    """A body that ends well inside its volumes: a sample that drops over an edge makes every optimum uncertain."""
    return smooth_anatomy(positions, extent_mm=19.0)


Pair = tuple[slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLScalarVolumeNode]


def plain_pair(scene: slicer.vtkMRMLScene, placed_by: np.ndarray | None = None) -> Pair:
    """The pair in axes of the body; ``placed_by`` puts both somewhere else by their geometry."""
    matrix = grid_matrix(DIMENSIONS, SPACING_MM)
    positions = grid_positions(DIMENSIONS, matrix)
    placed = matrix if placed_by is None else placed_by @ matrix
    nodes = []
    for name, values in (("fixed", body(positions)), ("moving", moving_grey_values(positions))):
        nodes.append(add_volume(scene, values.reshape(DIMENSIONS[::-1]).astype(np.float32), placed, name))
    return nodes[0], nodes[1]


def reordered(volume: slicer.vtkMRMLScalarVolumeNode, axes: tuple[int, ...]) -> None:
    """Store the voxels backwards along some axes of the array, at the same places in the world."""
    from ElastixPlusLib.mrml.volumes import own_grid, voxel_array

    matrix = own_grid(volume).ijk_to_world
    voxels = voxel_array(volume.GetImageData()).copy()
    for axis in axes:
        column = 2 - axis
        matrix[:3, 3] += matrix[:3, column] * (voxels.shape[axis] - 1)
        matrix[:3, column] *= -1
        voxels = np.flip(voxels, axis)
    voxel_array(volume.GetImageData())[:] = voxels
    volume.SetIJKToRASMatrix(vtk_matrix(matrix))


PLACED_BY = shift(30, -70, 110) @ rotation_about((3, 1, 2), 33.0)


def flipped(scene: slicer.vtkMRMLScene) -> tuple[Pair, np.ndarray]:
    pair = plain_pair(scene)
    for volume in pair:
        reordered(volume, (0, 1))
    return pair, np.eye(4)


def left_handed(scene: slicer.vtkMRMLScene) -> tuple[Pair, np.ndarray]:
    pair = plain_pair(scene)
    for volume in pair:
        reordered(volume, (2,))
    return pair, np.eye(4)


def left_handed_moving_only(scene: slicer.vtkMRMLScene) -> tuple[Pair, np.ndarray]:
    pair = plain_pair(scene)
    reordered(pair[1], (0, 1, 2))
    return pair, np.eye(4)


def oblique(scene: slicer.vtkMRMLScene) -> tuple[Pair, np.ndarray]:
    return plain_pair(scene, PLACED_BY), PLACED_BY


def under_a_parent(scene: slicer.vtkMRMLScene) -> tuple[Pair, np.ndarray]:
    pair = plain_pair(scene)
    parent = add_linear_transform(scene, PLACED_BY)
    for volume in pair:
        volume.SetAndObserveTransformNodeID(parent.GetID())
    return pair, PLACED_BY


def only_the_moving_volume_under_a_parent(scene: slicer.vtkMRMLScene) -> tuple[Pair, np.ndarray]:
    """Its own geometry is wrong, and the parent makes it right."""
    fixed, _ = plain_pair(scene)
    _, moving = plain_pair(scene, np.linalg.inv(PLACED_BY))
    moving.SetAndObserveTransformNodeID(add_linear_transform(scene, PLACED_BY).GetID())
    return (fixed, moving), np.eye(4)


COPIES = [flipped, left_handed, left_handed_moving_only, oblique, under_a_parent, only_the_moving_volume_under_a_parent]


@pytest.fixture(scope="module")
def probe_points() -> np.ndarray:
    """Places well inside the body, in the frame of the plain pair."""
    return np.random.default_rng(11).uniform(-15, 15, (300, 3))


@pytest.fixture(scope="module")
def plain_answer(full_sampling_files, probe_points) -> np.ndarray:
    """Where the plain pair's result takes the probe points."""
    scene = slicer.vtkMRMLScene()
    fixed, moving = plain_pair(scene)
    result = register(RegistrationRequest(fixed, moving, parameter_files=full_sampling_files, seed=1, threads=2))
    answer = mapped(result.transform, probe_points)
    assert np.linalg.norm(answer - probe_points, axis=1).mean() > 3.0, "a pair that lies right proves nothing"
    return answer


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_in_another_geometry_gives_the_same_answer_in_the_world(
    copy: Callable, scene, full_sampling_files, probe_points, plain_answer, record_property
):
    (fixed, moving), placed_by = copy(scene)
    result = register(RegistrationRequest(fixed, moving, parameter_files=full_sampling_files, seed=1, threads=2))
    there = probe_points @ placed_by[:3, :3].T + placed_by[:3, 3]
    expected = plain_answer @ placed_by[:3, :3].T + placed_by[:3, 3]
    difference_mm = np.linalg.norm(mapped(result.transform, there) - expected, axis=1).max()
    record_property("difference_mm", float(difference_mm))
    assert difference_mm < WITHIN_MM


@pytest.mark.parametrize("copy", [left_handed, oblique, under_a_parent])
def test_landmarks_and_their_parents_live_in_the_same_world(copy: Callable, scene, full_sampling_files, probe_points):
    """Landmarks alone tell where the volume is, in every frame: the image metric has no say."""
    (fixed, moving), placed_by = copy(scene)
    points = probe_points[:6]
    start = shift(9, 8, -7) @ rotation_about((0, 1, 1), 25.0)
    pairs = [points, points @ start[:3, :3].T + start[:3, 3]]
    nodes = [add_points(scene, pair @ placed_by[:3, :3].T + placed_by[:3, 3]) for pair in pairs]
    if copy is under_a_parent:  # the point lists follow the same parent as the volumes
        nodes = [add_points(scene, pair) for pair in pairs]
        for node in nodes:
            node.SetAndObserveTransformNodeID(fixed.GetTransformNodeID())
    request = RegistrationRequest(
        fixed,
        moving,
        parameter_files=full_sampling_files[:1],
        fixed_landmarks=nodes[0],
        moving_landmarks=nodes[1],
        initial="landmarks",
        landmark_weight=1000.0,
        skip_unusable_landmarks=True,
    )
    result = register(request)
    assert result.landmarks.summary("drive").before_mm > 10
    assert result.landmarks.summary("drive").after_mm < 0.2
