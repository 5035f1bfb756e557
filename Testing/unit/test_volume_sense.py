"""Volumes that grey values alone cannot register are found, with the numbers that show it; good ones are not."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.findings import Finding
from ElastixPlusLib.guidance.foreground import foreground_of
from ElastixPlusLib.guidance.volume_sense import spacing_pair_findings, volume_findings

SHAPE = (40, 50, 60)


def grid(shape=SHAPE, spacing_mm=(2.0, 2.0, 2.0)) -> Grid:
    return Grid(shape[::-1], np.diag([*spacing_mm, 1.0]))


def found(voxels: np.ndarray, spacing_mm=(2.0, 2.0, 2.0), is_labelmap=False, role="fixed") -> tuple[Finding, ...]:
    return volume_findings(role, voxels, grid(voxels.shape, spacing_mm), is_labelmap=is_labelmap, name="Head")


def kinds(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.severity) for finding in findings]


def anatomy(shape=SHAPE, seed: int = 5) -> np.ndarray:
    """A smooth body with noise in air with noise, as a scanner shows it: whole numbers from 0 to some hundreds."""
    random = np.random.default_rng(seed)
    k, j, i = np.meshgrid(*[np.linspace(-1, 1, size) for size in shape], indexing="ij", sparse=True)
    body = np.where(k**2 + j**2 + i**2 < 0.6, 150 + 60 * np.sin(5 * k + seed) * np.cos(4 * j) + 40 * i, 0)
    return np.abs(body + random.normal(0, 6, shape)).astype(np.int16)


def parcels(shape=SHAPE, count: int = 12, seed: int = 2) -> np.ndarray:
    """Every voxel of a ball has the number of the seed next to it."""
    random = np.random.default_rng(seed)
    seeds = random.uniform(0, shape, (count, 3))
    at = np.indices(shape).reshape(3, -1).T
    nearest = ((at[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1) + 1
    inside = np.linalg.norm((at - np.array(shape) / 2) / np.array(shape), axis=1) < 0.45
    return np.where(inside, nearest, 0).reshape(shape).astype(np.uint8)


@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("offset", [0, 1000])
def test_nothing_is_found_on_a_good_volume(kind, offset):
    assert found((anatomy() + offset).astype(kind)) == ()


def test_nothing_is_found_on_a_good_volume_of_8_bits():
    assert found(np.clip(anatomy(), 0, 255).astype(np.uint8)) == ()


def test_nothing_is_found_on_a_skull_stripped_volume():
    voxels = anatomy()
    voxels[voxels < 60] = 0
    assert found(voxels) == ()


@pytest.mark.parametrize(
    ("spacing_mm", "is_found"), [(0.002, True), (0.08, True), (0.09, False), (2.0, False), (41.0, False), (42.0, True)]
)
def test_a_volume_below_5_mm_or_above_2_5_m_is_doubtful(spacing_mm, is_found):
    findings = found(anatomy(), (spacing_mm,) * 3)
    assert kinds(findings) == ([("volume-size", "warning")] if is_found else [])


def test_metres_taken_for_millimetres_are_called_so():
    (finding,) = found(anatomy(), (0.002,) * 3)
    assert finding.what == "The fixed volume Head is only 0.12 mm long, as if metres had been taken for millimetres."
    assert "Volumes module" in finding.remedy


@pytest.mark.parametrize(("slice_mm", "severity"), [(4.9, None), (5.1, "note"), (19.0, "note"), (21.0, "warning")])
def test_uneven_spacing_is_mentioned_above_five_times_and_doubtful_above_twenty(slice_mm, severity):
    findings = found(anatomy(), (1.0, 1.0, slice_mm))
    assert kinds(findings) == ([("uneven-spacing", severity)] if severity else [])
    assert all(f"{slice_mm:.3g} mm" in finding.what and "1 mm" in finding.what for finding in findings)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_a_volume_of_labels_is_refused_whatever_its_type(kind):
    (finding,) = found(parcels().astype(kind), role="moving")
    assert (finding.kind, finding.severity) == ("label-volume", "error")
    assert finding.what.startswith("The moving volume Head looks like a label volume: it has about 1")
    assert "distance maps" in finding.remedy


def test_labels_of_tissues_in_turn_are_found():
    smooth = np.where(anatomy() > 60, 1, 0) + np.where(np.indices(SHAPE)[2] > 30, 1, 0) * (anatomy() > 60)
    assert kinds(found(smooth.astype(np.uint8))) == [("label-volume", "error")]


def test_a_segment_alone_is_only_doubtful_as_some_register_outlines():
    (finding,) = found((anatomy() > 60).astype(np.uint8))
    assert (finding.kind, finding.severity) == ("label-volume", "warning")
    assert "2 different values" in finding.what


def test_a_node_of_labels_is_called_one():
    (finding,) = found(parcels(), is_labelmap=True)
    assert "is a label volume" in finding.what


def test_grey_values_in_a_node_of_labels_are_pointed_out():
    assert kinds(found(anatomy(), is_labelmap=True)) == [("grey-values-as-labels", "warning")]


def test_flat_parts_whose_values_are_no_whole_numbers_are_no_labels():
    assert found(parcels() * 0.37) == ()


@pytest.mark.parametrize("bits", [5, 6, 7])
def test_coarse_grey_values_are_no_labels(bits):
    voxels = anatomy().astype(float)
    assert found((voxels / voxels.max() * (2**bits - 1)).astype(np.uint8)) == ()


def test_grey_values_of_a_volume_blown_up_four_times_are_no_labels():
    small = anatomy((10, 13, 15))
    assert found(small.repeat(4, 0).repeat(4, 1).repeat(4, 2)) == ()


def test_contrast_in_a_small_part_only_is_doubtful():
    voxels = np.full(SHAPE, -1000.0)
    voxels[10:16, 10:16, 10:20] = np.random.default_rng(1).normal(0, 100, (6, 6, 10))
    (finding,) = found(voxels)
    assert finding.kind == "little-contrast"
    assert finding.what == "Only 0.3% of the voxels of the fixed volume Head differ from -1000."


@pytest.mark.parametrize(("box", "is_found"), [((6, 10, 10), True), ((12, 15, 20), False)])
def test_half_a_percent_of_a_volume_is_little_and_three_percent_are_enough(box, is_found):
    voxels = np.zeros(SHAPE)
    voxels[20 : 20 + box[0], 20 : 20 + box[1], 20 : 20 + box[2]] = np.random.default_rng(1).normal(100, 20, box)
    assert kinds(found(voxels)) == ([("little-contrast", "warning")] if is_found else [])


def test_grey_values_that_are_nearly_the_same_are_doubtful():
    voxels = 1000 + np.random.default_rng(1).normal(0, 0.05, SHAPE)
    (finding,) = found(voxels)
    assert "nearly no contrast" in finding.what
    assert "between 999.8" in finding.what
    assert found(1000 + np.random.default_rng(1).normal(0, 5, SHAPE)) == ()


def test_only_a_few_grey_values_are_doubtful():
    voxels = np.random.default_rng(1).integers(0, 5, SHAPE)
    (finding,) = found(voxels)
    assert finding.what == "The fixed volume Head has only 5 different grey values."


@pytest.mark.parametrize(
    ("highest", "severity"), [(30_000, "warning"), (6000, "warning"), (3500, "note"), (2000, None), (500, None)]
)
def test_single_voxels_far_brighter_than_the_rest_are_pointed_out(highest, severity):
    voxels = anatomy()
    voxels[3, 4, 5:8] = highest
    findings = found(voxels)
    assert kinds(findings) == ([("grey-value-outliers", severity)] if severity else [])
    assert all(str(highest) in finding.what for finding in findings)


def test_an_outlier_that_no_sample_hits_is_found_all_the_same():
    voxels = anatomy((100, 120, 120))
    for at in range(0, 100, 7):
        spoiled = voxels.copy()
        spoiled[at, at, at] = 32_000
        assert kinds(found(spoiled)) == [("grey-value-outliers", "warning")]


def test_outliers_below_count_as_well():
    voxels = anatomy()
    voxels[3, 4, 5] = -32_000
    assert kinds(found(voxels)) == [("grey-value-outliers", "warning")]


def bright(shape, spacing_mm, part=0.8) -> tuple[Grid, object]:
    voxels = np.zeros(shape)
    low, high = ((1 - part) / 2 * np.array(shape)).astype(int), ((1 + part) / 2 * np.array(shape)).astype(int)
    voxels[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = 1 + np.random.default_rng(1).random(high - low)
    of = grid(shape, spacing_mm)
    return of, foreground_of(voxels, of)


@pytest.mark.parametrize(
    ("factor", "severity", "unit"),
    [
        (1000, "error", "metres"),
        (900, "error", "metres"),
        (100, "error", "centimetres"),
        (10, "warning", "centimetres"),
    ],
)
def test_another_unit_is_found_from_either_side(factor, severity, unit):
    one, other = bright(SHAPE, (2.0, 2.0, 2.0)), bright((44, 48, 60), (2.0 / factor,) * 3)
    for fixed, moving, larger in ((one, other, "fixed"), (other, one, "moving")):
        (finding,) = spacing_pair_findings(fixed[0], moving[0], fixed[1], moving[1])
        assert (finding.kind, finding.severity) == ("unit-mismatch", severity)
        assert unit in finding.what
        assert f"What the {larger} volume shows is about" in finding.what
        assert f"the {'moving' if larger == 'fixed' else 'fixed'} volume" in finding.remedy


def test_the_volume_that_is_too_long_for_a_person_is_the_one_to_correct():
    small, huge = bright(SHAPE, (2.0, 2.0, 2.0)), bright(SHAPE, (2000.0, 2000.0, 2000.0))
    (finding,) = spacing_pair_findings(small[0], huge[0], small[1], huge[1])
    assert "spacing of the moving volume" in finding.remedy


@pytest.mark.parametrize("factor", [1.0, 1.5, 3.0, 5.0, 5.8, 30.0, 300.0])
def test_sizes_that_differ_otherwise_are_no_units(factor):
    one, other = bright(SHAPE, (2.0, 2.0, 2.0)), bright(SHAPE, (2.0 / factor,) * 3)
    assert spacing_pair_findings(one[0], other[0], one[1], other[1]) == ()


def test_a_whole_body_and_an_organ_are_no_units():
    body, organ = bright((200, 40, 50), (9.0, 9.0, 9.0)), bright((40, 40, 40), (4.5, 4.5, 4.5))
    assert spacing_pair_findings(body[0], organ[0], body[1], organ[1]) == ()


@pytest.mark.parametrize("shape", [(4, 4, 4), (4, 300, 300), (300, 4, 300), (300, 300, 4), (1, 400, 400)])
def test_volumes_of_any_shape_can_be_looked_at(shape):
    voxels = np.random.default_rng(1).normal(100, 30, shape)
    assert found(voxels) == ()


def test_a_volume_of_8_million_voxels_takes_no_time():
    voxels = np.tile(anatomy((40, 50, 50)), (5, 4, 4))
    assert voxels.size == 8_000_000
    times = []
    for _ in range(5):
        started = time.perf_counter()
        found(voxels)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.15


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name",
    [
        "brain/mni152_t1_1mm.nii.gz",
        "brain/colin27_t1_1mm.nii.gz",
        "brain/colin27_t1_brain_1mm.nii.gz",
        "lung/ct_lung_small.mha",
    ],
)
def test_nothing_is_found_on_real_volumes(shared_data: Path, name):
    import slicer

    from ElastixPlusLib.mrml.files import read_volume
    from ElastixPlusLib.mrml.volumes import world_volume

    scene = slicer.vtkMRMLScene()
    volume = world_volume(read_volume(scene, shared_data / name, "fixed"))
    assert volume_findings("fixed", volume.voxels, volume.grid, is_labelmap=False, name="real") == ()
    seen = foreground_of(volume.voxels, volume.grid)
    assert spacing_pair_findings(volume.grid, volume.grid, seen, seen) == ()
