"""Samplers are replaced where they would starve in a mask, and only there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.elastix.mask_sampler import (
    fill_fraction,
    mask_dimensions,
    region_fill,
    with_sampler_for_mask,
    without_mask_sampler,
)
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.pyramid_schedule import with_safe_schedules
from ElastixPlusLib.errors import ParameterFileError

SMOOTHING = '(FixedImagePyramid "FixedSmoothingImagePyramid")\n'
RECURSIVE = '(FixedImagePyramid "FixedRecursiveImagePyramid")\n'
ASGD = '(Optimizer "AdaptiveStochasticGradientDescent")\n'
REGION = '(UseRandomSampleRegion "true")\n'


def parsed(text: str) -> ParameterFile:
    return ParameterFile.parse(text)


def cube(edge: int, size: int = 64, at: int = 20) -> np.ndarray:
    mask = np.zeros((size,) * 3, dtype=np.uint8)
    mask[at : at + edge, at : at + edge, at : at + edge] = 1
    return mask


@pytest.mark.parametrize("sampler", ["Random", "RandomCoordinate", "MultiInputRandomCoordinate"])
def test_a_sampler_that_would_starve_draws_among_the_voxels_of_the_mask(sampler):
    file = parsed(f'(ImageSampler "{sampler}") // kept\n(NewSamplesEveryIteration "true")\n{REGION}')
    fed = with_sampler_for_mask(file, 0.1)
    assert fed.get("ImageSampler") == ("RandomSparseMask",)
    assert fed.get("NewSamplesEveryIteration") == ("true",)
    assert "UseRandomSampleRegion" not in fed
    assert "// kept" in fed.text


@pytest.mark.parametrize("sampler", ["Full", "Grid", "RandomSparseMask", "SomethingOfTheirOwn"])
def test_a_sampler_that_cannot_starve_stays(sampler):
    file = parsed(f'(ImageSampler "{sampler}")\n')
    assert with_sampler_for_mask(file, 0.001) is file


def test_every_metric_keeps_a_sampler_of_its_own():
    fed = with_sampler_for_mask(parsed('(ImageSampler "Random" "Full" "RandomCoordinate")\n'), 0.1)
    assert fed.get("ImageSampler") == ("RandomSparseMask", "Full", "RandomSparseMask")


@pytest.mark.parametrize(("fill", "starves"), [(0.0, True), (0.249, True), (0.25, False), (1.0, False)])
def test_a_quarter_of_the_box_is_enough(fill, starves):
    file = parsed('(ImageSampler "RandomCoordinate")\n')
    assert (with_sampler_for_mask(file, fill) is not file) == starves


def test_a_stage_without_a_sampler_stays_as_it_is():
    file = parsed("(NumberOfResolutions 2)\n")
    assert with_sampler_for_mask(file, 0.0) is file
    assert without_mask_sampler(file) is file


@pytest.mark.parametrize("switch", ["UseRandomSampleRegion", "ImageSampler0UseRandomSampleRegion"])
def test_a_region_that_may_be_empty_is_given_up_and_the_sampler_kept(switch):
    file = parsed(f'(ImageSampler "RandomCoordinate")\n({switch} "true")\n(SampleRegionSize 40)\n')
    for fed in (with_sampler_for_mask(file, 0.9), with_sampler_for_mask(file, 1.0, 0.1)):
        assert fed.get("ImageSampler") == ("RandomCoordinate",)
        assert switch not in fed
    assert with_sampler_for_mask(file, 1.0) is file, "a mask that is its box"
    assert with_sampler_for_mask(file, 0.5, 0.3) is file, "a region that is never too empty"


def test_as_many_points_of_the_grids_lie_in_the_mask_as_were_asked_for():
    file = parsed('(ImageSampler "Random")\n' + ASGD + "(NumberOfJacobianMeasurements 3000 500)\n")
    assert with_sampler_for_mask(file, 0.1).get("NumberOfJacobianMeasurements") == ("30000", "5000")
    file = parsed('(ImageSampler "Random")\n' + ASGD + "(NumberOfSamplesForExactGradient 2500)\n")
    fed = with_sampler_for_mask(file, 0.01)
    assert fed.get("NumberOfJacobianMeasurements") == ("100000",), "by default elastix takes 1000"
    assert fed.get("NumberOfSamplesForExactGradient") == ("250000",)
    assert with_sampler_for_mask(file, 0.5) is file


def test_grids_do_not_grow_beyond_a_million_points_nor_below_what_was_asked_for():
    file = parsed('(ImageSampler "Random")\n' + ASGD + "(NumberOfSamplesForExactGradient 2000000)\n")
    fed = with_sampler_for_mask(file, 0.0)
    assert fed.get("NumberOfJacobianMeasurements") == ("1000000",)
    assert fed.get("NumberOfSamplesForExactGradient") == ("2000000",)


def test_an_optimizer_without_grids_gets_none():
    file = parsed('(ImageSampler "Random")\n(Optimizer "RegularStepGradientDescent")\n')
    assert with_sampler_for_mask(file, 0.1).names == ("ImageSampler", "Optimizer")


def test_without_a_mask_no_sampler_asks_for_one():
    file = without_mask_sampler(parsed('(ImageSampler "RandomSparseMask" "Full")\n'))
    assert file.get("ImageSampler") == ("RandomCoordinate", "Full")
    assert without_mask_sampler(file) is file


def test_a_solid_box_nearly_fills_its_own_and_two_far_corners_do_not():
    assert fill_fraction(cube(30), parsed(SMOOTHING)) == pytest.approx((30 / 31) ** 3)
    far = cube(5, at=1)
    far[58:63, 58:63, 58:63] = 1
    assert fill_fraction(far, parsed(SMOOTHING)) < 0.002


def test_a_mask_without_a_voxel_fills_nothing():
    nothing = np.zeros((8, 8, 8), dtype=np.uint8)
    assert fill_fraction(nothing, parsed(SMOOTHING)) == 0.0
    assert mask_dimensions(nothing) == (0, 0, 0)
    assert region_fill(nothing, (1, 1, 1), parsed(REGION)) == 1.0


def test_a_mask_of_the_whole_volume_fills_it():
    assert fill_fraction(np.ones((16, 16, 16), dtype=np.uint8), parsed(RECURSIVE)) == 1.0


def test_a_pyramid_that_shrinks_widens_the_box_to_its_own_voxels():
    text = RECURSIVE + "(NumberOfResolutions 1)\n(FixedImagePyramidSchedule 8 8 8)\n"
    assert fill_fraction(cube(6, at=25), parsed(text)) == pytest.approx((6 / 16) ** 3)
    assert fill_fraction(cube(6, at=25), parsed(text.replace("Recursive", "Smoothing"))) > 0.6


@settings(max_examples=50, deadline=None)
@given(edge=st.integers(1, 20), at=st.integers(0, 40), factor=st.sampled_from([1, 2, 4, 8]))
def test_the_box_of_a_coarse_resolution_is_never_wider_than_a_coarse_voxel_to_each_side(edge, at, factor):
    text = RECURSIVE + f"(NumberOfResolutions 1)\n(FixedImagePyramidSchedule {factor} {factor} {factor})\n"
    least = (edge / (edge + 2 * factor)) ** 3
    assert least <= fill_fraction(cube(edge, at=at), parsed(text)) <= 1.0


def test_the_least_filled_resolution_counts():
    coarse = RECURSIVE + "(NumberOfResolutions 2)\n(FixedImagePyramidSchedule 8 8 8 1 1 1)\n"
    assert fill_fraction(cube(6, at=25), parsed(coarse)) == pytest.approx((6 / 16) ** 3)


def test_a_region_is_as_full_as_where_it_is_emptiest():
    mask = cube(40, at=10)
    mask[20:30, 20:30, 20:30] = 0
    text = REGION + "(SampleRegionSize 10 10 10)\n"
    assert region_fill(mask, (1.0, 1.0, 1.0), parsed(text)) == 0.0
    assert region_fill(mask, (0.5, 0.5, 0.5), parsed(text)) == pytest.approx(1 - 10**3 / 20**3)
    assert region_fill(mask, (1.0, 1.0, 1.0), parsed(text.replace("true", "false"))) == 1.0
    assert region_fill(mask, (1.0, 1.0, 1.0), parsed("(SampleRegionSize 10)\n")) == 1.0


def test_sizes_of_a_region_are_read_as_elastix_fills_them_in():
    mask = cube(40, at=10)
    mask[20:30, 20:30, 20:30] = 0
    one_for_all = region_fill(mask, (1, 1, 1), parsed(REGION + "(SampleRegionSize 20)\n"))
    assert one_for_all == pytest.approx(1 - 10**3 / 20**3)
    fine_too_small = parsed(REGION + "(NumberOfResolutions 2)\n(SampleRegionSize 20 20 20 8 8 8)\n")
    assert region_fill(mask, (1, 1, 1), fine_too_small) == 0.0
    a_third_of_the_volume = region_fill(mask, (1, 1, 1), parsed(REGION))
    assert a_third_of_the_volume == pytest.approx(1 - 10**3 / 21**3)


def test_a_region_beyond_the_mask_is_partly_empty():
    assert region_fill(cube(10), (1, 1, 1), parsed(REGION + "(SampleRegionSize 20)\n")) == pytest.approx(1 / 8)


@pytest.mark.parametrize("size", ["wide", "0", "-3", "nan"])
def test_a_size_that_is_none_is_refused_with_its_line(size):
    with pytest.raises(ParameterFileError, match="region") as caught:
        region_fill(cube(10), (1, 1, 1), parsed(REGION + f"(SampleRegionSize 10 {size} 10)\n"))
    assert caught.value.line_number == 2


def test_the_dimensions_of_a_small_mask_keep_a_pyramid_from_shrinking_it_away():
    mask = np.zeros((64, 64, 64), dtype=np.uint8)
    mask[10:50, 20:40, 30:70] = 1
    assert mask_dimensions(mask) == (34, 20, 40)
    file = with_safe_schedules(parsed(RECURSIVE + "(NumberOfResolutions 3)\n"), mask_dimensions(mask), (64, 64, 64))
    assert file.get("FixedImagePyramidSchedule") == tuple("2 1 2 2 1 2 1 1 1".split())


def test_a_sampler_that_draws_in_the_whole_volume_draws_in_the_box_of_a_mask_instead():
    local = '(ImageSampler "MultiInputRandomCoordinate")\n(UseRandomSampleRegion "true")\n'
    changed = with_sampler_for_mask(ParameterFile.parse(local), 0.6, 0.9)
    assert changed.get("ImageSampler") == ("RandomCoordinate",)
    assert "UseRandomSampleRegion" not in changed
