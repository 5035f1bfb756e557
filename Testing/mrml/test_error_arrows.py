"""Arrows go from a fixed landmark to where its partner is seen, and their colour is the error that is reported."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.applied_transform import apply_transform
from ElastixPlusLib.mrml.error_arrows import (
    COLOR_NODE_ID,
    ERROR_ARRAY,
    add_error_arrows,
    arrow_mesh,
    fill_error_arrows,
    shown_moving_landmarks,
)
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.landmark_transforms import spline_then_linear_transform
from ElastixPlusLib.mrml.landmarks import control_points
from ElastixPlusLib.mrml.transforms import add_transform_node, linear_transform
from phantoms import add_points, grid_matrix, rotation_about, shift
from saved_scenes import names_of_nodes, saved_and_read

SAME_MM = 1e-5
LINEAR = shift(30, -20, 5) @ rotation_about((1, 2, 3), 40.0) @ np.diag([1.1, 0.9, 1.05, 1.0])
STARTS = np.array([[0.0, 0, 0], [40, 0, 0], [0, 40, 0]])
ENDS = STARTS + np.array([[0.0, 0, 0], [0, 20, 0], [3, 0, 4]])
ERRORS_MM = np.array([0.0, 7.0, 2.0])  # not the lengths: the transform may stretch
LABELS = ("AC", "PC <&>", 'é "x" y')
ODD_NAME = 'A <b> & "c" é/ü: 测试'


def deformation(strength_mm: float, matrix: np.ndarray = LINEAR) -> vtk.vtkAbstractTransform:
    grid = Grid((12, 12, 12), grid_matrix((12, 12, 12), (20.0, 20, 20)))
    coefficients = np.random.default_rng(0).normal(0.0, strength_mm, (12, 12, 12, 3))
    return spline_then_linear_transform(coefficients, grid, matrix)


@pytest.fixture
def landmarks() -> np.ndarray:
    return np.random.default_rng(3).uniform(-70, 70, (25, 3))


@pytest.fixture
def arrows(scene) -> slicer.vtkMRMLModelNode:
    return add_error_arrows(scene, "arrows", STARTS, ENDS, ERRORS_MM, LABELS, 5.0)


def points_of(mesh: vtk.vtkPolyData) -> np.ndarray:
    return vtk_to_numpy(mesh.GetPoints().GetData())


def values_of(mesh: vtk.vtkPolyData, name: str) -> np.ndarray:
    return vtk_to_numpy(mesh.GetPointData().GetArray(name))


def points_of_pair(mesh: vtk.vtkPolyData, pair: int) -> np.ndarray:
    return points_of(mesh)[values_of(mesh, "pair") == pair]


@pytest.mark.parametrize("transform", [linear_transform(LINEAR), deformation(3.0)], ids=["linear", "deformation"])
def test_a_moving_landmark_is_shown_where_slicer_shows_it_under_the_result(transform, scene, landmarks):
    mapped = transformed_points(transform, landmarks)
    moving = mapped + np.random.default_rng(4).normal(0.0, 3.0, mapped.shape)
    shown = shown_moving_landmarks(transform, landmarks, mapped, moving)
    node = add_points(scene, moving)
    apply_transform(node, add_transform_node(scene, transform, "result"))
    np.testing.assert_allclose(shown.positions_ras, control_points(node)[1], atol=SAME_MM)
    assert not shown.is_estimated.any()


def test_a_shown_landmark_is_mapped_to_where_it_was_marked(landmarks):
    transform = deformation(6.0)
    moving = transformed_points(transform, landmarks) + np.array([2.0, -3.0, 1.0])
    shown = shown_moving_landmarks(transform, landmarks, moving, moving)
    np.testing.assert_allclose(transformed_points(transform, shown.positions_ras), moving, atol=SAME_MM)


def test_without_a_transform_landmarks_are_shown_where_they_are(landmarks):
    shown = shown_moving_landmarks(None, landmarks, landmarks, landmarks + 1.0)
    np.testing.assert_array_equal(shown.positions_ras, landmarks + 1.0)
    assert not shown.is_estimated.any()


def test_where_the_inverse_is_not_found_the_measured_error_is_shown_instead():
    transform = deformation(25.0, np.eye(4))  # folds in many places
    fixed = np.random.default_rng(0).uniform(-70, 70, (200, 3))
    mapped = transformed_points(transform, fixed)
    moving = mapped + np.array([1.0, -1.0, 0.5])
    shown = shown_moving_landmarks(transform, fixed, mapped, moving)
    estimated = shown.is_estimated
    assert 0 < estimated.sum() < 100
    np.testing.assert_allclose(
        (shown.positions_ras - fixed)[estimated], np.tile([1.0, -1.0, 0.5], (estimated.sum(), 1))
    )
    back = transformed_points(transform, shown.positions_ras)
    np.testing.assert_allclose(back[~estimated], moving[~estimated], atol=0.01)


def test_an_arrow_reaches_from_landmark_to_landmark():
    mesh = arrow_mesh(STARTS, ENDS, ERRORS_MM, LABELS, 100.0)
    for pair in (2, 3):
        start, end = STARTS[pair - 1], ENDS[pair - 1]
        length = np.linalg.norm(end - start)
        along = (points_of_pair(mesh, pair) - start) @ (end - start) / length
        assert along.max() == pytest.approx(length, abs=1e-3)
        assert along.min() == pytest.approx(-0.5, abs=0.05)  # the ball at the start


def test_the_tip_is_at_the_end_and_narrow():
    mesh = arrow_mesh(STARTS, ENDS, ERRORS_MM, LABELS, 100.0)
    points = points_of_pair(mesh, 2)
    at_tip = points[points[:, 1] > ENDS[1][1] - 1e-3]
    np.testing.assert_allclose(at_tip, np.tile(ENDS[1], (len(at_tip), 1)), atol=0.01)


def test_a_long_arrow_is_as_thick_as_a_short_one():
    ends = STARTS + np.array([[0.0, 10, 0], [0, 20, 0], [0, 40, 0]])
    mesh = arrow_mesh(STARTS, ends, ERRORS_MM, LABELS, 100.0)
    for pair, end in enumerate(ends, 1):
        points = points_of_pair(mesh, pair)
        from_axis = np.linalg.norm((points - end)[:, [0, 2]], axis=1)
        assert from_axis.max() == pytest.approx(0.5, abs=0.02)  # of the ball and of the head
        neck = np.isclose(points[:, 1], end[1] - 1.2)
        np.testing.assert_allclose(from_axis[neck].min(), 0.0, atol=0.2001)
        assert 0.2 == pytest.approx(np.unique(from_axis[neck].round(4))[-2])  # of the shaft


def test_thickness_follows_the_size_of_what_is_shown():
    small, large = (
        np.ptp(points_of_pair(arrow_mesh(STARTS, ENDS, ERRORS_MM, LABELS, size), 1)[:, 0]) for size in (100, 300)
    )
    assert large == pytest.approx(3 * small, rel=1e-3)


def test_without_a_size_thickness_follows_the_landmarks():
    near, far = (np.ptp(points_of_pair(arrow_mesh(k * STARTS, k * STARTS, ERRORS_MM, LABELS), 1)[:, 0]) for k in (2, 6))
    assert far == pytest.approx(3 * near, rel=1e-3)


def test_a_landmark_without_error_is_still_seen_as_a_ball():
    mesh = arrow_mesh(STARTS, ENDS, ERRORS_MM, LABELS, 100.0)
    np.testing.assert_allclose(np.linalg.norm(points_of_pair(mesh, 1), axis=1), 0.5, rtol=0.02)


def test_a_tiny_arrow_lies_inside_its_ball_and_has_no_broken_points():
    mesh = arrow_mesh(STARTS[:1], STARTS[:1] + np.array([1e-3, 0, 0]), ERRORS_MM[:1], LABELS[:1], 100.0)
    assert np.isfinite(points_of(mesh)).all()
    assert np.linalg.norm(points_of(mesh), axis=1).max() < 0.51


def test_the_colour_is_the_reported_error_and_not_the_length(arrows):
    mesh = arrows.GetPolyData()
    for index, error_mm in enumerate(ERRORS_MM):
        assert set(values_of(mesh, ERROR_ARRAY)[values_of(mesh, "pair") == index + 1]) == {error_mm}
    assert arrows.GetDisplayNode().GetActiveScalarName() == ERROR_ARRAY
    assert arrows.GetDisplayNode().GetScalarVisibility()


def test_colours_go_from_zero_to_the_given_error(arrows):
    display = arrows.GetDisplayNode()
    assert display.GetScalarRange() == (0.0, 5.0)
    assert display.GetScalarRangeFlag() == slicer.vtkMRMLDisplayNode.UseManualScalarRange
    arrows.GetPolyData().Modified()  # nothing looks for the range of the data again
    assert display.GetScalarRange() == (0.0, 5.0)


def test_a_slice_through_a_landmark_cuts_its_arrow(arrows):
    display = arrows.GetDisplayNode()
    assert display.GetVisibility2D()
    assert display.GetVisibility()
    assert display.GetSliceDisplayMode() == slicer.vtkMRMLModelDisplayNode.SliceDisplayIntersection
    plane, cutter = vtk.vtkPlane(), vtk.vtkCutter()
    plane.SetOrigin(*STARTS[1])
    plane.SetNormal(0, 0, 1)
    cutter.SetCutFunction(plane)
    cutter.SetInputData(arrows.GetPolyData())
    cutter.Update()
    cut = vtk_to_numpy(cutter.GetOutput().GetPoints().GetData())
    cut = cut[cut[:, 0] > STARTS[1][0] - 5]  # of this arrow
    assert cut[:, 1].max() == pytest.approx(ENDS[1][1], abs=0.01)


def test_a_click_goes_to_what_lies_behind(arrows):
    assert not arrows.GetSelectable()


def test_arrows_know_the_labels_of_their_landmarks(arrows):
    labels = arrows.GetPolyData().GetFieldData().GetAbstractArray("label")
    assert tuple(labels.GetValue(index) for index in range(labels.GetNumberOfValues())) == LABELS


def test_the_colours_of_the_application_are_used_where_they_are(scene):
    colors = slicer.vtkMRMLColorTableNode()
    colors.SetTypeToUser()
    colors.SetSingletonTag(COLOR_NODE_ID.removeprefix("vtkMRMLColorTableNode"))
    scene.AddNode(colors)
    node = add_error_arrows(scene, "arrows", STARTS, ENDS, ERRORS_MM, LABELS, 5.0)
    assert node.GetDisplayNode().GetColorNode() is not None
    assert node.GetDisplayNode().GetColorNode().GetID() == slicer.vtkMRMLColorLogic.GetFileColorNodeID("Viridis.txt")


def test_filling_again_replaces_the_arrows_and_keeps_what_a_user_has_chosen(scene, arrows):
    nodes = names_of_nodes(scene)
    arrows.GetDisplayNode().SetOpacity(0.3)
    arrows.GetDisplayNode().SetVisibility2D(False)
    fill_error_arrows(arrows, STARTS[:2], ENDS[:2], ERRORS_MM[:2], LABELS[:2], 9.0)
    assert names_of_nodes(scene) == nodes
    assert set(values_of(arrows.GetPolyData(), "pair")) == {1, 2}
    assert arrows.GetDisplayNode().GetScalarRange() == (0.0, 9.0)
    assert arrows.GetDisplayNode().GetOpacity() == 0.3
    assert not arrows.GetDisplayNode().GetVisibility2D()


def test_no_landmarks_are_no_arrows(scene):
    node = add_error_arrows(scene, "none", np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), (), 1.0)
    assert node.GetPolyData().GetNumberOfPoints() == 0


def test_saved_arrows_come_back_as_they_were(scene, tmp_path):
    before = add_error_arrows(scene, ODD_NAME, STARTS, ENDS, ERRORS_MM, LABELS, 5.0).GetPolyData()
    read = saved_and_read(scene, tmp_path)
    node = read.GetFirstNodeByClass("vtkMRMLModelNode")
    assert node.GetName() == ODD_NAME
    np.testing.assert_allclose(points_of(node.GetPolyData()), points_of(before), atol=1e-4)
    np.testing.assert_allclose(values_of(node.GetPolyData(), ERROR_ARRAY), values_of(before, ERROR_ARRAY))
    labels = node.GetPolyData().GetFieldData().GetAbstractArray("label")
    assert tuple(labels.GetValue(index) for index in range(3)) == LABELS
    display = node.GetDisplayNode()
    assert (display.GetActiveScalarName(), display.GetScalarRange()) == (ERROR_ARRAY, (0.0, 5.0))
    assert display.GetScalarRangeFlag() == slicer.vtkMRMLDisplayNode.UseManualScalarRange
    assert display.GetColorNodeID() == COLOR_NODE_ID
    assert display.GetVisibility2D()
    assert not node.GetSelectable()
