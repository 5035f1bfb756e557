"""Elastix's steps become VTK transforms and nodes that map the same and stay the same in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.elastix.transform_file import (
    BSplineStep,
    FieldStep,
    LinearStep,
    TransformChain,
    TransformStep,
    UnsupportedStep,
)
from ElastixPlusLib.errors import TransformImportError
from ElastixPlusLib.mrml.files import read_transform, write_transform
from ElastixPlusLib.mrml.frames import flip_points, transformed_points
from ElastixPlusLib.mrml.transforms import (
    add_transform_node,
    composed,
    linear_transform,
    node_can_hold,
    node_class_for,
    set_references,
    set_transform_from_parent,
    vtk_transform_from_chain,
)
from phantoms import add_anatomy, mapped, rotation_about, shift

DIRECTION = rotation_about((1, 2, 3), 20.0)[:3, :3]
ORIGIN_LPS = np.array([-75.0, -60.0, -55.0])
SPACING_MM = np.array([15.0, 14.0, 13.0])
FLIP = np.array([-1.0, -1.0, 1.0])
# VTK rounds the place within a cell of a grid transform to 1/65536 of it; the steps between nodes are 12 mm here.
WITHIN_MM = {"spline of order 1": 2e-4, "linear, linear, spline, spline of order 1, linear": 2e-4}


def linear_step(seed: int = 1) -> LinearStep:
    random = np.random.default_rng(seed)
    matrix = shift(*random.uniform(-8, 8, 3)) @ rotation_about(random.normal(size=3), 12.0)
    return LinearStep(matrix, "AffineTransform")


def spline_step(order: int = 3, seed: int = 2) -> BSplineStep:
    coefficients = np.random.default_rng(seed).normal(0.0, 3.0, (10, 11, 12, 3))
    return BSplineStep(coefficients, ORIGIN_LPS, SPACING_MM, DIRECTION, order, "BSplineTransform")


CHAINS: dict[str, list[TransformStep]] = {
    "linear": [linear_step()],
    "two linear": [linear_step(1), linear_step(2)],
    "spline": [spline_step()],
    "spline of order 1": [spline_step(1)],
    "linear, spline": [linear_step(), spline_step()],
    "spline, linear": [spline_step(), linear_step()],
    "spline, spline": [spline_step(seed=2), spline_step(seed=3)],
    "linear, linear, spline, spline of order 1, linear": [
        linear_step(1),
        linear_step(2),
        spline_step(seed=2),
        spline_step(1, seed=3),
        linear_step(3),
    ],
}


def points_ras(count: int = 400) -> np.ndarray:
    return np.random.default_rng(3).uniform(-15, 15, (count, 3))


def weights(order: int, fraction: np.ndarray) -> np.ndarray:
    """B-spline weights of the order + 1 control points around a place."""
    t = fraction
    if order == 1:
        return np.stack([1 - t, t])
    return np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]) / 6


def moved_by_spline(step: BSplineStep, points_lps: np.ndarray) -> np.ndarray:
    """The definition of a B-spline transform, written down once more, in LPS."""
    index = (points_lps - step.origin_lps) @ np.linalg.inv(step.direction_lps).T / step.spacing_mm
    cell, first = np.floor(index).astype(int), -1 if step.order == 3 else 0
    parts = weights(step.order, index - cell)
    result = points_lps.copy()
    for k in range(step.order + 1):
        for j in range(step.order + 1):
            for i in range(step.order + 1):
                weight = parts[i][:, 0] * parts[j][:, 1] * parts[k][:, 2]
                at = cell + first + [i, j, k]
                result += weight[:, None] * step.coefficients_lps[at[:, 2], at[:, 1], at[:, 0]]
    return result


def expected_ras(chain: list[TransformStep], points: np.ndarray) -> np.ndarray:
    moved = points * FLIP
    for step in chain:
        if isinstance(step, LinearStep):
            moved = moved @ step.matrix_lps[:3, :3].T + step.matrix_lps[:3, 3]
        else:
            assert isinstance(step, BSplineStep)
            moved = moved_by_spline(step, moved)
    return moved * FLIP


def assert_maps_as(node: slicer.vtkMRMLTransformNode, name: str) -> None:
    expected = expected_ras(CHAINS[name], points_ras())
    np.testing.assert_allclose(mapped(node, points_ras()), expected, atol=WITHIN_MM.get(name, 1e-6))


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_maps_as_its_definition_says(name):
    transform = vtk_transform_from_chain(TransformChain(tuple(CHAINS[name])))
    expected = expected_ras(CHAINS[name], points_ras())
    assert np.linalg.norm(expected - points_ras(), axis=1).max() > 1.0
    np.testing.assert_allclose(transformed_points(transform, points_ras()), expected, atol=WITHIN_MM.get(name, 1e-6))


@pytest.mark.parametrize(
    ("name", "node_class"),
    [
        ("linear", "vtkMRMLLinearTransformNode"),
        ("two linear", "vtkMRMLLinearTransformNode"),
        ("spline", "vtkMRMLBSplineTransformNode"),
        ("spline of order 1", "vtkMRMLGridTransformNode"),
        ("linear, spline", "vtkMRMLTransformNode"),
        ("spline, spline", "vtkMRMLTransformNode"),
    ],
)
def test_the_node_has_the_class_that_slicer_shows_best(name, node_class, scene):
    node = add_transform_node(scene, vtk_transform_from_chain(TransformChain(tuple(CHAINS[name]))), "result")
    assert node.GetClassName() == node_class
    assert node.GetName() == "result"
    assert_maps_as(node, name)


def test_an_empty_chain_is_identity():
    transform = vtk_transform_from_chain(TransformChain(()))
    assert isinstance(transform, vtk.vtkTransform)
    np.testing.assert_array_equal(transformed_points(transform, points_ras()), points_ras())


def test_beyond_its_control_points_a_spline_fades_to_nothing(scene, tmp_path):
    """Coefficients that are not there count as 0, in the node and in its file."""
    step = spline_step()
    padded = np.pad(step.coefficients_lps, ((4, 4), (4, 4), (4, 4), (0, 0)))
    origin = step.origin_lps - step.direction_lps @ (4 * step.spacing_mm)
    wide = BSplineStep(padded, origin, step.spacing_mm, step.direction_lps, 3, step.kind)
    index = np.random.default_rng(4).uniform(-1.9, [12.9, 11.9, 10.9], (500, 3))
    points = flip_points(step.origin_lps + index * step.spacing_mm @ step.direction_lps.T)
    expected = expected_ras([wide], points)
    node = add_transform_node(scene, vtk_transform_from_chain(TransformChain((step,))), "result")
    np.testing.assert_allclose(mapped(node, points), expected, atol=1e-6)
    write_transform(node, tmp_path / "result.h5")
    np.testing.assert_allclose(mapped(read_transform(scene, tmp_path / "result.h5"), points), expected, atol=1e-6)


@pytest.mark.parametrize("ending", [".h5", ".tfm"])
@pytest.mark.parametrize("name", CHAINS)
def test_a_file_maps_as_the_node_it_was_written_from(name, ending, scene, tmp_path):
    node = add_transform_node(scene, vtk_transform_from_chain(TransformChain(tuple(CHAINS[name]))), "result")
    path = tmp_path / f"Größe and space{ending}"
    write_transform(node, path)
    np.testing.assert_allclose(mapped(read_transform(scene, path), points_ras()), mapped(node, points_ras()), atol=1e-6)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["spline", "spline of order 1", "linear, spline"])
def test_the_moving_volume_is_taken_back_by_the_other_side_of_the_node(kind, scene):
    node = add_transform_node(scene, vtk_transform_from_chain(TransformChain(tuple(CHAINS[kind]))), "result")
    there = mapped(node, points_ras(50))
    back = transformed_points(node.GetTransformToParent(), there)
    np.testing.assert_allclose(back, points_ras(50), atol=0.02)


@pytest.mark.parametrize("ending", [".h5", ".tfm"])
@pytest.mark.parametrize("kind", ["spline", "spline of order 1"])
def test_an_inverted_part_stays_inverted_in_a_composite_and_in_its_file(kind, ending, scene, tmp_path):
    holder = scene.AddNewNodeByClass("vtkMRMLTransformNode", "holder")
    holder.SetAndObserveTransformToParent(vtk_transform_from_chain(TransformChain(tuple(CHAINS[kind]))))
    inverted = holder.GetTransformFromParent()
    turn = linear_transform(rotation_about((0, 0, 1), 5.0))
    general = vtk.vtkGeneralTransform()
    general.Concatenate(inverted)
    for parts in ([inverted], [turn, inverted], [inverted, turn], [turn, general]):
        expected = points_ras(100)
        for part in parts:
            expected = transformed_points(part, expected)
        transform = composed(parts)
        np.testing.assert_allclose(transformed_points(transform, points_ras(100)), expected, atol=1e-9)
        node = add_transform_node(scene, transform, "result")
        write_transform(node, tmp_path / f"result{ending}")
        read = read_transform(scene, tmp_path / f"result{ending}")
        np.testing.assert_allclose(mapped(read, points_ras(100)), expected, atol=1e-6)


def test_general_transforms_are_opened_whichever_way_they_were_built():
    first, second = linear_transform(shift(1, 2, 3)), vtk_transform_from_chain(TransformChain((spline_step(),)))
    for build in ("PreMultiply", "PostMultiply"):
        inner = vtk.vtkGeneralTransform()
        getattr(inner, build)()
        inner.Concatenate(first)
        inner.Concatenate(second)
        for transform in (inner, inner.GetInverse()):
            outer = vtk.vtkGeneralTransform()
            outer.SetInput(transform)
            outer.Concatenate(first)
            opened = composed([outer])
            count = opened.GetNumberOfConcatenatedTransforms()
            assert not any(opened.GetConcatenatedTransform(n).IsA("vtkGeneralTransform") for n in range(count))
            expected = transformed_points(outer, points_ras(50))
            np.testing.assert_allclose(transformed_points(opened, points_ras(50)), expected, atol=1e-6)


def test_linear_neighbours_become_one_matrix_in_the_order_they_act():
    turn, move = rotation_about((0, 0, 1), 90.0), shift(10, 0, 0)
    transform = composed([linear_transform(turn), linear_transform(move)])
    assert isinstance(transform, vtk.vtkTransform)
    np.testing.assert_allclose(transformed_points(transform, np.array([[1.0, 0, 0]])), [[10.0, 1.0, 0.0]], atol=1e-12)


def test_a_field_that_elastix_started_from_is_replaced_by_the_transform_it_was_sampled_from():
    initial = vtk_transform_from_chain(TransformChain((spline_step(seed=5),)))
    chain = TransformChain((FieldStep(Path("initial_field.mha")), linear_step()))
    transform = vtk_transform_from_chain(chain, initial)
    expected = expected_ras([spline_step(seed=5), linear_step()], points_ras())
    np.testing.assert_allclose(transformed_points(transform, points_ras()), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (FieldStep(Path("field.mha")), "a displacement field"),
        (UnsupportedStep("SplineKernelTransform", "a transform of the kind SplineKernelTransform"), "SplineKernel"),
    ],
)
def test_what_has_no_counterpart_is_refused_and_never_left_out(step, reason):
    with pytest.raises(TransformImportError, match=reason):
        vtk_transform_from_chain(TransformChain((linear_step(), step)))


TRANSFORM_OF: dict[str, Callable[[], vtk.vtkAbstractTransform]] = {
    name: lambda name=name: vtk_transform_from_chain(TransformChain(tuple(CHAINS[name])))  # type: ignore[misc]
    for name in ("linear", "spline", "spline of order 1", "linear, spline")
}
CLASS_OF = {
    "linear": "vtkMRMLLinearTransformNode",
    "spline": "vtkMRMLBSplineTransformNode",
    "spline of order 1": "vtkMRMLGridTransformNode",
    "linear, spline": "vtkMRMLTransformNode",
}


@pytest.mark.parametrize("node_of", CLASS_OF)
@pytest.mark.parametrize("name", TRANSFORM_OF)
def test_a_node_holds_its_own_kind_and_a_general_one_holds_all(name, node_of, scene):
    node, transform = scene.AddNewNodeByClass(CLASS_OF[node_of], "node"), TRANSFORM_OF[name]()
    assert node_class_for(transform) == CLASS_OF[name]
    assert node_can_hold(node, transform) == (node_of in (name, "linear, spline"))


@pytest.mark.parametrize("after", TRANSFORM_OF)
@pytest.mark.parametrize("before", [None, *TRANSFORM_OF])
def test_a_general_node_maps_as_its_newest_content_whatever_it_held_before(before, after, scene):
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "node")
    if before is not None:
        node.SetAndObserveTransformToParent(TRANSFORM_OF[before]())
    set_transform_from_parent(node, TRANSFORM_OF[after]())
    assert_maps_as(node, after)


@pytest.mark.parametrize("name", CLASS_OF)
def test_a_node_that_is_used_again_maps_as_its_newest_content(name, scene):
    node = add_transform_node(scene, TRANSFORM_OF[name](), "node")
    parts = [TRANSFORM_OF[name]()]
    set_transform_from_parent(node, composed(parts))
    assert_maps_as(node, name)


def test_the_node_knows_between_which_volumes_it_maps(scene):
    fixed, moving = add_anatomy(scene, name="fixed"), add_anatomy(scene, name="moving")
    node = add_transform_node(scene, linear_transform(np.eye(4)), "result")
    set_references(node, fixed, moving)
    assert node.GetNodeReference(slicer.vtkMRMLTransformNode.GetFixedNodeReferenceRole()) is fixed
    assert node.GetNodeReference(slicer.vtkMRMLTransformNode.GetMovingNodeReferenceRole()) is moving
