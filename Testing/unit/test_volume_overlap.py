"""Volumes that begin beside each other, or show too different regions, are found; ordinary pairs are left in peace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.findings import Finding
from ElastixPlusLib.guidance.foreground import foreground_of
from ElastixPlusLib.guidance.volume_overlap import SeenVolume, overlap_at, overlap_findings, sample_points


def grid(extent_mm=(200.0, 200.0, 200.0), center_ras=(0.0, 0.0, 0.0), spacing_mm=4.0) -> Grid:
    dimensions = np.rint(np.asarray(extent_mm) / spacing_mm).astype(int)
    matrix = np.diag([spacing_mm] * 3 + [1.0])
    matrix[:3, 3] = np.asarray(center_ras) - (dimensions - 1) / 2 * spacing_mm
    return Grid((int(dimensions[0]), int(dimensions[1]), int(dimensions[2])), matrix)


def places(of: Grid) -> np.ndarray:
    k, j, i = np.indices(of.dimensions[::-1]).reshape(3, -1)
    return of.positions_ras(np.stack([i, j, k], axis=1))


def showing(of: Grid, half_mm=(70.0, 80.0, 60.0), center_ras=(0.0, 0.0, 0.0), mask=None) -> SeenVolume:
    """A volume with a bright ellipsoid."""
    inside = np.linalg.norm((places(of) - center_ras) / np.asarray(half_mm), axis=1) <= 1
    voxels = np.where(inside, 100, 0).reshape(of.dimensions[::-1])
    return SeenVolume(of, foreground_of(voxels, of, mask), mask)


def filled(of: Grid) -> SeenVolume:
    """A volume that the anatomy fills to its border."""
    return SeenVolume(of, foreground_of(np.arange(np.prod(of.dimensions)).reshape(of.dimensions[::-1]) % 7, of))


def shifted(*by_mm: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda points: points + by_mm


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.kind for finding in findings]


def turned(degrees: float) -> Callable[[np.ndarray], np.ndarray]:
    angle = np.radians(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return lambda points: points @ rotation.T


@pytest.fixture(scope="module")
def head() -> SeenVolume:
    return showing(grid())


@settings(max_examples=40, deadline=None)
@given(
    direction=st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda one: np.linalg.norm(one) > 0.1),
    wider=st.tuples(*[st.floats(1.0, 1.4)] * 3),  # from 1.49 on less than 30 percent of the fixed one lie in the other
    is_fixed=st.booleans(),
)
def test_ordinary_pairs_are_left_in_peace(direction, wider, is_fixed):
    """2 cm away in any direction, and a field of view that is up to 1.4 times as wide."""
    away = 20 * np.array(direction) / np.linalg.norm(direction)
    one, other = showing(grid()), showing(grid(200 * np.array(wider)))
    fixed, moving = (one, other) if is_fixed else (other, one)
    assert overlap_findings(fixed, moving, shifted(*away)) == ()


@pytest.mark.parametrize("degrees", [10, 45, 90])
def test_a_turn_about_the_middle_is_no_lack_of_overlap(head, degrees):
    assert overlap_findings(head, head, turned(degrees)) == ()


def test_volumes_beside_each_other_are_refused_with_their_distance_and_a_start_that_helps(head):
    (found,) = overlap_findings(head, head, shifted(0, 0, 1432))
    assert (found.kind, found.severity) == ("no-overlap", "error")
    assert "1.4 m apart" in found.what
    assert dict(found.fix.changes) == {"initial": "gravity"}
    assert found.fix.option == "--initial gravity"


@pytest.mark.parametrize(("inside", "expected"), [(0.23, ["little-overlap"]), (0.28, ["few-samples"]), (0.33, [])])
def test_what_elastix_needs_is_the_border(inside, expected):
    """Cubes of 50 mm that the anatomy fills, so that nothing but the samples counts."""
    small = filled(grid((50, 50, 50), spacing_mm=1.0))
    findings = overlap_findings(small, small, shifted(50 * (1 - inside), 0, 0), required_ratio=0.25)
    assert kinds(findings) == expected
    assert all(finding.fix.option == "--initial gravity" for finding in findings)


def test_a_preset_that_needs_less_is_content_with_less():
    small = filled(grid((50, 50, 50), spacing_mm=1.0))
    assert kinds(overlap_findings(small, small, shifted(35, 0, 0), required_ratio=0.5)) == ["little-overlap"]
    assert overlap_findings(small, small, shifted(35, 0, 0), required_ratio=0.05) == ()


def test_the_sentence_says_how_much_there_is_and_how_much_is_needed():
    small = filled(grid((50, 50, 50), spacing_mm=1.0))
    (found,) = overlap_findings(small, small, shifted(40, 0, 0), required_ratio=0.25)
    assert "only 20% of the fixed volume lies inside the moving volume, and the preset needs 25%" in found.what


def test_landmarks_are_the_first_choice_where_there_are_any(head):
    (found,) = overlap_findings(head, head, shifted(300, 0, 0), has_driving_landmarks=True)
    assert found.fix.option == "--initial landmarks"
    assert found.remedy == "Start from the landmarks."


def test_a_start_from_landmarks_that_leads_nowhere_is_not_offered_again(head):
    (found,) = overlap_findings(head, head, shifted(300, 0, 0), has_driving_landmarks=True, initial="landmarks-affine")
    assert found.fix.option == "--initial gravity"


def test_landmarks_that_lay_a_little_on_each_other_are_believed(head):
    (found,) = overlap_findings(head, head, shifted(110, 110, 0), has_driving_landmarks=True, initial="landmarks")
    assert found.kind != "no-overlap"
    assert found.fix is None
    assert "landmarks" in found.remedy


def test_a_start_that_has_been_chosen_is_not_offered_again(head):
    (found,) = overlap_findings(head, head, shifted(300, 0, 0), initial="gravity")
    assert found.fix.option == "--initial centers"


def test_a_start_that_would_not_help_is_not_offered():
    """Both bright parts lie in corners, so that their volumes would miss each other under the centres of gravity."""
    fixed = showing(grid(), half_mm=(30, 30, 30), center_ras=(70, 70, 70))
    moving = showing(grid(), half_mm=(30, 30, 30), center_ras=(-70, -70, -70))
    (found,) = overlap_findings(fixed, moving, shifted(500, 0, 0), initial="centers")
    assert found.kind == "no-overlap"
    assert found.fix is None
    assert found.remedy.startswith("Place at least 3 landmarks")


def test_volumes_that_overlap_only_in_air_are_refused():
    wide = grid((400, 300, 240))
    fixed, moving = showing(wide, (50, 60, 50), (-120, 0, 0)), showing(wide, (50, 60, 50), (120, 0, 0))
    (found,) = overlap_findings(fixed, moving, shifted(0, 0, 0), required_ratio=0.05)
    assert (found.kind, found.severity) == ("little-overlap-of-anatomy", "error")
    assert "240 mm apart" in found.what
    assert found.fix.option == "--initial gravity"


@pytest.mark.parametrize(
    ("away_mm", "expected"),
    [
        (115.0, ("little-overlap-of-anatomy", "error")),
        (105.0, ("little-overlap-of-anatomy", "error")),
        (90.0, ("little-overlap-of-anatomy", "warning")),
        (85.0, ("little-overlap-of-anatomy", "warning")),
        (75.0, ("far-apart", "warning")),
        (58.0, None),
        (20.0, None),
    ],
)
def test_the_less_of_the_anatomy_meets_the_worse(away_mm, expected):
    """Balls of 12 cm: in the box around the other lies 1% of one at 105 mm, 10% at 90, 18% at 85 and 26% at 75 mm."""
    seen = showing(grid((300, 300, 240)), (60, 60, 60))
    findings = overlap_findings(seen, seen, shifted(away_mm, 0, 0), required_ratio=0.05)
    assert [(one.kind, one.severity) for one in findings] == ([expected] if expected else [])


def test_volumes_of_the_same_size_more_than_6_cm_apart_are_pointed_out():
    wide = showing(grid((300, 300, 240)), (90, 90, 90))
    assert overlap_findings(wide, wide, shifted(58, 0, 0)) == ()
    (found,) = overlap_findings(wide, wide, shifted(62, 0, 0))
    assert (found.kind, found.severity, found.fix.option) == ("far-apart", "warning", "--initial gravity")
    assert "62 mm apart" in found.what


def test_a_part_far_from_the_middle_of_the_whole_is_not_called_far_apart():
    """The neck in a volume of head, neck and chest."""
    whole = filled(grid((200, 200, 400)))
    part = filled(grid((200, 200, 180), center_ras=(0, 0, 100)))
    assert overlap_at(part, whole, shifted(0, 0, 0)).apart_mm > 90
    assert overlap_findings(part, whole, shifted(0, 0, 0)) == ()


@pytest.mark.parametrize(("length_mm", "is_found"), [(240.0, False), (264.0, True)])
@pytest.mark.parametrize("longer", ["fixed", "moving"])
def test_a_region_more_than_two_and_a_half_times_as_long_is_found_on_either_side(length_mm, is_found, longer):
    one, other = filled(grid((100, 100, length_mm))), filled(grid((100, 100, 100)))
    fixed, moving = (one, other) if longer == "fixed" else (other, one)
    findings = overlap_findings(fixed, moving, shifted(0, 0, 0), required_ratio=0.05)
    assert kinds(findings) == (["larger-region"] if is_found else [])
    if is_found:
        assert f"The {longer} volume shows a region 2.6 times as long" in findings[0].what
        assert dict(findings[0].fix.changes) == {"crop": "overlap"}


def test_a_region_more_than_four_times_as_large_is_found_though_no_side_is_so_long():
    whole, part = filled(grid((180, 180, 180))), filled(grid((100, 100, 100)))
    (found,) = overlap_findings(whole, part, shifted(0, 0, 0), required_ratio=0.05)
    assert "times as large" in found.what
    assert overlap_findings(filled(grid((156, 156, 156))), part, shifted(0, 0, 0), required_ratio=0.05) == ()


def test_what_is_cropped_already_is_not_to_be_cropped_again():
    whole, part = filled(grid((100, 100, 300))), filled(grid((100, 100, 100)))
    assert overlap_findings(whole, part, shifted(0, 0, 0), required_ratio=0.05, crop="overlap") == ()


def test_more_air_around_the_same_anatomy_is_no_larger_region():
    wide, narrow = showing(grid((500, 500, 200))), showing(grid((180, 180, 180)))
    assert overlap_findings(wide, narrow, shifted(0, 0, 0), required_ratio=0.05) == ()


def test_a_region_so_large_that_elastix_would_stop_is_to_be_cropped():
    whole, part = filled(grid((100, 100, 600))), filled(grid((100, 100, 100)))
    (found,) = overlap_findings(whole, part, shifted(0, 0, 0), required_ratio=0.25)
    assert (found.kind, found.severity, found.fix.option) == ("little-overlap", "error", "--crop overlap")


def test_only_the_part_in_the_fixed_mask_has_to_lie_in_the_moving_volume():
    whole, part = grid((100, 100, 400)), filled(grid((100, 100, 100)))
    mask = (np.abs(places(whole)[:, 2]) < 40).reshape(whole.dimensions[::-1])
    assert overlap_at(filled(whole), part, shifted(0, 0, 0)).sampled == pytest.approx(0.25, abs=0.01)
    masked = SeenVolume(whole, foreground_of(np.ones(mask.shape) * np.arange(mask.shape[2]), whole, mask), mask)
    assert overlap_at(masked, part, shifted(0, 0, 0)).sampled == 1.0
    assert overlap_findings(masked, part, shifted(0, 0, 0)) == ()


def test_what_lies_outside_the_moving_mask_does_not_count():
    head = showing(grid((200, 240, 160)))
    mask = (places(head.grid)[:, 0] > 60).reshape(head.grid.dimensions[::-1])
    masked = SeenVolume(head.grid, head.foreground, mask)
    assert overlap_at(head, masked, shifted(0, 0, 0)).sampled == pytest.approx(0.2, abs=0.01)
    (found,) = overlap_findings(head, masked, shifted(0, 0, 0), required_ratio=0.25)
    assert found.kind == "little-overlap"
    assert "of the fixed volume lies inside the moving mask" in found.what


def test_a_start_that_leads_nowhere_is_no_overlap(head):
    (found,) = overlap_findings(head, head, lambda points: np.full_like(points, np.nan))
    assert found.kind == "no-overlap"
    assert "nan" not in found.what
    assert "inf" not in found.what


def test_places_where_the_start_is_not_defined_lie_outside(head):
    def half_defined(points: np.ndarray) -> np.ndarray:
        return np.where(points[:, :1] > 0, points, np.nan)

    assert overlap_at(head, head, half_defined).sampled == pytest.approx(0.5, abs=0.01)


def test_samples_are_the_same_each_time_and_spread_evenly():
    of = grid((100, 200, 50))
    points = sample_points(of)
    np.testing.assert_array_equal(points, sample_points(of))
    assert points.shape == (4096, 3)
    assert (of.outside_mm(points) == 0).all()
    counts, _ = np.histogramdd(of.indices(points), bins=(4, 4, 4))
    assert counts.min() > 0.8 * 64
    assert counts.max() < 1.2 * 64


def test_samples_of_a_mask_lie_in_its_voxels():
    of = grid((100, 100, 100))
    mask = np.zeros(of.dimensions[::-1], dtype=np.uint8)
    mask[3, 4, 5] = mask[20, 10, 7] = 1
    indices = np.rint(of.indices(sample_points(of, mask))).astype(int)
    assert {tuple(index) for index in indices} == {(5, 4, 3), (7, 10, 20)}


@pytest.mark.shared_data
@pytest.mark.parametrize(("fixed", "moving"), [("mni", "colin"), ("colin", "mni"), ("lung", "lung")])
def test_nothing_is_found_on_real_pairs(shared_data: Path, fixed, moving):
    import slicer

    from ElastixPlusLib.mrml.files import read_volume
    from ElastixPlusLib.mrml.volumes import world_volume

    names = {
        "mni": "brain/mni152_t1_1mm.nii.gz",
        "colin": "brain/colin27_t1_1mm.nii.gz",
        "lung": "lung/ct_lung_small.mha",
    }
    scene = slicer.vtkMRMLScene()
    volumes = [world_volume(read_volume(scene, shared_data / names[name], "fixed")) for name in (fixed, moving)]
    one, other = (SeenVolume(each.grid, foreground_of(each.voxels, each.grid)) for each in volumes)
    assert overlap_findings(one, other, shifted(0, 0, 0)) == ()
