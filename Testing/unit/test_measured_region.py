"""A cylinder that was measured is told from a body that was cut out of its surroundings."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.guidance.measured_region import measured_region_findings

SHAPE = (60, 80, 80)


def positions(shape=SHAPE):
    return [index - (count - 1) / 2 for index, count in zip(np.indices(shape), shape, strict=True)]


def body(random=None) -> np.ndarray:
    """Something that is nowhere of one value."""
    k, j, i = positions()
    return 200 * np.sin(i / 7) + 150 * np.cos(j / 5) + 3 * k + (random or np.random.default_rng(1)).normal(0, 20, SHAPE)


def seen_within(inside: np.ndarray, beyond: float = -1000.0) -> np.ndarray:
    return np.where(inside, body(), beyond).astype(np.int16)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("role", ["fixed", "moving"])
def test_a_cylinder_is_offered_as_mask(axis, role):
    _, j, i = positions()
    voxels = np.moveaxis(seen_within(i**2 + j**2 < 38**2), 0, axis)
    (found,) = measured_region_findings(role, voxels)
    assert (found.kind, found.severity) == ("cylinder", "note")
    assert dict(found.fix.changes) == {f"{role}_mask": "field-of-view"}
    assert f"{role} volume" in found.what
    assert "73 %" in found.what


def test_a_volume_that_was_measured_everywhere_is_left_in_peace():
    assert measured_region_findings("fixed", body().astype(np.int16)) == ()


def test_a_body_that_was_cut_out_is_left_in_peace():
    """A ball, as a skull-stripped brain: its slices are round, but not alike."""
    k, j, i = positions()
    assert measured_region_findings("fixed", seen_within(i**2 + j**2 + k**2 < 29**2, beyond=0.0)) == ()


def test_a_volume_that_was_resampled_into_a_larger_box_is_left_in_peace():
    _, j, i = positions()
    assert measured_region_findings("fixed", seen_within((abs(i) < 30) & (abs(j) < 25))) == ()


@pytest.mark.shared_data
def test_real_brains_and_a_chest_are_left_in_peace(shared_data, scene):
    from ElastixPlusLib.mrml.files import read_volume
    from ElastixPlusLib.mrml.volumes import voxel_array

    for name in ("brain/mni152_t1_1mm.nii.gz", "brain/colin27_t1_1mm.nii.gz", "lung/ct_lung_small.mha"):
        node = read_volume(scene, shared_data / name, "fixed")
        assert measured_region_findings("fixed", voxel_array(node.GetImageData())) == (), name
