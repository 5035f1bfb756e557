"""Structures of real nodes are compared where they lie in the world, as loaded and through the transform."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.accuracy.structure_overlap import StructureAgreement, overlap
from ElastixPlusLib.errors import InputError, MaskError
from ElastixPlusLib.evaluation import structure_masks
from ElastixPlusLib.evaluation.structure_masks import drawn_structure_steps, lattice_steps, structure_mask_steps
from ElastixPlusLib.evaluation.structure_names import Structure
from ElastixPlusLib.evaluation.structures import empty_structure_warnings, structure_steps
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.resampling import resampling_steps
from ElastixPlusLib.mrml.transforms import grid_transform
from ElastixPlusLib.mrml.volumes import voxel_array
from ElastixPlusLib.steps import run_to_end
from phantoms import add_linear_transform, add_points, add_volume, grid_matrix, rotation_about, shift, vtk_matrix
from rasterised import ball as ball_surface
from rasterised import centers_ras

DIMENSIONS = (34, 30, 26)
SPACING_MM = (1.5, 2.0, 2.5)
GRID = Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM))
OBLIQUE = Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM, rotation_about((1, 2, 3), 20.0), (5, 3, -2)))
CENTER, RADIUS_MM = (-2.0, 3.0, 1.0), 14.0


def ball(center_ras=CENTER, radius_mm=RADIUS_MM, grid: Grid = GRID) -> np.ndarray:
    """0 and 1, by the formula, on a grid."""
    return (np.linalg.norm(centers_ras(grid) - center_ras, axis=-1) <= radius_mm).astype(np.uint8)


def add_segmentation(scene: slicer.vtkMRMLScene, grid: Grid = GRID, **segments: Any) -> Any:
    """Add a segmentation of voxels on a grid, or of surfaces."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    if any(isinstance(drawn, vtk.vtkPolyData) for drawn in segments.values()):
        node.GetSegmentation().SetSourceRepresentationName("Closed surface")
    for name, drawn in segments.items():
        segment = slicer.vtkSegment()
        segment.SetName(name)
        if isinstance(drawn, vtk.vtkPolyData):
            segment.AddRepresentation("Closed surface", drawn)
        else:
            image = slicer.vtkOrientedImageData()
            image.SetDimensions(*grid.dimensions)
            image.GetPointData().SetScalars(numpy_to_vtk(drawn.ravel(), deep=True))
            image.SetImageToWorldMatrix(vtk_matrix(grid.ijk_to_world))
            segment.SetLabelValue(1)
            segment.AddRepresentation("Binary labelmap", image)
        assert node.GetSegmentation().AddSegment(segment, f"id of {name}")
    return node


def add_labelmap(scene: slicer.vtkMRMLScene, voxels: np.ndarray, names: dict[int, str] | None = None) -> Any:
    node = add_volume(scene, voxels, GRID.ijk_to_world, "labels", "vtkMRMLLabelMapVolumeNode")
    if names is not None:
        colors = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "colors")
        colors.SetTypeToUser()
        colors.SetNumberOfColors(max(names) + 1)
        for value, name in names.items():
            colors.SetColor(value, name, 1.0, 0.0, 0.0, 1.0)
        display = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeDisplayNode", "display")
        display.SetAndObserveColorNodeID(colors.GetID())
        node.SetAndObserveDisplayNodeID(display.GetID())
    return node


def compared(
    fixed: Any, moving: Any, pairs=(), to_moving: Any = None, fixed_grid=GRID, moving_grid=GRID, without=None
) -> tuple[StructureAgreement, ...]:
    return run_to_end(structure_steps(fixed, moving, pairs, fixed_grid, moving_grid, to_moving, without))


def names_of(agreements: tuple[StructureAgreement, ...]) -> list[tuple[str, str]]:
    return [(one.fixed_name, one.moving_name) for one in agreements]


def linear(matrix: np.ndarray) -> vtk.vtkTransform:
    transform = vtk.vtkTransform()
    transform.SetMatrix(vtk_matrix(matrix))
    return transform


def wave(to: Grid, amplitude_mm: float = 3.0) -> vtk.vtkOrientedGridTransform:
    """A smooth displacement, different at every place."""
    at = centers_ras(to)
    return grid_transform(amplitude_mm * np.sin(at[..., [1, 2, 0]] / 9.0), to)


# where structures lie


def test_a_ball_that_was_moved_by_voxels_has_its_figures_before_and_agrees_after(scene):
    moved_by = np.array([3 * 1.5, -2 * 2.0, 2.5])
    fixed, moving = ball(), ball(np.array(CENTER) + moved_by)
    nodes = add_segmentation(scene, liver=fixed), add_segmentation(scene, liver=moving)
    (found,) = compared(*nodes, to_moving=linear(shift(*moved_by)))
    assert (found.fixed_name, found.moving_name) == ("liver", "liver")
    assert found.before == overlap(fixed, moving, SPACING_MM)
    assert found.before.dice == pytest.approx(2 * (fixed & moving).sum() / (fixed.sum() + moving.sum()))
    assert found.after == overlap(fixed, fixed, SPACING_MM)
    assert found.after.dice == 1.0


def test_what_is_excluded_belongs_to_no_structure(scene):
    """A resection: one half of the ball is gone from both sides, before and after."""
    moved_by = np.array([3 * 1.5, -2 * 2.0, 2.5])
    fixed, moving = ball(), ball(np.array(CENTER) + moved_by)
    excluded = np.zeros_like(fixed)
    excluded[:, :, GRID.dimensions[0] // 2 :] = 1
    nodes = add_segmentation(scene, liver=fixed), add_segmentation(scene, liver=moving)
    to_moving = linear(shift(*moved_by))
    (found,) = run_to_end(structure_steps(*nodes, (), GRID, GRID, to_moving, None, excluded))
    kept_fixed, kept_moving = fixed * (1 - excluded), moving * (1 - excluded)
    assert 0 < kept_fixed.sum() < fixed.sum()
    assert found.before == overlap(kept_fixed, kept_moving, SPACING_MM)
    assert found.after == overlap(kept_fixed, kept_fixed, SPACING_MM)


def test_without_a_transform_nothing_changes(scene):
    nodes = add_segmentation(scene, liver=ball()), add_segmentation(scene, liver=ball((2, 3, 4)))
    (found,) = compared(*nodes)
    assert found.after == found.before
    assert found.before.dice < 0.9


def test_both_volumes_have_voxels_of_their_own(scene):
    moved_by = np.array([4.0, -3.0, 2.0])
    fixed = add_segmentation(scene, liver=ball())
    moving = add_segmentation(scene, OBLIQUE, liver=ball(np.array(CENTER) + moved_by, grid=OBLIQUE))
    (found,) = compared(fixed, moving, to_moving=linear(shift(*moved_by)), moving_grid=OBLIQUE)
    assert found.before.dice == pytest.approx(
        overlap(ball(), ball(np.array(CENTER) + moved_by), SPACING_MM).dice, abs=0.02
    )
    assert found.after.dice > 0.96
    assert found.after.mda_mm < 0.6
    assert found.after.volume_ratio == pytest.approx(1.0, abs=0.02)


def test_parent_transforms_move_the_structures(scene):
    turn = shift(4, -2, 6) @ rotation_about((0, 0, 1), 25.0)
    place = np.linalg.inv(turn) @ [*CENTER, 1.0]
    under = Grid(DIMENSIONS, np.linalg.inv(turn) @ GRID.ijk_to_world)
    parent = add_linear_transform(scene, turn).GetID()
    nodes = add_segmentation(scene, liver=ball()), add_segmentation(scene, under, liver=ball(place[:3], grid=under))
    nodes[1].SetAndObserveTransformNodeID(parent)
    (found,) = compared(*nodes)
    assert found.before.dice == 1.0
    (other_way,) = compared(*nodes[::-1])
    assert other_way.before.dice == 1.0


def test_a_non_linear_parent_moves_the_structures_too(scene):
    bend = scene.AddNewNodeByClass("vtkMRMLGridTransformNode", "bend")
    bend.SetAndObserveTransformFromParent(wave(GRID))
    moving = add_segmentation(scene, liver=ball())
    moving.SetAndObserveTransformNodeID(bend.GetID())
    bent = add_segmentation(scene, liver=ball())
    (expected,) = compared(add_segmentation(scene, liver=ball()), bent, to_moving=wave(GRID))
    (found,) = compared(add_segmentation(scene, liver=ball()), moving)
    assert found.before.dice < 0.95
    assert found.before == expected.after


def test_a_result_under_which_the_moving_structures_are_shown_is_not_applied_twice(scene):
    moved_by = np.array([3 * 1.5, -2 * 2.0, 2.5])
    result = add_linear_transform(scene, shift(*-moved_by))
    fixed = add_segmentation(scene, liver=ball())
    moving = add_segmentation(scene, liver=ball(np.array(CENTER) + moved_by))
    expected = compared(fixed, moving, to_moving=linear(shift(*moved_by)))
    moving.SetAndObserveTransformNodeID(result.GetID())
    assert compared(fixed, moving, to_moving=linear(shift(*moved_by)), without=result) == expected
    assert compared(fixed, moving)[0].before.dice == 1.0


def test_a_surface_is_a_structure_too(scene):
    nodes = [add_segmentation(scene, liver=ball_surface(center, RADIUS_MM)) for center in (CENTER, (1.0, 3.0, 1.0))]
    (found,) = compared(*nodes, to_moving=linear(shift(3.0, 0, 0)))
    expected = overlap(ball(), ball((1.0, 3.0, 1.0)), SPACING_MM)
    assert found.before.dice == pytest.approx(expected.dice, abs=0.01)
    assert found.after.dice == pytest.approx(1.0, abs=0.005)
    assert found.after.volume_ratio == pytest.approx(1.0, abs=0.01)


def test_only_the_part_within_the_fixed_volume_counts(scene):
    half_ras = GRID.positions_ras(np.array([[-0.5, 14.5, 12.5]]))[0]
    fixed = add_segmentation(scene, liver=ball(half_ras))
    larger = Grid((70, 30, 26), GRID.ijk_to_world @ shift(-36, 0, 0))
    moving = add_segmentation(scene, larger, liver=ball(half_ras, grid=larger))
    (found,) = compared(fixed, moving, moving_grid=larger)
    assert found.before == overlap(ball(half_ras), ball(half_ras), SPACING_MM)


def test_between_voxels_a_structure_neither_grows_nor_shrinks(scene):
    half = Grid(DIMENSIONS, GRID.ijk_to_world @ shift(0.5, 0, 0))
    brick_voxels = np.zeros(DIMENSIONS[::-1], np.uint8)
    brick_voxels[5:15, 6:16, 7:17] = 1
    nodes = add_segmentation(scene, liver=brick_voxels), add_segmentation(scene, half, liver=brick_voxels)
    (found,) = compared(*nodes, moving_grid=half)
    assert found.before.volume_ratio == pytest.approx(1.0, abs=0.002)  # a corner


def test_half_the_interpolated_value_errs_less_than_the_nearest_voxel(scene):
    errors = {"half": [], "nearest": []}
    for seed in range(4):
        random = np.random.default_rng(seed)
        turned = Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM, rotation_about(random.normal(size=3), 40.0)))
        truth = ball()
        node = add_segmentation(scene, turned, liver=ball(grid=turned))
        drawn = run_to_end(drawn_structure_steps(node, Structure("id of liver", "liver"), turned, "moving"))
        half = run_to_end(structure_mask_steps(drawn, run_to_end(lattice_steps(GRID, None))))
        steps = resampling_steps(
            drawn.image, turned.ijk_to_world, None, DIMENSIONS, GRID.ijk_to_world, 0.0, nearest=True
        )
        nearest = voxel_array(run_to_end(steps)).astype(np.uint8)
        errors["half"].append(1 - overlap(truth, half, SPACING_MM).dice)
        errors["nearest"].append(1 - overlap(truth, nearest, SPACING_MM).dice)
    assert np.mean(errors["half"]) < 0.8 * np.mean(errors["nearest"])


@pytest.mark.parametrize("points", [60, 400, 5000])
@pytest.mark.parametrize("bends_more", [1.0, 3.0])
@pytest.mark.parametrize("center_ras", [(8.0, -9.0, 6.0), (-6.0, 4.0, 9.0), (0.0, 14.0, -12.0)])
def test_looking_only_where_a_structure_can_be_changes_nothing(points, bends_more, center_ras, scene, monkeypatch):
    monkeypatch.setattr(structure_masks, "_LATTICE_POINTS", points)
    node = add_segmentation(scene, OBLIQUE, small=ball(center_ras, 3.0, OBLIQUE))
    drawn = run_to_end(drawn_structure_steps(node, Structure("id of small", "small"), OBLIQUE, "moving"))
    bent = wave(GRID, 3.0 * bends_more)
    lattice = run_to_end(lattice_steps(GRID, bent))
    found = run_to_end(structure_mask_steps(drawn, lattice))
    nudged = drawn.ijk_to_source @ shift(1e-3, 1e-3, 1e-3)
    steps = resampling_steps(drawn.image, nudged, bent, DIMENSIONS, GRID.ijk_to_world, 0.0)
    everywhere = voxel_array(run_to_end(steps)) > 0.5
    assert everywhere.any()
    np.testing.assert_array_equal(found, everywhere)


def test_the_nodes_stay_as_they_are(scene):
    fixed = add_segmentation(scene, liver=ball_surface(CENTER, RADIUS_MM))
    moving = add_labelmap(scene, ball() * np.uint8(3), {3: "liver"})
    times = [node.GetMTime() for node in (fixed, moving)]
    compared(fixed, moving, to_moving=wave(GRID))
    assert [node.GetMTime() for node in (fixed, moving)] == times
    assert fixed.GetSegmentation().GetNthSegment(0).GetRepresentation("Binary labelmap") is None


# names


@pytest.fixture
def two_organs(scene) -> Any:
    return add_segmentation(scene, Liver=ball(), kidney=ball((8, -9, 6), 6.0))


def test_structures_of_the_same_name_are_compared_in_the_order_of_the_fixed_ones(scene, two_organs):
    other = add_segmentation(scene, kidney=ball((8, -9, 6), 6.0), lung=ball(), liver=ball())
    found = compared(two_organs, other)
    assert names_of(found) == [("Liver", "liver"), ("kidney", "kidney")]
    assert [one.before.dice for one in found] == [1.0, 1.0]


def test_each_structure_is_read_on_its_own(scene, two_organs):
    (found,) = compared(two_organs, two_organs, [("Liver", "kidney")])
    assert found.before == overlap(ball(), ball((8, -9, 6), 6.0), SPACING_MM)


def test_pairs_say_what_is_compared_with_what(scene, two_organs):
    other = add_segmentation(scene, A=ball((8, -9, 6), 6.0), B=ball())
    found = compared(two_organs, other, [("KIDNEY", "A"), ("id of Liver", "b")])
    assert names_of(found) == [("kidney", "A"), ("Liver", "B")]
    assert [one.before.dice for one in found] == [1.0, 1.0]


def test_capital_letters_count_only_where_they_must(scene):
    fixed = add_segmentation(scene, liver=ball(), LIVER=ball((8, -9, 6), 6.0))
    found = compared(fixed, add_segmentation(scene, LIVER=ball((8, -9, 6), 6.0), liver=ball()))
    assert names_of(found) == [("liver", "liver"), ("LIVER", "LIVER")]
    assert names_of(compared(fixed, add_segmentation(scene, liver=ball()))) == [("liver", "liver")]
    with pytest.raises(MaskError, match="No structure has the same name"):
        compared(fixed, add_segmentation(scene, Liver=ball()))


@pytest.mark.parametrize("pairs", [[("spleen", "kidney")], [("kidney", "spleen")]])
def test_an_unknown_name_is_answered_with_the_names_there_are(pairs, two_organs):
    with pytest.raises(InputError, match="no structure with the name spleen") as caught:
        compared(two_organs, two_organs, pairs)
    assert ("fixed" if pairs[0][0] == "spleen" else "moving") in caught.value.what
    assert "Liver, kidney" in caught.value.remedy


def test_without_a_common_name_pairs_have_to_be_given(scene, two_organs):
    with pytest.raises(InputError, match="pairs of names") as caught:
        compared(two_organs, add_segmentation(scene, lung=ball()))
    assert "Liver, kidney" in caught.value.what
    assert "lung" in caught.value.what
    with pytest.raises(InputError, match="none in the moving volume"):
        compared(two_organs, add_segmentation(scene))


def test_two_structures_of_one_name_are_told_apart_by_their_ids(scene, two_organs):
    twins = add_segmentation(scene, one=ball(), two=ball((8, -9, 6), 6.0))
    for index in range(2):
        twins.GetSegmentation().GetNthSegment(index).SetName("kidney")
    with pytest.raises(MaskError, match="several structures with the name kidney in the moving"):
        compared(two_organs, twins)
    with pytest.raises(MaskError, match="several structures with the name kidney in the fixed"):
        compared(twins, two_organs)
    with pytest.raises(MaskError, match="id of one, id of two"):
        compared(two_organs, twins, [("kidney", "kidney")])
    assert compared(two_organs, twins, [("kidney", "id of two")])[0].before.dice == 1.0


# labelmaps


def test_each_value_of_a_labelmap_is_a_structure(scene):
    other = ball((8, -9, 6), 6.0)
    voxels = np.where(other != 0, 300, ball().astype(np.int16) * -2).astype(np.int16)
    segmentation = add_segmentation(scene, organ=other)
    named = add_labelmap(scene, voxels, {300: "Organ"})
    assert names_of(compared(segmentation, named)) == [("organ", "Organ")]
    assert compared(segmentation, named)[0].before.dice == 1.0
    found = compared(add_labelmap(scene, voxels), named, [("-2", "-2"), ("300", "organ"), ("300", "300")])
    assert names_of(found) == [("-2", "-2"), ("300", "Organ"), ("300", "Organ")]
    assert [one.after.dice for one in found] == [1.0, 1.0, 1.0]


def test_labelmaps_without_names_are_paired_by_number(scene):
    voxels = ball() * np.uint8(2)
    voxels[0, 0, 0] = 1
    assert names_of(compared(add_labelmap(scene, voxels), add_labelmap(scene, voxels))) == [("1", "1"), ("2", "2")]


def test_a_labelmap_lies_where_its_parents_put_it(scene):
    fixed, moving = add_segmentation(scene, one=ball()), add_labelmap(scene, ball(), {1: "one"})
    moving.SetAndObserveTransformNodeID(add_linear_transform(scene, shift(3.0, 4.0, 2.5)).GetID())
    assert compared(fixed, moving)[0].before == overlap(ball(), ball(np.add(CENTER, (3.0, 4.0, 2.5))), SPACING_MM)


def test_a_volume_of_grey_values_is_no_labelmap(scene):
    for voxels, what in (
        (np.arange(26 * 30 * 34).reshape(26, 30, 34).astype(np.int16), "different values"),
        (np.full(DIMENSIONS[::-1], 0.5, np.float32), "not whole numbers"),
        (np.full(DIMENSIONS[::-1], np.nan, np.float32), "not whole numbers"),
    ):
        node = add_volume(scene, voxels, GRID.ijk_to_world)
        with pytest.raises(MaskError, match=what):
            compared(node, node)
    points = add_points(scene, np.zeros((1, 3)))
    with pytest.raises(MaskError, match="labelmap volume"):
        compared(points, points)


# empty structures


def test_an_empty_structure_is_a_warning(scene):
    empty = add_segmentation(scene, liver=np.zeros(DIMENSIONS[::-1], np.uint8), kidney=ball())
    drawn = add_segmentation(scene, liver=ball(), kidney=ball())
    found = compared(empty, drawn, to_moving=linear(shift(1, 0, 0)))
    assert found[0].before.mda_mm is found[0].after.mda_mm is found[0].after.volume_ratio is None
    assert found[1].before.dice == 1.0
    (warning,) = empty_structure_warnings(found)
    assert warning == "The fixed structure liver covers no voxel of the fixed volume, so it is not assessed."
    found = compared(drawn, empty)
    assert (found[0].before.dice, found[0].before.max_mm, found[0].before.volume_ratio) == (0.0, None, 0.0)
    (warning,) = empty_structure_warnings(found)
    assert warning.startswith("The moving structure liver covers no voxel of the fixed volume as loaded and after")
    assert empty_structure_warnings(compared(drawn, drawn)) == ()


def test_a_structure_that_begins_outside_the_fixed_volume_is_assessed_after(scene):
    far = shift(500.0, 0, 0)
    away = Grid(DIMENSIONS, far @ GRID.ijk_to_world)
    moving = add_segmentation(scene, away, liver=ball())
    found = compared(add_segmentation(scene, liver=ball()), moving, to_moving=linear(far), moving_grid=away)
    assert (found[0].before.dice, found[0].before.hd95_mm) == (0.0, None)
    assert found[0].after.dice == 1.0
    (warning,) = empty_structure_warnings(found)
    assert "fixed volume as loaded, so" in warning
