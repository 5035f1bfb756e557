"""What a preset needs, and what it finds itself, is known before a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.checking.further_pairs import FurtherPairs, box_share, further_pair_findings, shared_fraction
from ElastixPlusLib.errors import LandmarkError, VolumeError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.findings import RefusedRequestError
from ElastixPlusLib.preflight import preflight, with_fixes
from ElastixPlusLib.presets.preset import Preset, PresetStage
from ElastixPlusLib.presets.preset_folder import write_preset
from ElastixPlusLib.presets.recipe import Recipe
from phantoms import add_anatomy, add_points, add_volume, grid_matrix, random_points_inside, rotation_about
from quick_stages import stage

pytestmark = pytest.mark.native_engine
SIZE, SPACING_MM = (30, 28, 26), (3.0, 3.0, 3.0)


@pytest.fixture
def pair(scene) -> RegistrationRequest:
    return RegistrationRequest(
        add_anatomy(scene, SIZE, SPACING_MM, name="fixed"), add_anatomy(scene, SIZE, SPACING_MM, name="moving")
    )


@pytest.fixture
def with_preset(pair, tmp_path, monkeypatch):
    """Make a request with a preset of one rigid stage, of which some fields are told."""
    monkeypatch.setenv("ELASTIXPLUS_PRESETS", str(tmp_path))

    def request(**fields) -> RegistrationRequest:
        stages = (PresetStage("0-rigid.txt", text=stage("EulerTransform")),)
        write_preset(Preset("knee", "Knee of MR", "For knees.", stages=stages, origin="user", **fields), Path(tmp_path))
        return replace(pair, preset="knee")

    return request


def test_a_preset_that_needs_a_fixed_mask_says_so_and_offers_the_body(with_preset):
    request = with_preset(needs=("fixed-mask",))
    with pytest.raises(RefusedRequestError, match="Knee of MR needs a fixed mask") as caught:
        register(request)
    assert caught.value.fix.option == "--fixed-mask body"
    fixed = with_fixes(request, (caught.value.fix,))
    assert fixed.fixed_mask == "body"
    assert preflight(fixed).can_run
    (failure,) = (
        one
        for one in preflight(with_preset(needs=("fixed-mask",), anatomy=("knee",))).findings
        if one.severity == "error"
    )
    assert failure.fix is None  # the body is no mask of a knee


def test_a_mask_or_an_exclusion_that_is_given_is_enough(with_preset, scene):
    request = with_preset(needs=("fixed-mask", "moving-mask"))
    voxels = np.zeros(SIZE[::-1], dtype=np.uint8)
    voxels[5:20, 5:20, 5:20] = 1
    mask = add_volume(scene, voxels, grid_matrix(SIZE, SPACING_MM), "mask", "vtkMRMLLabelMapVolumeNode")
    kinds = {finding.kind for finding in preflight(replace(request, fixed_mask=mask, moving_exclude=mask)).findings}
    assert not {"no-fixed-mask", "no-moving-mask"} & kinds
    assert {"no-fixed-mask", "no-moving-mask"} <= {finding.kind for finding in preflight(request).findings}


def test_a_preset_that_needs_landmarks_says_so(with_preset, pair, scene):
    request = with_preset(needs=("landmarks",))
    with pytest.raises(LandmarkError, match="Knee of MR needs landmarks"):
        register(request)
    lists = [add_points(scene, random_points_inside(pair.fixed, 3) * 0.5) for _ in range(2)]
    given = replace(request, fixed_landmarks=lists[0], moving_landmarks=lists[1])
    assert preflight(given).checked is not None
    with pytest.raises(LandmarkError, match="Let at least two landmarks drive"):
        register(replace(given, check_labels=("1", "2", "3")))


def test_a_preset_finds_its_masks_itself_where_none_is_given_and_says_so(with_preset):
    request = with_preset(recipe=Recipe(fixed_mask="body", moving_mask="field-of-view"), needs=("fixed-mask",))
    report = preflight(request)
    notes = [finding for finding in report.findings if finding.kind == "mask-of-preset"]
    assert ["the body in the fixed" in note.what for note in notes] == [True, False]
    assert {note.severity for note in notes} == {"note"}
    assert report.checked.fixed_side.mask is not None
    assert report.checked.moving_side.mask is not None
    assert request.fixed_mask is None


def test_a_preset_goes_without_a_mask_that_cannot_be_found_but_a_user_is_told(with_preset, scene):
    request = with_preset(recipe=Recipe(fixed_mask="body", moving_mask="body"))
    full = np.random.default_rng(5).uniform(50.0, 100.0, SIZE[::-1]).astype(np.float32)
    request = replace(request, fixed=add_volume(scene, full, grid_matrix(SIZE, SPACING_MM), "no air"))
    report = preflight(request)
    kinds = [finding.kind for finding in report.findings if "mask-of-preset" in finding.kind]
    assert kinds == ["mask-of-preset", "no-mask-of-preset"]
    assert report.checked.fixed_side.mask is None
    assert report.checked.moving_side.mask is not None
    (failure,) = preflight(replace(request, fixed_mask="body")).findings
    assert failure.severity == "error"


def test_a_mask_that_is_given_counts_instead_of_that_of_the_preset(with_preset, scene):
    request = with_preset(recipe=Recipe(fixed_mask="body"))
    voxels = np.zeros(SIZE[::-1], dtype=np.uint8)
    voxels[4:22, 4:22, 4:22] = 1
    mask = add_volume(scene, voxels, grid_matrix(SIZE, SPACING_MM), "mask", "vtkMRMLLabelMapVolumeNode")
    report = preflight(replace(request, fixed_mask=mask))
    assert int(np.count_nonzero(report.checked.fixed_side.mask_voxels)) == 18**3
    assert not [finding for finding in report.findings if finding.kind == "mask-of-preset"]


def test_a_mask_that_keeps_samples_out_of_small_regions_is_told(pair):
    local = replace(pair, preset="uneven-brightness", overrides=("bspline.SampleRegionSize=20",))
    whole = [one for one in preflight(local).findings if one.kind == "no-sample-region"]
    (note,) = (one for one in preflight(replace(local, fixed_mask="body")).findings if one.kind == "no-sample-region")
    assert (whole, note.severity) == ([], "note")
    assert note.what.startswith("Stage 3 ")


def test_a_preset_for_two_pairs_asks_for_the_second_one(with_preset):
    with pytest.raises(
        VolumeError, match=r"Knee of MR compares two pairs of volumes, and 1 is given.*another contrast"
    ):
        register(with_preset(image_pairs=2))


def test_a_further_volume_that_shows_little_of_the_first_is_told():
    first = Grid((20, 20, 20), np.eye(4))
    slab = Grid((20, 20, 3), np.eye(4))
    assert shared_fraction(first, slab) == pytest.approx(3 / 20, abs=0.05)
    (finding,) = further_pair_findings((first, first), pairs_of(slab))
    assert finding.severity == "warning"
    assert "second fixed volume shows 1" in finding.what
    assert further_pair_findings((first, first), pairs_of(first)) == []


def test_a_mask_fills_less_of_a_box_along_other_axes():
    mask = np.ones((20, 20, 20), dtype=np.uint8)
    straight, turned = Grid((20, 20, 20), np.eye(4)), Grid((20, 20, 20), rotation_about((0, 0, 1), 45.0))
    assert box_share(mask, straight, [straight]) == pytest.approx(1.0)
    assert box_share(mask, straight, [straight, turned]) == pytest.approx(0.5)
    assert box_share(np.zeros((3, 3, 3), dtype=np.uint8), straight, [turned]) == 1.0


class _Volume:
    def __init__(self, grid: Grid) -> None:
        self.grid = grid


def pairs_of(fixed: Grid) -> FurtherPairs:
    return FurtherPairs((_Volume(fixed),), (_Volume(Grid((20, 20, 20), np.eye(4))),))
