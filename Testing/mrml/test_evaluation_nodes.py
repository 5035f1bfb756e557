"""An evaluation becomes nodes that are found again, updated in place, saved with the scene and removed entirely."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ElastixPlusLib.accuracy.error_statistics import error_statistics
from ElastixPlusLib.accuracy.evidence import Evidence
from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport
from ElastixPlusLib.accuracy.tolerance import Tolerance, statements
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.evaluation import scene_nodes
from ElastixPlusLib.evaluation.evaluation import Evaluation, evaluate
from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
from ElastixPlusLib.evaluation.evidence_columns import evidence_tables
from ElastixPlusLib.evaluation.kept_nodes import EVALUATED_ROLE
from ElastixPlusLib.evaluation.scene_nodes import (
    EvaluationNodes,
    add_evaluation,
    add_evaluation_steps,
    remove_evaluation,
)
from ElastixPlusLib.mrml.error_arrows import ERROR_ARRAY
from ElastixPlusLib.mrml.plots import series_nodes
from ElastixPlusLib.mrml.tables import saved_text
from ElastixPlusLib.mrml.transforms import linear_transform
from ElastixPlusLib.steps import run_to_end
from made_evaluations import HELD_OUT, ODD_NAME, STRUCTURES, bent, request_in
from phantoms import shift
from saved_scenes import names_of_nodes, saved_and_read


@pytest.fixture
def request_of_all(scene) -> EvaluationRequest:
    return request_in(scene, bent())


@pytest.fixture(scope="module")
def measured() -> Iterator[Evaluation]:
    """Measured once, in a scene of its own."""
    scene = slicer.vtkMRMLScene()
    yield evaluate(request_in(scene, bent())).with_evidence(held_out=HELD_OUT, structures=STRUCTURES)
    scene.Clear(True)


@pytest.fixture
def evaluation(measured, request_of_all) -> Evaluation:
    """The same of the nodes of this scene."""
    return replace(measured, request=request_of_all)


@pytest.fixture
def added(evaluation, scene) -> EvaluationNodes:
    return add_evaluation(evaluation, scene)


@pytest.fixture
def hierarchy(scene) -> slicer.vtkMRMLSubjectHierarchyNode:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def column(table: slicer.vtkMRMLTableNode, name: str) -> list:
    values = table.GetTable().GetColumnByName(name)
    return [values.GetValue(row) for row in range(values.GetNumberOfTuples())]


def ids_of(nodes: EvaluationNodes) -> list[str]:
    return [node.GetID() for node in nodes.nodes]


def folder_of(hierarchy, node) -> int:
    return hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node))


def children_of(hierarchy, item) -> int:
    children = vtk.vtkIdList()
    hierarchy.GetItemChildren(item, children, False)
    return children.GetNumberOfIds()


def test_the_summary_says_what_the_evidence_says(evaluation, added):
    rows = statements(evaluation.evidence)
    assert column(added.summary, "quantity") == [saved_text(row.quantity) for row in rows]
    assert column(added.summary, "standing") == [row.standing for row in rows]
    assert [value for value in column(added.summary, "value") if value != "–"] == [
        row.value for row in rows if row.value
    ]
    assert [added.summary.GetColumnTitle(name) for name in ("quantity", "value", "standing", "words")] == [
        "Quantity",
        "Value",
        "Standing",
        "In words",
    ]


def test_check_and_driving_pairs_are_in_tables_of_their_own(evaluation, added):
    pairs = evaluation.evidence.landmarks.pairs
    for nodes, role, word in ((added.check, "check", "check"), (added.drive, "drive", "driving")):
        chosen = [pair for pair in pairs if pair.role == role]
        assert column(nodes.table, "before_mm") == [pair.before_mm for pair in chosen]
        assert column(nodes.table, "after_mm") == [pair.after_mm for pair in chosen]
        assert set(column(nodes.table, "role")) == {word}
        assert column(nodes.table, "pair") == list(range(1, len(chosen) + 1))
    assert column(added.drive.table, "label") == ["b", "e"]
    assert len(column(added.check.table, "label")) == 4


def test_charts_show_the_table_of_their_own_role(added):
    for nodes in (added.check, added.drive, added.held_out):
        for chart in (nodes.per_pair, nodes.before_after):
            assert len(series_nodes(chart)) == 2
            assert {series.GetTableNode().GetID() for series in series_nodes(chart)} == {nodes.table.GetID()}
    assert "target registration error" in added.check.per_pair.GetTitle()
    assert "fiducial registration error" in added.drive.per_pair.GetTitle()
    assert "held-out" in added.held_out.per_pair.GetTitle()


def test_pairs_that_were_held_out_say_in_which_run(added):
    assert column(added.held_out.table, "run") == [1, 2]
    assert column(added.held_out.table, "after_mm") == [2.0, 1.0]
    assert added.held_out.arrows is None


def test_statistics_never_mix_roles(evaluation, added):
    groups = column(added.statistics, "group")
    assert groups == [group for group in dict.fromkeys(groups) for _ in range(2)]
    assert column(added.statistics, "when") == ["before", "after"] * 3
    assert column(added.statistics, "n") == [4, 4, 2, 2, 2, 2]
    errors = [pair.after_mm for pair in evaluation.evidence.landmarks.pairs if pair.role == "check"]
    expected = error_statistics(np.array(errors))
    row = groups.index("TRE, check landmarks") + 1
    for name in ("mean_mm", "rms_mm", "sd_mm", "median_mm", "p95_mm", "max_mm"):
        assert column(added.statistics, name)[row] == getattr(expected, name)
    low, high = (column(added.statistics, name)[row] for name in ("mean_low_mm", "mean_high_mm"))
    assert (low, high) == expected.mean_interval_mm
    assert math.isnan(column(added.statistics, "mean_low_mm")[groups.index("FRE, driving landmarks")])


def test_structures_have_a_row_before_and_a_row_after(added):
    assert column(added.structures, "when") == ["before", "after"] * 2
    assert column(added.structures, "dice")[:2] == [0.7, 0.9]
    assert column(added.structures, "mda_mm")[:2] == [2.0, 0.5]
    assert column(added.structures, "volume_ratio")[:2] == [1.1, 1.0]
    assert math.isnan(column(added.structures, "hd95_mm")[2])


def test_the_histogram_shows_every_place_once(evaluation, added):
    deformation = evaluation.evidence.deformation
    assert column(added.histogram_table, "places") == list(deformation.histogram_counts)
    assert sum(column(added.histogram_table, "percent")) == pytest.approx(100.0)
    low, high, middle = (np.array(column(added.histogram_table, name)) for name in ("low", "high", "middle"))
    np.testing.assert_allclose(np.append(low, high[-1]), deformation.histogram_edges)
    np.testing.assert_allclose(middle, (low + high) / 2)
    assert series_nodes(added.histogram)[0].GetTableNode() is added.histogram_table


def test_arrows_of_check_and_driving_pairs_are_models_of_their_own_in_one_scale(evaluation, added):
    pairs = evaluation.evidence.landmarks.pairs
    ranges = []
    for nodes, role, word in ((added.check, "check", "check"), (added.drive, "drive", "driving")):
        assert nodes.arrows.GetName() == f"{ODD_NAME} errors {word}"
        errors = nodes.arrows.GetPolyData().GetPointData().GetArray(ERROR_ARRAY)
        found = {errors.GetValue(index) for index in range(errors.GetNumberOfTuples())}
        assert found == {pair.after_mm for pair in pairs if pair.role == role}
        ranges.append(nodes.arrows.GetDisplayNode().GetScalarRange())
    expected = max(2 * evaluation.evidence.tolerance.distance_mm, np.percentile([pair.after_mm for pair in pairs], 95))
    assert ranges == [(0.0, pytest.approx(expected))] * 2


def test_arrows_start_at_the_fixed_landmarks(evaluation, added):
    order = [index for index, pair in enumerate(evaluation.evidence.landmarks.pairs) if pair.role == "drive"]
    mesh = added.drive.arrows.GetPolyData()
    pairs = vtk_to_numpy(mesh.GetPointData().GetArray("pair"))
    points = vtk_to_numpy(mesh.GetPoints().GetData())
    for number, index in enumerate(order, 1):
        nearest = np.linalg.norm(points[pairs == number] - evaluation.places.fixed_ras[index], axis=1).min()
        assert nearest < 1.0


def test_the_jacobian_map_lies_on_the_fixed_volume(evaluation, added):
    assert added.jacobian.GetImageData().GetDimensions() == (20, 18, 16)
    bounds, expected = np.zeros(6), np.zeros(6)
    added.jacobian.GetRASBounds(bounds)
    evaluation.request.fixed.GetRASBounds(expected)
    np.testing.assert_allclose(bounds, expected)


def test_every_node_refers_to_the_transform_and_has_its_name(evaluation, added):
    assert len(added.nodes) == 17
    for node in added.nodes:
        assert node.GetNodeReference(EVALUATED_ROLE) is evaluation.request.transform
        assert node.GetName().startswith(ODD_NAME)


def test_evaluating_again_updates_the_same_nodes(scene, request_of_all, evaluation, added):
    ids, names = ids_of(added), names_of_nodes(scene)
    before, opacity = column(added.check.table, "after_mm"), 0.4
    added.check.arrows.GetDisplayNode().SetOpacity(opacity)
    voxels, bounds = added.jacobian.GetImageData(), np.zeros(6)
    request_of_all.fixed.SetOrigin(5, 6, 7)
    request_of_all.transform.SetAndObserveTransformFromParent(bent(seed=9))
    again = add_evaluation(evaluate(request_of_all).with_evidence(held_out=HELD_OUT, structures=STRUCTURES[:1]), scene)
    assert ids_of(again) == ids
    assert names_of_nodes(scene) == names
    assert column(again.check.table, "after_mm") != before
    assert len(column(again.structures, "dice")) == 2
    assert again.check.arrows.GetDisplayNode().GetOpacity() == opacity
    assert again.jacobian.GetImageData() is not voxels
    again.jacobian.GetRASBounds(bounds)
    expected = np.zeros(6)
    request_of_all.fixed.GetRASBounds(expected)
    np.testing.assert_allclose(bounds, expected)


def test_a_renamed_transform_renames_its_nodes(scene, evaluation, added):
    evaluation.request.transform.SetName("other")
    for node in add_evaluation(evaluation, scene).nodes:
        assert node.GetName().startswith("other ")
    assert not any(name.startswith(ODD_NAME) for name in names_of_nodes(scene))


def test_what_was_not_measured_again_leaves_the_scene(scene, evaluation, added):
    summary = added.summary.GetID()
    bare = replace(evaluation, evidence=Evidence(Tolerance(1.0), ""), places=None, jacobian_map=None)
    assert ids_of(add_evaluation(bare, scene)) == [summary]
    assert sum(name.startswith(ODD_NAME) for name in names_of_nodes(scene)) == 2  # with the transform
    for class_name in ("vtkMRMLPlotSeriesNode", "vtkMRMLModelNode", "vtkMRMLPlotChartNode"):
        assert scene.GetNumberOfNodesByClass(class_name) == 0


def test_two_transforms_have_nodes_of_their_own(scene, evaluation, added):
    other = request_in(scene, bent(seed=7), "other")
    second = add_evaluation(evaluate(other), scene)
    assert not set(ids_of(added)) & set(ids_of(second))
    remove_evaluation(other.transform)
    assert all(scene.GetNodeByID(identifier) is not None for identifier in ids_of(added))


def test_removing_an_evaluation_leaves_the_scene_as_it_was(scene, evaluation):
    before = names_of_nodes(scene)
    add_evaluation(evaluation, scene)
    remove_evaluation(evaluation.request.transform)
    assert names_of_nodes(scene) == before


def test_a_linear_transform_has_no_histogram(scene):
    nodes = add_evaluation(evaluate(request_in(scene, linear_transform(shift(1, 2, 3)))), scene)
    assert nodes.histogram is None
    assert nodes.histogram_table is None


def test_volumes_as_they_lie_are_evaluated_under_their_own_names(scene, request_of_all):
    request = replace(request_of_all, transform=None)
    nodes = add_evaluation(evaluate(request), scene)
    assert nodes.summary.GetName() == "moving on fixed evaluation"
    remove_evaluation(request.moving)
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 0


def test_an_evaluation_of_a_transform_that_left_the_scene_changes_nothing(scene, evaluation):
    scene.RemoveNode(evaluation.request.transform)
    before = names_of_nodes(scene)
    with pytest.raises(InputError, match="removed from the scene"):
        add_evaluation(evaluation, scene)
    assert names_of_nodes(scene) == before


def test_statistics_are_computed_in_the_background_before_the_scene_changes(scene, evaluation, monkeypatch):
    threads, was_looked_at = [], threading.Event()

    def watched(evidence):
        threads.append(threading.current_thread())
        was_looked_at.wait(10)
        return evidence_tables(evidence)

    monkeypatch.setattr(scene_nodes, "evidence_tables", watched)
    before = names_of_nodes(scene)
    steps = add_evaluation_steps(evaluation, scene)
    next(steps)
    assert names_of_nodes(scene) == before
    was_looked_at.set()
    assert run_to_end(steps).summary is not None
    assert threads != [threading.main_thread()]


def test_arrows_that_could_not_be_placed_are_named(scene, evaluation):
    flat = linear_transform(np.diag([1.0, 1.0, 0.0, 1.0]))
    nodes = add_evaluation(replace(evaluation, transform=flat), scene)
    (warning,) = nodes.warnings
    assert "cannot be inverted" in warning
    assert ", b," in warning


def test_arrows_that_could_be_placed_need_no_word(added):
    assert added.warnings == ()


def test_all_nodes_lie_in_one_folder_named_after_the_transform(hierarchy, evaluation, scene):
    nodes = add_evaluation(evaluation, scene)
    folders = {folder_of(hierarchy, node) for node in nodes.nodes}
    series = [one for node in nodes.nodes if node.IsA("vtkMRMLPlotChartNode") for one in series_nodes(node)]
    assert folders == {folder_of(hierarchy, one) for one in series}
    assert [hierarchy.GetItemName(folder) for folder in folders] == [f"{ODD_NAME} evaluation"]


def test_evaluating_again_uses_the_folder_again(hierarchy, evaluation, scene):
    first = folder_of(hierarchy, add_evaluation(evaluation, scene).summary)
    children = children_of(hierarchy, first)
    evaluation.request.transform.SetName("other")
    assert folder_of(hierarchy, add_evaluation(evaluation, scene).summary) == first
    assert hierarchy.GetItemName(first) == "other evaluation"
    assert children_of(hierarchy, first) == children


def test_a_folder_of_the_user_is_used_and_keeps_its_name(hierarchy, evaluation, scene):
    own = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "Patient 1")
    summary = add_evaluation(evaluation, scene).summary
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(summary), own)
    again = add_evaluation(evaluation, scene)
    assert {folder_of(hierarchy, node) for node in again.nodes} == {own}
    assert hierarchy.GetItemName(own) == "Patient 1"
    remove_evaluation(evaluation.request.transform)
    assert hierarchy.GetItemName(own) == "Patient 1"


def test_removing_an_evaluation_removes_its_folder(hierarchy, evaluation, scene):
    before = hierarchy.GetNumberOfItems()
    add_evaluation(evaluation, scene)
    remove_evaluation(evaluation.request.transform)
    assert hierarchy.GetNumberOfItems() == before


def test_a_scene_without_hierarchy_gets_none(added, scene):
    assert scene.GetNumberOfNodesByClass("vtkMRMLSubjectHierarchyNode") == 0


@pytest.mark.parametrize("with_hierarchy", [False, True])
def test_a_saved_evaluation_comes_back_and_is_updated_there(with_hierarchy, scene, evaluation, tmp_path):
    if with_hierarchy:
        slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    added = add_evaluation(evaluation, scene)
    read = saved_and_read(scene, tmp_path)
    transform = read.GetFirstNodeByName(ODD_NAME)
    for node in added.nodes:
        back = read.GetNodeByID(node.GetID())
        assert back.GetName() == node.GetName()
        assert back.GetNodeReference(EVALUATED_ROLE) is transform
    table = read.GetNodeByID(added.check.table.GetID())
    assert column(table, "label") == column(added.check.table, "label")
    np.testing.assert_allclose(column(table, "after_mm"), column(added.check.table, "after_mm"), rtol=1e-5)
    texts = column(read.GetNodeByID(added.summary.GetID()), "words")
    assert texts == column(added.summary, "words")
    assert column(read.GetNodeByID(added.structures.GetID()), "fixed")[0] == "liver ”L” <&>"
    names = names_of_nodes(read)
    request = replace(evaluation.request, transform=transform)
    again = add_evaluation(replace(evaluation, request=request), read)
    assert sorted(ids_of(again)) == sorted(ids_of(added))
    assert names_of_nodes(read) == names
    remove_evaluation(transform)
    assert not any(name.startswith(f"{ODD_NAME} ") for name in names_of_nodes(read))


def test_a_scene_with_an_evaluation_can_be_packed_into_one_file(scene, added, tmp_path):
    assert scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    assert (tmp_path / "scene.mrb").stat().st_size > 10_000


def test_a_landmark_list_without_driving_pairs_has_no_nodes_for_them(scene, evaluation):
    pairs = tuple(replace(pair, role="check") for pair in evaluation.evidence.landmarks.pairs)
    nodes = add_evaluation(evaluation.with_evidence(landmarks=LandmarkReport(pairs)), scene)
    assert nodes.drive is None
    assert len(column(nodes.check.table, "label")) == 6
