"""A result is applied to nodes with and without a parent of their own, and taken back without a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.elastix.transform_file import BSplineStep, TransformChain
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.applied_transform import ORIGINAL_PARENT_ROLE, apply_transform, withdraw_transform
from ElastixPlusLib.mrml.frames import transform_to_world, transformed_points
from ElastixPlusLib.mrml.transforms import (
    add_transform_node,
    composed,
    grid_transform,
    linear_transform,
    set_transform_from_parent,
    simple_parts,
    vtk_transform_from_chain,
)
from phantoms import add_anatomy, add_linear_transform, add_points, grid_matrix, rotation_about, shift

WITHIN_MM = 1e-3  # the inverse of a deformation is iterated to that


def points(count: int = 60) -> np.ndarray:
    return np.random.default_rng(3).uniform(-30, 30, (count, 3))


def spline() -> vtk.vtkAbstractTransform:
    coefficients = np.random.default_rng(2).normal(0.0, 2.0, (12, 12, 12, 3))
    step = BSplineStep(coefficients, np.full(3, -110.0), np.full(3, 20.0), np.eye(3), 3, "BSplineTransform")
    return vtk_transform_from_chain(TransformChain((step,)))


def field() -> vtk.vtkAbstractTransform:
    grid = Grid((9, 9, 9), grid_matrix((9, 9, 9), (20, 20, 20), rotation_about((0, 0, 1), 10.0)))
    return grid_transform(np.random.default_rng(4).normal(0.0, 1.5, (9, 9, 9, 3)), grid)


def thin_plate() -> vtk.vtkAbstractTransform:
    random = np.random.default_rng(4)
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for point in random.uniform(-50, 50, (8, 3)):
        source.InsertNextPoint(point)
        target.InsertNextPoint(point + random.uniform(-4, 4, 3))
    transform = vtk.vtkThinPlateSplineTransform()
    transform.SetBasisToR()
    transform.SetSourceLandmarks(source)
    transform.SetTargetLandmarks(target)
    return transform


def spline_then_turn() -> vtk.vtkAbstractTransform:
    return composed([spline(), linear_transform(rotation_about((0, 1, 0), 8.0)), field()])


def add_result(scene: slicer.vtkMRMLScene) -> Any:
    chain = composed([linear_transform(shift(4, 5, -6) @ rotation_about((1, 1, 0), 10.0)), spline()])
    return add_transform_node(scene, chain, "result")


def add_linear_parent(scene: slicer.vtkMRMLScene) -> Any:
    return add_linear_transform(scene, shift(10, -20, 5) @ rotation_about((1, 2, 3), 30.0))


def add_two_linear_parents(scene: slicer.vtkMRMLScene) -> Any:
    parent, above = add_linear_parent(scene), add_linear_transform(scene, np.diag([1.1, 0.9, 1.2, 1.0]))
    parent.SetAndObserveTransformNodeID(above.GetID())
    return parent


def add_deforming_parent(make: Callable[[], vtk.vtkAbstractTransform], *, to_parent: bool) -> Callable[[Any], Any]:
    def add(scene: slicer.vtkMRMLScene) -> Any:
        parent = scene.AddNewNodeByClass("vtkMRMLTransformNode", "parent")
        if to_parent:
            parent.SetAndObserveTransformToParent(make())
        else:
            set_transform_from_parent(parent, make())
        return parent

    return add


def add_linear_parent_under_a_spline(scene: slicer.vtkMRMLScene) -> Any:
    parent = add_linear_parent(scene)
    parent.SetAndObserveTransformNodeID(add_transform_node(scene, spline(), "spline").GetID())
    return parent


def add_empty_parent_under_a_spline(scene: slicer.vtkMRMLScene) -> Any:
    parent = scene.AddNewNodeByClass("vtkMRMLTransformNode", "parent")
    parent.SetAndObserveTransformNodeID(add_transform_node(scene, spline(), "spline").GetID())
    return parent


PARENTS: dict[str, Callable[[Any], Any]] = {
    "linear": add_linear_parent,
    "two linear": add_two_linear_parents,
    "linear under a spline": add_linear_parent_under_a_spline,
    "empty under a spline": add_empty_parent_under_a_spline,
    **{
        f"{make.__name__} {'to' if to_parent else 'from'} parent": add_deforming_parent(make, to_parent=to_parent)
        for make in (spline, field, thin_plate, spline_then_turn)
        for to_parent in (True, False)
    },
}


def world_positions(node: Any) -> np.ndarray:
    return transformed_points(transform_to_world(node), points())


def expected_positions(before: np.ndarray, result: Any) -> np.ndarray:
    """The other side of the result takes what lies in the moving world into the fixed world."""
    return transformed_points(result.GetTransformToParent(), before)


def transform_names(scene: slicer.vtkMRMLScene) -> list[str]:
    nodes = scene.GetNodesByClass("vtkMRMLTransformNode")
    nodes.UnRegister(None)
    return sorted(nodes.GetItemAsObject(index).GetName() for index in range(nodes.GetNumberOfItems()))


def spoil(transform: vtk.vtkAbstractTransform) -> None:
    """Overwrite the vectors of all grids in a transform, in place."""
    for part in simple_parts(transform):
        part.Update()
        if isinstance(part, slicer.vtkOrientedGridTransform):
            part.GetDisplacementGrid().GetPointData().GetScalars().Fill(7.0)
        elif isinstance(part, slicer.vtkOrientedBSplineTransform):
            part.GetCoefficientData().GetPointData().GetScalars().Fill(7.0)


def put_under(node: Any, parent: Any) -> Any:
    node.SetAndObserveTransformNodeID(parent.GetID())
    return node


def test_a_node_without_parent_goes_under_the_result_and_comes_out_again(scene):
    volume, result = add_anatomy(scene, name="CT"), add_result(scene)
    before = world_positions(volume)
    apply_transform(volume, result)
    assert volume.GetParentTransformNode() is result
    np.testing.assert_allclose(world_positions(volume), expected_positions(before, result), atol=WITHIN_MM)
    assert np.linalg.norm(world_positions(volume) - before, axis=1).min() > 0.5
    assert transform_names(scene) == ["result"]
    withdraw_transform(volume, result)
    assert volume.GetParentTransformNode() is None


@pytest.mark.parametrize("kind", PARENTS)
def test_the_result_acts_on_where_the_nodes_own_parent_puts_it(kind, scene):
    volume, fixed, parent = add_anatomy(scene, name="CT"), add_anatomy(scene, name="MR"), PARENTS[kind](scene)
    put_under(volume, parent)
    put_under(fixed, parent)
    result = add_result(scene)
    above, before, names = parent.GetParentTransformNode(), world_positions(volume), transform_names(scene)
    apply_transform(volume, result)
    np.testing.assert_allclose(world_positions(volume), expected_positions(before, result), atol=WITHIN_MM)
    np.testing.assert_allclose(world_positions(fixed), before, atol=1e-9)
    assert fixed.GetParentTransformNode() is parent
    assert parent.GetParentTransformNode() is above
    copy = volume.GetParentTransformNode()
    assert copy.GetName() == "parent of CT"
    assert copy.GetParentTransformNode() is result
    withdraw_transform(volume, result)
    assert volume.GetParentTransformNode() is parent
    assert transform_names(scene) == names
    np.testing.assert_allclose(world_positions(volume), before, atol=1e-9)


@pytest.mark.parametrize("kind", PARENTS)
def test_below_the_result_is_what_the_parents_did_before(kind, scene):
    """So inputs that ignore the result and all above it find the node where it was."""
    volume = put_under(add_anatomy(scene), PARENTS[kind](scene))
    before = world_positions(volume)
    apply_transform(volume, add_result(scene))
    copy = volume.GetParentTransformNode()
    np.testing.assert_allclose(transformed_points(copy.GetTransformToParent(), points()), before, atol=WITHIN_MM)


@pytest.mark.parametrize("kind", ["linear", "two linear"])
def test_a_linear_parent_is_copied_into_a_linear_node_exactly(kind, scene):
    volume = put_under(add_anatomy(scene), PARENTS[kind](scene))
    before = world_positions(volume)
    apply_transform(volume, add_result(scene))
    copy = volume.GetParentTransformNode()
    assert copy.GetClassName() == "vtkMRMLLinearTransformNode"
    np.testing.assert_allclose(transformed_points(copy.GetTransformToParent(), points()), before, atol=1e-10)


@pytest.mark.parametrize("kind", PARENTS)
def test_the_copy_shares_nothing_with_the_parent(kind, scene):
    parent = PARENTS[kind](scene)
    volume, result = put_under(add_anatomy(scene), parent), add_result(scene)
    apply_transform(volume, result)
    shown = world_positions(volume)
    for node in filter(None, (parent, parent.GetParentTransformNode())):
        if node.GetTransformToParent() is not None:
            spoil(node.GetTransformToParent())
            spoil(node.GetTransformFromParent())
        node.SetAndObserveTransformToParent(linear_transform(shift(50, 50, 50)))
    np.testing.assert_allclose(world_positions(volume), shown, atol=1e-9)


def test_applied_twice_or_after_the_result_has_changed_there_is_no_second_copy(scene):
    volume, result = put_under(add_anatomy(scene), add_linear_parent(scene)), add_result(scene)
    before = world_positions(volume)
    apply_transform(volume, result)
    copy, names = volume.GetParentTransformNode(), transform_names(scene)
    apply_transform(volume, result)
    set_transform_from_parent(result, linear_transform(shift(1, 2, 3)))
    apply_transform(volume, result)
    assert volume.GetParentTransformNode() is copy
    assert transform_names(scene) == names
    np.testing.assert_allclose(world_positions(volume), before - [1, 2, 3], atol=1e-9)


def test_a_node_that_was_put_further_below_the_result_stays_there(scene):
    result = add_result(scene)
    between = put_under(add_linear_parent(scene), result)
    volume = put_under(add_anatomy(scene), between)
    apply_transform(volume, result)
    assert volume.GetParentTransformNode() is between
    withdraw_transform(volume, result)
    assert volume.GetParentTransformNode() is between
    assert between.GetParentTransformNode() is result


def test_volume_and_landmarks_under_one_parent_stay_together(scene):
    parent, result = add_deforming_parent(spline, to_parent=True)(scene), add_result(scene)
    volume = put_under(add_anatomy(scene, name="CT"), parent)
    landmarks = put_under(add_points(scene, points(5), name="CT landmarks"), parent)
    mask = put_under(scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "CT mask"), parent)
    before = world_positions(volume)
    for node in (volume, landmarks, mask):
        apply_transform(node, result)
        np.testing.assert_allclose(world_positions(node), expected_positions(before, result), atol=WITHIN_MM)
    shown = np.zeros(3)
    landmarks.GetNthControlPointPositionWorld(2, shown)
    np.testing.assert_allclose(shown, expected_positions(before, result)[2], atol=WITHIN_MM)
    names = ["parent of CT", "parent of CT landmarks", "parent of CT mask"]
    assert transform_names(scene) == sorted([*names, "parent", "result"])
    for node in (volume, landmarks, mask):
        withdraw_transform(node, result)
        assert node.GetParentTransformNode() is parent
    assert transform_names(scene) == ["parent", "result"]


def test_a_copy_that_another_node_uses_is_not_removed(scene):
    parent, result = add_linear_parent(scene), add_result(scene)
    volume = put_under(add_anatomy(scene), parent)
    apply_transform(volume, result)
    copy = volume.GetParentTransformNode()
    other = put_under(add_points(scene, points(3)), copy)
    shown = world_positions(other)
    withdraw_transform(volume, result)
    assert volume.GetParentTransformNode() is parent
    assert other.GetParentTransformNode() is copy
    np.testing.assert_allclose(world_positions(other), shown, atol=1e-9)
    withdraw_transform(other, result)
    assert other.GetParentTransformNode() is parent
    assert transform_names(scene) == ["parent", "result"]


@pytest.mark.parametrize("add_parent", [None, add_linear_parent], ids=["without parent", "with parent"])
def test_a_second_result_acts_on_what_the_first_one_shows(add_parent, scene):
    volume, first = add_anatomy(scene), add_result(scene)
    if add_parent:
        put_under(volume, add_parent(scene))
    apply_transform(volume, first)
    shown, under_first = world_positions(volume), volume.GetParentTransformNode()
    second = add_transform_node(scene, linear_transform(shift(3, 0, 0)), "second")
    apply_transform(volume, second)
    np.testing.assert_allclose(world_positions(volume), shown - [3, 0, 0], atol=WITHIN_MM)
    withdraw_transform(volume, second)
    assert volume.GetParentTransformNode() is under_first
    np.testing.assert_allclose(world_positions(volume), shown, atol=1e-9)


def test_withdrawing_another_result_or_from_a_node_that_has_none_changes_nothing(scene):
    parent, result, other = add_linear_parent(scene), add_result(scene), add_result(scene)
    volume, free = put_under(add_anatomy(scene), parent), add_anatomy(scene)
    withdraw_transform(volume, result)
    withdraw_transform(free, result)
    assert volume.GetParentTransformNode() is parent
    apply_transform(volume, result)
    copy = volume.GetParentTransformNode()
    withdraw_transform(volume, other)
    assert volume.GetParentTransformNode() is copy
    assert copy.GetParentTransformNode() is result
    assert free.GetParentTransformNode() is None


def test_where_the_parent_was_deleted_the_copy_takes_its_place(scene):
    parent, result = add_linear_parent(scene), add_result(scene)
    volume = put_under(add_anatomy(scene, name="CT"), parent)
    before = world_positions(volume)
    apply_transform(volume, result)
    scene.RemoveNode(parent)
    withdraw_transform(volume, result)
    np.testing.assert_allclose(world_positions(volume), before, atol=1e-9)
    assert transform_names(scene) == ["parent of CT", "result"]


def test_a_result_that_is_itself_under_a_transform_is_refused(scene):
    volume, result = add_anatomy(scene), add_result(scene)
    put_under(result, add_linear_parent(scene))
    with pytest.raises(InputError, match="result is itself under the transform parent") as caught:
        apply_transform(volume, result)
    assert "Take it out" in caught.value.remedy
    assert volume.GetParentTransformNode() is None


def test_a_parent_that_flattens_space_is_refused_before_anything_is_added(scene):
    flat = linear_transform(np.diag([1.0, 1.0, 0.0, 1.0]))
    parent = add_deforming_parent(lambda: composed([spline(), flat]), to_parent=True)(scene)
    volume, result = put_under(add_anatomy(scene), parent), add_result(scene)
    with pytest.raises(InputError, match="parent flattens space"):
        apply_transform(volume, result)
    assert volume.GetParentTransformNode() is parent
    assert transform_names(scene) == ["parent", "result"]


def saved_and_read(scene: slicer.vtkMRMLScene, folder: Path, *, beside_others: bool) -> slicer.vtkMRMLScene:
    """Another scene read from files; beside other nodes all ids change."""
    for index in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(index)
        if isinstance(node, slicer.vtkMRMLStorableNode) and node.GetClassName() != "vtkMRMLLinearTransformNode":
            assert node.AddDefaultStorageNode() or node.GetStorageNode()
            storage = node.GetStorageNode()
            ending = "h5" if isinstance(node, slicer.vtkMRMLTransformNode) else "nrrd"
            storage.SetFileName(str(folder / f"{node.GetID()}.{ending}"))
            assert storage.WriteData(node)
    path = str(folder / "scene.mrml")
    scene.SetURL(path)
    scene.SetRootDirectory(str(folder))
    assert scene.Commit(path)
    read = slicer.vtkMRMLScene()
    if beside_others:
        for _ in range(4):
            add_linear_parent(read)
            add_anatomy(read)
            read.AddNewNodeByClass("vtkMRMLTransformNode", "other")
    read.SetURL(path)
    assert read.Import() if beside_others else read.Connect()
    return read


@pytest.mark.parametrize("beside_others", [False, True], ids=["loaded alone", "beside other nodes"])
@pytest.mark.parametrize("kind", ["linear", "spline to parent", "spline_then_turn from parent"])
def test_after_saving_and_loading_the_scene_it_is_still_known_what_was_applied(kind, beside_others, scene, tmp_path):
    parent = PARENTS[kind](scene)
    parent.SetName("pose")
    volume, result = put_under(add_anatomy(scene, name="CT"), parent), add_result(scene)
    before = world_positions(volume)
    apply_transform(volume, result)
    shown = world_positions(volume)
    read = saved_and_read(scene, tmp_path, beside_others=beside_others)
    volume, result = read.GetFirstNodeByName("CT"), read.GetFirstNodeByName("result")
    names = transform_names(read)
    # A file holds a displacement grid in cubic interpolation.
    atol = 1.0 if "turn" in kind else WITHIN_MM
    np.testing.assert_allclose(world_positions(volume), shown, atol=atol)
    apply_transform(volume, result)
    assert transform_names(read) == names
    copy = volume.GetParentTransformNode()
    assert copy.GetNodeReference(ORIGINAL_PARENT_ROLE) is read.GetFirstNodeByName("pose")
    withdraw_transform(volume, result)
    assert volume.GetParentTransformNode() is read.GetFirstNodeByName("pose")
    names.remove("pose of CT")
    assert transform_names(read) == names
    np.testing.assert_allclose(world_positions(volume), before, atol=atol)
    read.Clear(True)
