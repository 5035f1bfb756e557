"""Any transform between two volumes is measured with what is at hand, and nothing in the scene changes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.accuracy.landmark_errors import RoleSummary
from ElastixPlusLib.errors import InputError, LandmarkError, MaskError
from ElastixPlusLib.evaluation.evaluation import evaluate
from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest, evaluation_of_registration
from ElastixPlusLib.evaluation.measured_landmarks import ALL_CHECK
from ElastixPlusLib.mrml.applied_transform import apply_transform
from ElastixPlusLib.mrml.transforms import add_transform_node, linear_transform
from ElastixPlusLib.request import RegistrationRequest
from phantoms import add_anatomy, add_linear_transform, add_points, add_volume, grid_matrix, rotation_about, shift

TRUTH = shift(6.0, -2.0, 3.0)
DIMENSIONS, SPACING_MM = (20, 18, 16), (4.0, 4.4, 4.8)
SHAPE = DIMENSIONS[::-1]
PLACES = np.array([[0.0, 0, 0], [10, 0, 0], [0, 12, 0], [-8, 4, 9]])


@pytest.fixture
def fixed(scene):
    return add_anatomy(scene, DIMENSIONS, SPACING_MM, name="fixed")


@pytest.fixture
def moving(scene):
    return add_anatomy(scene, DIMENSIONS, SPACING_MM, moved_by=TRUTH, name="moving")


@pytest.fixture
def transform(scene):
    """Half a millimetre away from the truth."""
    return add_transform_node(scene, linear_transform(TRUTH @ shift(0.5, 0, 0)), "result")


@pytest.fixture
def request_with_landmarks(scene, fixed, moving, transform) -> EvaluationRequest:
    moving_places = PLACES + TRUTH[:3, 3]
    moving_places[3, 2] += 4.0
    return EvaluationRequest(
        transform,
        fixed,
        moving,
        fixed_landmarks=add_points(scene, PLACES, ["a", "b", "c", "d"], "F"),
        moving_landmarks=add_points(scene, moving_places, ["a", "b", "c", "d"], "M"),
    )


def errors_of(evaluation):
    return {pair.label: (pair.role, pair.after_mm) for pair in evaluation.evidence.landmarks.pairs}


def test_landmarks_are_measured_before_and_after(request_with_landmarks):
    report = evaluate(replace(request_with_landmarks, check_labels=("b", "d"))).evidence.landmarks
    assert report.summary("drive") == RoleSummary(2, pytest.approx(7.0), pytest.approx(0.5))
    assert [pair.after_mm for pair in report.pairs] == pytest.approx([0.5, 0.5, 0.5, np.hypot(0.5, 4.0)])
    assert [pair.role for pair in report.pairs] == ["drive", "check", "drive", "check"]


@pytest.mark.parametrize(
    ("roles", "driving"),
    [
        ({"check_labels": ("a",)}, {"b", "c", "d"}),
        ({"drive_labels": ("a", "c")}, {"a", "c"}),
        ({"drive_labels": "all"}, {"a", "b", "c", "d"}),
        ({}, set()),
    ],
)
def test_the_roles_are_those_that_were_named(request_with_landmarks, roles, driving):
    evaluation = evaluate(replace(request_with_landmarks, **roles))
    assert {label for label, (role, _) in errors_of(evaluation).items() if role == "drive"} == driving
    assert (ALL_CHECK in evaluation.warnings) == (not roles)


@pytest.mark.parametrize(
    ("roles", "what"),
    [
        ({"check_labels": ("a",), "drive_labels": ("b",)}, "Both"),
        ({"drive_labels": ("a", "x")}, "no landmark pair x"),
        ({"check_labels": ("x",)}, "x"),
        ({"fixed_landmarks": None}, "no fixed landmarks"),
        ({"moving_landmarks": None}, "no moving landmarks"),
        ({"fixed_landmarks": None, "moving_landmarks": None, "check_labels": ("a",)}, "no landmarks"),
    ],
)
def test_roles_and_landmarks_that_contradict_each_other_are_refused(request_with_landmarks, roles, what):
    with pytest.raises(LandmarkError, match=what):
        evaluate(replace(request_with_landmarks, **roles))


def test_without_a_transform_the_volumes_are_evaluated_as_they_lie(request_with_landmarks):
    evaluation = evaluate(replace(request_with_landmarks, transform=None))
    assert all(pair.before_mm == pair.after_mm for pair in evaluation.evidence.landmarks.pairs)
    assert evaluation.evidence.intensity.before == evaluation.evidence.intensity.after
    assert evaluation.evidence.deformation.displacement_max_mm == 0.0
    assert evaluation.transform_name == "none (as loaded)"


def test_a_moving_side_that_is_shown_under_the_transform_gives_the_same_figures(request_with_landmarks):
    alone = evaluate(request_with_landmarks).as_dict()
    for node in (request_with_landmarks.moving, request_with_landmarks.moving_landmarks):
        apply_transform(node, request_with_landmarks.transform)
    shown = evaluate(request_with_landmarks).as_dict()
    assert {**shown, "seconds": None} == {**alone, "seconds": None}


def test_parents_of_the_moving_side_count(scene, request_with_landmarks):
    parent = add_linear_transform(scene, shift(-6.0, 2.0, -3.0) @ rotation_about((0, 0, 1), 0.0))
    for node in (request_with_landmarks.moving, request_with_landmarks.moving_landmarks):
        node.SetAndObserveTransformNodeID(parent.GetID())
    evaluation = evaluate(replace(request_with_landmarks, transform=None))
    assert [pair.before_mm for pair in evaluation.evidence.landmarks.pairs] == pytest.approx([0, 0, 0, 4.0], abs=1e-9)
    assert evaluation.evidence.intensity.before.ncc > 0.99


def bspline_node(scene, direction):
    coefficients = vtk.vtkImageData()
    coefficients.SetDimensions(9, 9, 9)
    coefficients.SetSpacing(20.0, 20.0, 20.0)
    coefficients.SetOrigin(-80.0, -80.0, -80.0)
    coefficients.AllocateScalars(vtk.VTK_DOUBLE, 3)
    for component, value in enumerate(TRUTH[:3, 3]):
        coefficients.GetPointData().GetScalars().FillComponent(component, value)
    spline = slicer.vtkOrientedBSplineTransform()
    spline.SetCoefficientData(coefficients)
    node = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", "spline")
    getattr(node, f"SetAndObserveTransform{direction}Parent")(spline)
    return node


def thin_plate_node(scene, direction):
    sources, targets = vtk.vtkPoints(), vtk.vtkPoints()
    for corner in ([0, 0, 0], [50, 0, 0], [0, 50, 0], [0, 0, 50], [40, 40, 40]):
        sources.InsertNextPoint(corner)
        targets.InsertNextPoint(np.array(corner) + TRUTH[:3, 3])
    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetBasisToR()
    spline.SetSourceLandmarks(sources)
    spline.SetTargetLandmarks(targets)
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "thin plate")
    getattr(node, f"SetAndObserveTransform{direction}Parent")(spline)
    return node


@pytest.mark.parametrize("make_node", [bspline_node, thin_plate_node])
@pytest.mark.parametrize(("direction", "after"), [("From", 0.0), ("To", 14.0)])
def test_any_kind_of_transform_node_is_evaluated_in_its_direction(
    scene, request_with_landmarks, make_node, direction, after
):
    evaluation = evaluate(replace(request_with_landmarks, transform=make_node(scene, direction)))
    assert errors_of(evaluation)["a"][1] == pytest.approx(after, abs=1e-2)
    assert not evaluation.evidence.deformation.is_linear


def test_parents_of_the_transform_count(scene, request_with_landmarks):
    parent = add_linear_transform(scene, np.linalg.inv(shift(-0.5, 0, 0)))  # from parent shifts by -0.5
    request_with_landmarks.transform.SetAndObserveTransformNodeID(parent.GetID())
    assert errors_of(evaluate(request_with_landmarks))["a"][1] == pytest.approx(0.0, abs=1e-9)


def test_an_empty_transform_is_refused(scene, request_with_landmarks):
    empty = scene.AddNewNodeByClass("vtkMRMLTransformNode", "empty")
    with pytest.raises(InputError, match="transform empty"):
        evaluate(replace(request_with_landmarks, transform=empty))


def test_grey_values_are_compared_at_the_same_places(request_with_landmarks):
    change = evaluate(request_with_landmarks).evidence.intensity
    assert change.before.n == change.after.n
    assert change.after.ncc > 0.99 > change.before.ncc
    assert change.after.msd < change.before.msd / 10
    assert change.after.nmi > change.before.nmi


def test_volumes_that_do_not_meet_have_no_similarity(request_with_landmarks, scene):
    far = add_transform_node(scene, linear_transform(shift(500.0, 0, 0)), "far")
    assert evaluate(replace(request_with_landmarks, transform=far)).evidence.intensity is None


def test_the_volume_change_of_a_linear_transform_is_its_determinant(scene, request_with_landmarks):
    grown = add_transform_node(scene, linear_transform(np.diag([1.1, 1.0, 0.9, 1.0])), "grown")
    request = replace(request_with_landmarks, transform=grown, with_jacobian_map=True)
    evaluation = evaluate(request)
    deformation = evaluation.evidence.deformation
    assert deformation.is_linear
    assert (deformation.jacobian_min, deformation.jacobian_max) == pytest.approx((0.99, 0.99))
    assert evaluation.jacobian_map.determinants == pytest.approx(0.99)
    assert evaluation.jacobian_map.determinants.shape == SHAPE
    assert evaluate(replace(request, with_jacobian_map=False)).jacobian_map is None


@pytest.fixture
def half_mask(scene, fixed):
    """The left half of the fixed volume."""
    voxels = np.zeros(SHAPE, np.uint8)
    voxels[:, :, :10] = 1
    return add_volume(scene, voxels, grid_matrix(DIMENSIONS, SPACING_MM), "half <&>", "vtkMRMLLabelMapVolumeNode")


def test_deformation_and_grey_values_are_measured_inside_the_mask(request_with_landmarks, half_mask):
    evaluation = evaluate(replace(request_with_landmarks, mask=half_mask))
    assert evaluation.evidence.region == "inside the mask half <&>"
    assert evaluation.evidence.deformation.n == 16 * 18 * 10
    assert evaluation.points_ras[:, 0].max() < 0.0


def test_a_mask_and_what_is_excluded_grow_by_the_margin(request_with_landmarks, half_mask):
    grown = evaluate(replace(request_with_landmarks, mask=half_mask, mask_margin_mm=4.1))
    assert grown.evidence.region == "inside the mask half <&> (grown by 4.1 mm)"
    assert grown.evidence.deformation.n == 16 * 18 * 11
    excluded = evaluate(replace(request_with_landmarks, mask="none", exclude=half_mask, mask_margin_mm=-4.1))
    assert excluded.evidence.region == "in the whole fixed volume, without half <&> (shrunk by 4.1 mm)"
    assert excluded.evidence.deformation.n > 16 * 18 * 10


def test_what_is_excluded_does_not_count(request_with_landmarks, half_mask):
    evaluation = evaluate(replace(request_with_landmarks, mask="none", exclude=half_mask))
    assert evaluation.evidence.region == "in the whole fixed volume, without half <&>"
    assert evaluation.points_ras[:, 0].min() > 0.0


def test_what_is_excluded_belongs_to_no_structure_and_that_is_said(request_with_landmarks, half_mask, scene):
    voxels = np.zeros(SHAPE, np.uint8)
    voxels[4:12, 4:12, 4:16] = 1
    structures = add_volume(scene, voxels, grid_matrix(DIMENSIONS, SPACING_MM), "s", "vtkMRMLLabelMapVolumeNode")
    request = replace(request_with_landmarks, transform=None, fixed_structures=structures, moving_structures=structures)
    assert evaluate(request).evidence.structures[0].after.dice == 1.0
    whole = evaluate(replace(request, mask="none", exclude=half_mask))
    assert whole.evidence.structures[0].after.dice == 1.0
    assert "Structures are compared without half <&>, which was excluded." in whole.warnings
    voxels[:, :, 10:] = 0  # now the structure is gone where it counts
    gone = add_volume(scene, voxels, grid_matrix(DIMENSIONS, SPACING_MM), "gone", "vtkMRMLLabelMapVolumeNode")
    with_gone = replace(request, moving_structures=gone, mask="none", exclude=half_mask)
    assert evaluate(with_gone).evidence.structures[0].after.dice == 0.0
    assert evaluate(replace(with_gone, exclude=None)).evidence.structures[0].after.dice == pytest.approx(2 / 3)


def test_without_a_mask_the_body_is_taken_and_all_where_there_is_none(request_with_landmarks, scene):
    noise = np.random.default_rng(0).integers(90, 110, SHAPE).astype(np.int16)
    full = add_volume(scene, noise, grid_matrix(DIMENSIONS, SPACING_MM), "full")
    whole = evaluate(replace(request_with_landmarks, fixed=full))
    assert whole.evidence.region == "in the whole fixed volume, as no body was found in it"
    assert whole.evidence.deformation.n == 16 * 18 * 20
    everything = evaluate(replace(request_with_landmarks, mask="none"))
    assert everything.evidence.region == "in the whole fixed volume"
    with pytest.raises(MaskError, match="body"):
        evaluate(replace(request_with_landmarks, fixed=full, mask="body"))
    with pytest.raises(MaskError, match="'brain' is no region"):
        evaluate(replace(request_with_landmarks, mask="brain"))


def test_air_around_the_body_is_left_out(request_with_landmarks, scene):
    voxels = np.zeros((40, 40, 40), np.int16)
    voxels[10:30, 10:30, 10:30] = 500
    box = add_volume(scene, voxels, grid_matrix((40, 40, 40), (3.0, 3.0, 3.0)), "box")
    evaluation = evaluate(replace(request_with_landmarks, fixed=box))
    assert evaluation.evidence.region == "inside the body found in the fixed volume"
    assert evaluation.evidence.deformation.n == pytest.approx(20**3, rel=0.25)


def test_the_tolerance_is_the_largest_voxel_edge_unless_another_one_is_given(request_with_landmarks):
    default = evaluate(request_with_landmarks).evidence.tolerance
    assert (default.distance_mm, default.is_voxel_size) == (pytest.approx(4.8), True)
    own = evaluate(replace(request_with_landmarks, tolerance_mm=1.5)).evidence.tolerance
    assert (own.distance_mm, own.is_voxel_size) == (1.5, False)
    for nonsense in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="tolerance"):
            evaluate(replace(request_with_landmarks, tolerance_mm=nonsense))


def test_what_landmarks_are_placed_with_is_said_of_their_errors(request_with_landmarks):
    told = evaluate(replace(request_with_landmarks, placing_sd_mm=0.5)).as_dict()["statements"][0]["text"]
    assert "would lie 1.13 mm apart on average after a registration without error" in told
    assert "apart on average" not in evaluate(request_with_landmarks).as_dict()["statements"][0]["text"]
    with pytest.raises(InputError, match="placing error"):
        evaluate(replace(request_with_landmarks, placing_sd_mm=0.0))


def test_the_pictures_go_through_the_worst_check_landmark(request_with_landmarks):
    evaluation = evaluate(replace(request_with_landmarks, check_labels=("b", "c")))
    assert "check landmark b" in evaluation.slice_reason or "check landmark c" in evaluation.slice_reason
    worst = evaluate(request_with_landmarks)
    assert worst.slice_reason == "through check landmark d, where the error is largest (4.03 mm)"
    assert [picture.offset_mm for picture in worst.pictures] == pytest.approx([9.0, 4.0, -8.0])
    driving = evaluate(replace(request_with_landmarks, drive_labels="all"))
    assert "driving landmark d" in driving.slice_reason


def test_without_landmarks_the_pictures_go_through_the_middle_of_the_region(request_with_landmarks):
    request = replace(request_with_landmarks, fixed_landmarks=None, moving_landmarks=None, mask="none")
    evaluation = evaluate(request)
    assert evaluation.slice_reason == "through the middle of the region that was measured"
    assert [picture.offset_mm for picture in evaluation.pictures] == pytest.approx([0, 0, 0], abs=1e-6)
    assert {picture.mark for picture in evaluation.pictures} == {None}


def test_landmarks_outside_their_volume_are_measured_with_a_warning(scene, request_with_landmarks):
    request_with_landmarks.moving_landmarks.SetNthControlPointPosition(1, 300.0, 0.0, 0.0)
    evaluation = evaluate(request_with_landmarks)
    assert errors_of(evaluation)["b"][1] > 200.0
    assert any("outside their volume: b" in warning for warning in evaluation.warnings)
    without = evaluate(replace(request_with_landmarks, skip_unusable_landmarks=True))
    assert set(errors_of(without)) == {"a", "c", "d"}
    assert not any(warning.startswith("Landmarks outside") for warning in without.warnings)
    assert any("b" in warning and "eft out" in warning for warning in without.warnings)


def test_a_segmentation_of_one_side_alone_is_refused(scene, request_with_landmarks):
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "organs")
    with pytest.raises(InputError, match="no segmentation of the moving volume"):
        evaluate(replace(request_with_landmarks, fixed_structures=segmentation))
    with pytest.raises(InputError, match="no segmentations"):
        evaluate(replace(request_with_landmarks, structure_pairs=(("liver", "liver"),)))


def test_nothing_in_the_scene_changes(scene, request_with_landmarks, half_mask):
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    before = [(node.GetID(), node.GetMTime()) for node in nodes]
    evaluate(replace(request_with_landmarks, mask=half_mask, with_jacobian_map=True))
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    assert [(node.GetID(), node.GetMTime()) for node in nodes] == before


def test_the_account_is_plain_data_with_the_keys_of_a_registration(request_with_landmarks):
    account = json.loads(json.dumps(evaluate(replace(request_with_landmarks, check_labels=("d",))).as_dict()))
    assert account["status"] == "done"
    assert account["landmarks"]["drive"]["n"] == 3
    assert account["landmarks"]["drive"]["after_mm"] == pytest.approx(0.5)
    assert account["landmarks"]["check"]["before_mm"] == pytest.approx(np.linalg.norm([6, -2, 7]))
    assert account["landmarks"]["drive"]["after"]["max_mm"] == pytest.approx(0.5)
    assert account["landmarks"]["pairs"][0] == {
        "label": "a",
        "role": "drive",
        "before_mm": 7.0,
        "after_mm": 0.5,
    }
    assert {"deformation", "intensity", "structures", "held_out", "consistency", "uncertainty"} <= set(account)
    assert account["statements"]


def test_a_figure_that_is_not_finite_is_null_in_the_account(request_with_landmarks):
    evaluation = evaluate(request_with_landmarks)
    strange = replace(evaluation.evidence.deformation, bending_energy_per_mm2=float("nan"))
    account = evaluation.with_evidence(deformation=strange).as_dict()
    assert account["deformation"]["bending_energy_per_mm2"] is None
    json.dumps(account, allow_nan=False)


def test_what_was_measured_later_is_added(request_with_landmarks):
    evaluation = evaluate(request_with_landmarks)
    added = evaluation.with_evidence(region="elsewhere")
    assert added.evidence.region == "elsewhere"
    assert added.evidence.landmarks is evaluation.evidence.landmarks


def test_a_registration_is_evaluated_with_its_own_roles_and_mask(request_with_landmarks, half_mask):
    given = request_with_landmarks
    registration = RegistrationRequest(
        given.fixed,
        given.moving,
        fixed_landmarks=given.fixed_landmarks,
        moving_landmarks=given.moving_landmarks,
        fixed_mask=half_mask,
    )
    of_all_driving = evaluation_of_registration(registration, given.transform)
    assert {role for role, _ in errors_of(evaluate(of_all_driving)).values()} == {"drive"}
    assert of_all_driving.mask is half_mask
    with_check = evaluation_of_registration(replace(registration, check_labels=("b",)), given.transform)
    assert [label for label, (role, _) in errors_of(evaluate(with_check)).items() if role == "check"] == ["b"]
    bare = evaluation_of_registration(RegistrationRequest(given.fixed, given.moving), given.transform)
    assert not evaluate(bare).evidence.landmarks.pairs
