"""The start is really used: elastix ignores some kinds of it without a word, so its first figure is checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from cli.conftest import QUICK_RIGID
from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.landmark_transforms import thin_plate_transform
from ElastixPlusLib.mrml.transforms import composed, grid_transform, linear_transform
from ElastixPlusLib.preflight import preflight
from phantoms import add_anatomy, add_points, grid_matrix, mapped, random_points_inside, rotation_about, shift

ENGINES = [
    pytest.param("auto", marks=pytest.mark.native_engine, id="native"),
    pytest.param("itk", marks=pytest.mark.itk_engine, id="itk"),
]
TURN = shift(7, -4, 5) @ rotation_about((1, 2, -1), 14.0)


@pytest.fixture
def standing_still(tmp_path: Path) -> tuple[Path, ...]:
    """A rigid stage whose steps have no length: what comes out is what was put in."""
    path = tmp_path / "still.txt"
    text = QUICK_RIGID.replace("Iterations 100", "Iterations 2").replace("Resolutions 2", "Resolutions 1")
    path.write_text(text + '(AutomaticParameterEstimation "false")\n(SP_a 0.0)\n(RequiredRatioOfValidSamples 0.01)\n')
    return (path,)


def warp() -> slicer.vtkOrientedGridTransform:
    """A smooth displacement of some millimetres on a coarse grid that covers the fixed volume."""
    dimensions = (9, 9, 9)
    grid = Grid(dimensions, grid_matrix(dimensions, (14.0, 14.0, 14.0)))
    k, j, i = np.indices(dimensions[::-1])
    displacements = 4.0 * np.stack([np.sin(j / 2.0), np.cos(k / 2.0), np.sin((i + j) / 3.0)], axis=-1)
    return grid_transform(displacements, grid)


def spline() -> slicer.vtkOrientedBSplineTransform:
    """A B-spline displacement of some millimetres on control points 20 mm apart."""
    image = vtk.vtkImageData()
    image.SetDimensions(9, 9, 9)
    image.SetSpacing(20.0, 20.0, 20.0)
    image.SetOrigin(-80.0, -80.0, -80.0)
    image.AllocateScalars(vtk.VTK_DOUBLE, 3)
    coefficients = np.random.default_rng(8).normal((7.0, -4.0, 5.0), 3.0, (9**3, 3))
    vtk_to_numpy(image.GetPointData().GetScalars())[:] = coefficients
    transform = slicer.vtkOrientedBSplineTransform()
    transform.SetCoefficientData(image)
    transform.SetBorderModeToZero()
    return transform


def plate() -> vtk.vtkThinPlateSplineTransform:
    """A thin plate through twelve points that turns and bends."""
    fixed = np.random.default_rng(9).uniform(-45, 45, (12, 3))
    bent = fixed @ TURN[:3, :3].T + TURN[:3, 3] + np.random.default_rng(10).normal(0.0, 2.0, (12, 3))
    return thin_plate_transform(fixed, bent)


STARTS = {
    "b-spline": spline,
    "thin plate": plate,
    "linear and b-spline": lambda: composed([linear_transform(TURN), spline()]),
    "linear": lambda: linear_transform(TURN),
    "displacement grid": warp,
    "composite": lambda: composed([linear_transform(TURN), warp()]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", STARTS)
def test_elastix_begins_where_the_start_says(kind, engine, scene, standing_still):
    fixed = add_anatomy(scene, name="fixed")
    moving = add_anatomy(scene, moved_by=TURN, name="moving")
    start = scene.AddNewNodeByClass("vtkMRMLTransformNode", "start")
    start.SetAndObserveTransformFromParent(STARTS[kind]())
    points = random_points_inside(fixed, 12) * 0.5
    moving_points = points @ TURN[:3, :3].T + TURN[:3, 3]
    events = []
    request = RegistrationRequest(
        fixed,
        moving,
        parameter_files=standing_still,
        fixed_landmarks=add_points(scene, points),
        moving_landmarks=add_points(scene, moving_points),
        initial=start,
        engine=engine,
    )
    result = register(request, on_progress=events.append)
    expected = np.linalg.norm(mapped(start, points) - moving_points, axis=1).mean()
    first_mm = next(event.landmark_distance_mm for event in events if event.landmark_distance_mm is not None)
    assert first_mm == pytest.approx(expected, abs=0.02), "elastix did not begin at the start"
    assert abs(np.linalg.norm(points - moving_points, axis=1).mean() - expected) > 0.5, "no start would say the same"
    probes = random_points_inside(fixed, 2000)
    assert np.linalg.norm(mapped(result.transform, probes) - mapped(start, probes), axis=1).max() < 1e-3


@pytest.mark.native_engine
def test_a_start_from_the_centres_shifts_the_middle_onto_the_middle(scene, standing_still):
    fixed, moving = add_anatomy(scene), add_anatomy(scene)
    moving.SetOrigin(*np.add(moving.GetOrigin(), (300.0, -200.0, 100.0)))
    result = register(RegistrationRequest(fixed, moving, parameter_files=standing_still, initial="centers"))
    assert mapped(result.transform, np.zeros((1, 3)))[0] == pytest.approx([300.0, -200.0, 100.0], abs=1e-6)


@pytest.mark.native_engine
def test_a_start_from_the_centres_of_gravity_lays_bright_on_bright(scene, standing_still):
    """The body lies in a corner of a much larger moving volume: its centre is not that of the volume."""
    fixed = add_anatomy(scene, (40, 40, 40), (2.0, 2.0, 2.0))
    moving = add_anatomy(scene, (90, 90, 90), (2.0, 2.0, 2.0), moved_by=shift(-40.0, 30.0, 35.0))
    requests = {
        start: RegistrationRequest(fixed, moving, parameter_files=standing_still, initial=start, despite_findings=True)
        for start in ("gravity", "centers")
    }
    places = random_points_inside(fixed, 50)
    off_mm = {
        start: np.linalg.norm(mapped(register(request).transform, places) - places - (-40.0, 30.0, 35.0), axis=1).mean()
        for start, request in requests.items()
    }
    assert off_mm["gravity"] < 8.0
    assert off_mm["centers"] > 40.0


@pytest.mark.native_engine
@pytest.mark.parametrize(("start", "matrix"), [("landmarks-similarity", 1.3), ("landmarks-affine", (1.2, 0.9, 1.1))])
def test_a_start_from_landmarks_may_scale(start, matrix, scene, standing_still):
    stretch = np.eye(4)
    stretch[:3, :3] = np.diag(np.broadcast_to(matrix, 3))
    truth = TURN @ stretch
    fixed, moving = add_anatomy(scene), add_anatomy(scene, moved_by=truth)
    points = random_points_inside(fixed, 6) * 0.5
    request = RegistrationRequest(
        fixed,
        moving,
        parameter_files=standing_still,
        fixed_landmarks=add_points(scene, points),
        moving_landmarks=add_points(scene, points @ truth[:3, :3].T + truth[:3, 3]),
        skip_unusable_landmarks=True,
        initial=start,
    )
    places = random_points_inside(fixed, 100)
    expected = places @ truth[:3, :3].T + truth[:3, 3]
    assert np.linalg.norm(mapped(register(request).transform, places) - expected, axis=1).max() < 1e-3


@pytest.mark.native_engine
@pytest.mark.parametrize(("count", "name"), [(5, "landmarks"), (2, "gravity"), (0, "gravity")])
def test_the_preset_for_hard_cases_starts_from_the_best_that_is_there(count, name, scene):
    fixed = add_anatomy(scene)
    points = random_points_inside(fixed, count) * 0.5
    landmarks = {side: add_points(scene, points) for side in ("fixed_landmarks", "moving_landmarks")} if count else {}
    request = RegistrationRequest(fixed, add_anatomy(scene), preset="guided", **landmarks)
    assert preflight(request).checked.start.name == name
    assert preflight(replace(request, initial="none")).checked.start.name == "none"
    assert preflight(replace(request, preset="generic")).checked.start.name == "none"
