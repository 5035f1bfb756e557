"""The body and the field of view are found in volumes of every kind; where there is nothing to find, that is said."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.guidance.automatic_masks import body_mask, field_of_view_mask

SHAPE = (40, 96, 104)
SPACING_MM = np.array([2.0, 2.0, 3.0])
AIR_HU, TISSUE_HU, LUNG_HU = -1000, 40, -850


def tube(center: tuple[float, float], radii: tuple[float, float], shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    """An elliptic cylinder through all slices; center and radii along rows and columns."""
    rows, columns = (((np.arange(n) - c) / r) ** 2 for n, c, r in zip(shape[1:], center, radii, strict=True))
    return np.broadcast_to(rows[:, None] + columns <= 1.0, shape)


def ellipsoid(center: tuple[float, ...], radii: tuple[float, ...], shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    k, j, i = (((np.arange(n) - c) / r) ** 2 for n, c, r in zip(shape, center, radii, strict=True))
    return k[:, None, None] + j[:, None] + i <= 1.0


BODY = tube((45, 52), (28, 40))
VIEW = tube((47.5, 51.5), (47, 50))


def thorax(noise: float = 25.0, lowest: int = -3024) -> np.ndarray:
    """A CT: body with lungs, spine, metal; a table of two thin shells and foam below it; head and feet are cut off."""
    voxels = np.full(SHAPE, float(AIR_HU))
    voxels[BODY] = TISSUE_HU
    voxels[tube((45, 34), (18, 13)) | tube((45, 70), (18, 13))] = LUNG_HU
    voxels[tube((64, 52), (5, 5))] = 700
    voxels[20:22, 40:42, 50:54] = 3071
    voxels[:, 77:85, 15:90] = -930
    voxels[:, 77, 15:90] = voxels[:, 84, 15:90] = -200
    voxels += np.random.default_rng(0).normal(0.0, noise, SHAPE)
    return np.clip(np.rint(voxels), lowest, 3071).astype(np.int16)


def padded(voxels: np.ndarray, value: float, inside: np.ndarray = VIEW) -> np.ndarray:
    voxels = voxels.copy()
    voxels[~inside] = value
    return voxels


def head_mr(noise: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    """Scalp, dark bone and an air cell around a brain, brighter towards the top; and where the head truly is."""
    shape = (60, 72, 66)
    middle = (34, 36, 33)
    head = ellipsoid(middle, (25, 31, 27), shape)
    head = head | (tube((37, 33), (14, 14), shape) & (np.arange(shape[0]) < 30)[:, None, None])
    voxels = np.where(head, 90.0, 0.0)
    voxels[ellipsoid(middle, (22.5, 28.5, 24.5), shape)] = 20
    voxels[ellipsoid(middle, (20, 26, 22), shape)] = 200
    voxels[ellipsoid((26, 14, 33), (5, 5, 5), shape) & head] = 2
    voxels *= np.linspace(0.6, 1.4, shape[0])[:, None, None]
    random = np.random.default_rng(1)
    voxels = np.hypot(voxels + random.normal(0, noise, shape), random.normal(0, noise, shape))
    return np.rint(voxels).astype(np.uint16), head


def agreement(mask: np.ndarray, truth: np.ndarray) -> float:
    """Dice's coefficient."""
    return 2.0 * np.count_nonzero((mask == 1) & truth) / (np.count_nonzero(mask) + np.count_nonzero(truth))


CTS = {
    "as reconstructed": thorax(),
    "air clipped": thorax(lowest=-1024),
    "nothing measured outside a circle, -3024": padded(thorax(), -3024),
    "nothing measured outside a circle, -2000": padded(thorax(), -2000),
    "outside a circle like air": padded(thorax(), -1000),
    "outside a circle as bright as the body": padded(thorax(), 0),
    "outside a circle as bright as metal": padded(thorax(), 3071),
    "raw values": (padded(thorax(), -3024) + 3024).astype(np.uint16),
    "fractions": (padded(thorax(), -1000) / 1000.0).astype(np.float32),
}


@pytest.mark.parametrize("voxels", CTS.values(), ids=CTS.keys())
def test_the_body_in_a_ct_has_its_lungs_and_no_table(voxels):
    mask = body_mask(voxels, SPACING_MM)
    assert (mask.shape, mask.dtype) == (voxels.shape, np.uint8)
    assert set(np.unique(mask)) == {0, 1}
    assert agreement(mask, BODY) > 0.96
    lungs = tube((45, 34), (18, 13)) | tube((45, 70), (18, 13))
    assert mask[lungs].all()
    assert mask[:, 80:].mean() < 0.01, "the table"


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_the_body_is_found_however_the_slices_lie(axes):
    mask = body_mask(thorax().transpose(axes), SPACING_MM[::-1][list(axes)][::-1])
    assert agreement(mask, BODY.transpose(axes)) > 0.96


def test_cut_planes_do_not_open_the_lungs():
    mask = body_mask(thorax(), SPACING_MM)
    assert mask[0, 45, 34] == mask[-1, 45, 34] == 1


@pytest.mark.parametrize("noise", [0.0, 8.0, 14.0])
def test_the_head_in_an_mr_has_its_dark_bone_and_air_cells(noise):
    voxels, head = head_mr(noise)
    mask = body_mask(voxels, (2.0, 2.0, 2.0))
    assert agreement(mask, head) > 0.95
    assert mask[head].mean() > 0.97


@pytest.mark.parametrize("value", [0, 255])
def test_a_stripped_brain_is_all_that_is_not_the_constant_around_it(value):
    brain = ellipsoid((30, 36, 33), (20, 26, 22), (60, 72, 66))
    voxels = np.full(brain.shape, value, dtype=np.uint8)
    voxels[brain] = np.random.default_rng(2).normal(120, 15, np.count_nonzero(brain))
    mask = body_mask(voxels, (2.0, 2.0, 2.0))
    assert mask[brain].mean() > 0.99
    assert agreement(mask, brain) > 0.93


def test_both_legs_are_the_body():
    legs = tube((48, 28), (18, 18)) | tube((48, 78), (18, 16))
    voxels = np.where(legs, 50.0, -1000.0) + np.random.default_rng(3).normal(0, 20, SHAPE)
    assert agreement(body_mask(voxels, SPACING_MM), legs) > 0.95


def test_a_small_animal_is_not_lost_between_blocks_of_a_few_millimetres():
    mask = body_mask(thorax(), SPACING_MM / 20)
    assert agreement(mask, BODY) > 0.96


def test_the_last_voxels_count_where_blocks_do_not_divide_the_volume():
    mask = body_mask(thorax()[:39, :95, :103], (1.0, 1.0, 1.0))
    assert mask.shape == (39, 95, 103)
    assert mask[-1, 45, 34] == 1


FULL = {
    "all of one tissue": np.random.default_rng(4).normal(100, 20, (50, 50, 50)),
    "a ramp": np.broadcast_to(np.arange(50.0), (50, 50, 50)),
    "in the middle of a brain": head_mr()[0][25:45, 20:55, 20:46],
    "within the chest, where lungs reach the border": thorax()[:, 28:60, 25:80],
}


@pytest.mark.parametrize("voxels", FULL.values(), ids=FULL.keys())
def test_a_volume_full_of_anatomy_needs_no_mask(voxels):
    with pytest.raises(MaskError, match="anatomy fills the volume") as caught:
        body_mask(np.ascontiguousarray(voxels), (2.0, 2.0, 2.0))
    assert "not needed" in caught.value.remedy
    with pytest.raises(MaskError, match="field of view fills the volume") as caught:
        field_of_view_mask(np.ascontiguousarray(voxels), (2.0, 2.0, 2.0))
    assert "not needed" in caught.value.remedy


@pytest.mark.parametrize("find", [body_mask, field_of_view_mask])
def test_a_constant_volume_shows_nothing(find):
    with pytest.raises(MaskError, match="one constant value"):
        find(np.full((20, 20, 20), 7, dtype=np.int16), (1.0, 1.0, 1.0))


def test_air_with_only_a_thin_sheet_in_it_holds_no_body():
    voxels = np.random.default_rng(10).normal(AIR_HU, 20, SHAPE)
    voxels[:, 40:42, 10:90] = 1000
    with pytest.raises(MaskError, match="thicker"):
        body_mask(voxels, SPACING_MM)


def cylinder_view(value: float, jitter: int = 0) -> np.ndarray:
    voxels = padded(thorax(), value)
    voxels[~VIEW] += np.random.default_rng(5).integers(-jitter, jitter + 1, np.count_nonzero(~VIEW)).astype(np.int16)
    return voxels


@pytest.mark.parametrize("value", [-3024, -1000, 0, 3000])
@pytest.mark.parametrize("jitter", [0, 1])
def test_the_field_of_view_of_a_cone_beam_ct_is_its_cylinder_to_the_voxel(value, jitter):
    mask = field_of_view_mask(cylinder_view(value, jitter), SPACING_MM)
    assert (mask.shape, mask.dtype) == (SHAPE, np.uint8)
    assert mask[VIEW].mean() > 0.9999
    assert mask[~VIEW].mean() < 0.015, "thin wedges where the circle meets the border"


def test_the_same_value_within_the_field_of_view_was_measured():
    voxels = cylinder_view(-1000)
    voxels[10:30, 40:60, 40:60] = -1000
    mask = field_of_view_mask(voxels, SPACING_MM)
    assert mask[10:30, 40:60, 40:60].all()


def test_noise_of_the_same_value_does_not_let_the_outside_in():
    voxels = cylinder_view(-1000)
    often = np.random.default_rng(6).random(SHAPE) < 0.6
    voxels[often] = -1000
    assert field_of_view_mask(voxels, SPACING_MM)[VIEW].mean() > 0.99


def test_the_field_of_view_of_an_ultrasound_cone_is_without_its_burnt_in_text():
    j, i = np.indices((100, 110))
    distance, angle = np.hypot(j + 15, i - 55), np.abs(np.arctan2(i - 55, j + 15))
    cone = np.broadcast_to((distance > 30) & (distance < 112) & (angle < 0.55), (30, 100, 110))
    voxels = np.where(cone, np.random.default_rng(7).rayleigh(40, cone.shape) + 1, 0)
    voxels[:, 60:70, 50:60] = 0
    voxels[:, 4:8, 5:25] = 255
    mask = field_of_view_mask(np.clip(voxels, 0, 255).astype(np.uint8), (0.5, 0.5, 0.5))
    assert mask[cone].all()
    assert agreement(mask, cone) > 0.999


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_field_of_view_of_a_turned_volume_of_fractions_is_its_box(dtype):
    j, i = np.indices((100, 100)) - 49.5
    along, across = i * np.cos(0.4) - j * np.sin(0.4), i * np.sin(0.4) + j * np.cos(0.4)
    box = np.broadcast_to((np.abs(along) < 40) & (np.abs(across) < 40), (30, 100, 100))
    voxels = np.where(box, np.random.default_rng(8).normal(0.4, 0.1, box.shape), 0.0).astype(dtype)
    assert agreement(field_of_view_mask(voxels, (1.0, 1.0, 1.0)), box) > 0.998


def test_the_field_of_view_of_a_shifted_volume_ends_where_it_was_filled_up():
    voxels = thorax()
    voxels[:, :, 90:] = 0
    mask = field_of_view_mask(voxels, SPACING_MM)
    assert mask[:, :, :90].all()
    assert not mask[:, :, 90:].any()


@pytest.mark.parametrize("find", [body_mask, field_of_view_mask])
def test_the_volume_is_not_modified(find):
    voxels = padded(thorax(), -3024)
    before = voxels.copy()
    voxels.setflags(write=False)
    find(voxels, SPACING_MM)
    np.testing.assert_array_equal(voxels, before)


@pytest.mark.parametrize("find", [body_mask, field_of_view_mask])
def test_eight_million_voxels_take_less_than_0_7_seconds(find):
    shape = (200, 200, 200)
    voxels = np.full(shape, -1000, dtype=np.int16)
    voxels[ellipsoid((100, 100, 100), (150, 70, 80), shape)] = 50
    voxels += np.random.default_rng(9).integers(-30, 30, shape, dtype=np.int16)
    voxels[~tube((99.5, 99.5), (99, 99), shape)] = -2000
    began = time.process_time()  # of this process alone: others may be busy
    find(voxels, (1.0, 1.0, 1.0))
    assert time.process_time() - began < 0.7


@pytest.mark.shared_data
def test_the_head_of_a_real_mr_is_the_body_and_its_brain_lies_within(shared_data):
    head, brain = (read_nifti(shared_data / "brain" / f"colin27_t1{name}_1mm.nii.gz") for name in ("", "_brain"))
    mask = body_mask(head, (1.0, 1.0, 1.0))
    assert 0.55 < mask.mean() < 0.65
    assert mask[brain > 0].mean() > 0.999
    assert mask[head > 40].mean() > 0.998
    assert mask[-3:].mean() < 0.01, "the air above"


def read_nifti(path: Path) -> np.ndarray:
    """The voxels of a file of bytes, shape (slices, rows, columns)."""
    content = gzip.decompress(path.read_bytes())
    dimensions = np.frombuffer(content[42:48], "<i2")
    begin = int(np.frombuffer(content[108:112], "<f4")[0])
    return np.frombuffer(content[begin:], np.uint8, int(np.prod(dimensions))).reshape(dimensions[::-1])
