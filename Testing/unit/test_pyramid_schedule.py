"""A pyramid that shrinks leaves thin volumes enough voxels, and everything that the user has decided alone."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.pyramid_schedule import (
    fixed_schedule,
    moving_schedule,
    shrinks_fixed,
    with_safe_schedules,
)
from ElastixPlusLib.errors import ParameterFileError

BIG, THIN = (256, 256, 256), (256, 256, 40)
RECURSIVE = '(FixedImagePyramid "FixedRecursiveImagePyramid")\n(MovingImagePyramid "MovingRecursiveImagePyramid")\n'


def parsed(text: str) -> ParameterFile:
    return ParameterFile.parse(text)


def schedules(text: str, fixed: tuple[int, ...], moving: tuple[int, ...]) -> list[tuple[str, ...] | None]:
    file = with_safe_schedules(parsed(text), fixed, moving)
    return [file.get("FixedImagePyramidSchedule"), file.get("MovingImagePyramidSchedule")]


def test_volumes_with_enough_voxels_keep_the_default():
    file = parsed(RECURSIVE + "(NumberOfResolutions 4)\n")
    assert with_safe_schedules(file, BIG, BIG) is file


def test_a_thin_axis_is_shrunk_only_as_long_as_sixteen_voxels_remain():
    fixed, moving = schedules(RECURSIVE + "(NumberOfResolutions 4)\n", (256, 70, 20), BIG)
    assert fixed == tuple("8 4 1 4 4 1 2 2 1 1 1 1".split())
    assert moving is None


def test_each_side_follows_its_own_volume():
    fixed, moving = schedules(RECURSIVE + "(NumberOfResolutions 2)\n", BIG, (256, 31, 32))
    assert fixed is None
    assert moving == tuple("2 1 2 1 1 1".split())


@pytest.mark.parametrize(("slices", "factor"), [(16, "1"), (31, "1"), (32, "2"), (63, "2"), (64, "4"), (1, "1")])
def test_the_limit_is_sixteen_voxels(slices, factor):
    fixed, _ = schedules(RECURSIVE + "(NumberOfResolutions 4)\n", (256, 256, slices), BIG)
    assert fixed is not None
    assert fixed[:3] == ("8", "8", factor)


def test_without_a_number_of_resolutions_elastix_takes_three():
    fixed, _ = schedules(RECURSIVE, (256, 256, 20), BIG)
    assert fixed == tuple("4 4 1 2 2 1 1 1 1".split())


def test_without_a_pyramid_elastix_shrinks():
    fixed, moving = schedules("(NumberOfResolutions 2)\n", THIN, (20, 20, 20))
    assert fixed is None, "40 slices can be halved"
    assert moving == ("1", "1", "1", "1", "1", "1")


@pytest.mark.parametrize("kind", ["Smoothing", "Generic"])
def test_a_pyramid_of_another_kind_stays_as_it_is(kind):
    text = f'(FixedImagePyramid "Fixed{kind}ImagePyramid")\n(MovingImagePyramid "Moving{kind}ImagePyramid")\n'
    assert schedules(text + "(NumberOfResolutions 4)\n", (20, 20, 20), (20, 20, 20)) == [None, None]


def test_a_shrinking_pyramid_is_limited_like_a_recursive_one():
    text = '(FixedImagePyramid "FixedShrinkingImagePyramid")\n(MovingImagePyramid "MovingSmoothingImagePyramid")\n'
    fixed, moving = schedules(text + "(NumberOfResolutions 2)\n", (20, 64, 64), (20, 20, 20))
    assert fixed == tuple("1 2 2 1 1 1".split())
    assert moving is None


def test_several_equal_pyramids_are_limited_and_mixed_ones_are_left_alone():
    equal = '(FixedImagePyramid "FixedRecursiveImagePyramid" "FixedRecursiveImagePyramid")\n(NumberOfResolutions 2)\n'
    mixed = '(FixedImagePyramid "FixedRecursiveImagePyramid" "FixedSmoothingImagePyramid")\n(NumberOfResolutions 2)\n'
    assert schedules(equal, (20, 64, 64), BIG)[0] == tuple("1 2 2 1 1 1".split())
    assert schedules(mixed, (20, 64, 64), BIG)[0] is None


@pytest.mark.parametrize("given", ["ImagePyramidSchedule", "ImagePyramidRescaleSchedule"])
def test_a_schedule_for_both_sides_is_kept(given):
    text = RECURSIVE + f"(NumberOfResolutions 1)\n({given} 8 8 8)\n"
    file = parsed(text)
    assert with_safe_schedules(file, (20, 20, 20), (20, 20, 20)) is file


def test_a_schedule_for_one_side_does_not_keep_the_other_from_being_limited():
    fixed, moving = schedules(
        RECURSIVE + "(NumberOfResolutions 2)\n(FixedImagePyramidSchedule 4 4 4 1 1 1)\n", (20, 20, 20), (20, 64, 64)
    )
    assert fixed == tuple("4 4 4 1 1 1".split())
    assert moving == tuple("1 2 2 1 1 1".split())


@pytest.mark.parametrize("number", ["four", "0", "-2", "3.5", "1000000000", "nan"])
def test_a_number_of_resolutions_that_is_none_is_refused_with_its_line(number):
    with pytest.raises(ParameterFileError, match=f"number of resolutions is {number}") as caught:
        with_safe_schedules(parsed(RECURSIVE + f"(NumberOfResolutions {number})\n"), BIG, BIG)
    assert caught.value.line_number == 3


def test_without_a_schedule_factors_are_halved_down_to_one():
    assert fixed_schedule(parsed("(NumberOfResolutions 3)\n")) == ((4, 4, 4), (2, 2, 2), (1, 1, 1))
    assert moving_schedule(parsed("")) == ((4, 4, 4), (2, 2, 2), (1, 1, 1))


def test_a_schedule_of_one_side_wins_over_the_common_one():
    file = parsed(
        "(NumberOfResolutions 2)\n(ImagePyramidSchedule 4 4 2 2 2 1)\n(MovingImagePyramidSchedule 3 3 3 1 1 1)\n"
    )
    assert fixed_schedule(file) == ((4, 4, 2), (2, 2, 1))
    assert moving_schedule(file) == ((3, 3, 3), (1, 1, 1))


def test_a_schedule_of_too_few_numbers_does_not_count_and_numbers_too_many_are_ignored():
    text = "(NumberOfResolutions 2)\n(FixedImagePyramidSchedule {})\n"
    assert fixed_schedule(parsed(text.format("8 8 8 4 4"))) == ((2, 2, 2), (1, 1, 1))
    assert fixed_schedule(parsed(text.format("8 8 8 4 4 4 1 1 1"))) == ((8, 8, 8), (4, 4, 4))


def test_only_a_smoothing_pyramid_takes_0_and_factors_that_grow_again():
    text = '(FixedImagePyramid "Fixed{}ImagePyramid")\n(NumberOfResolutions 2)\n(ImagePyramidSchedule 1 1 0 3 3 0)\n'
    assert fixed_schedule(parsed(text.format("Smoothing"))) == ((1, 1, 0), (3, 3, 0))
    for kind in ("Recursive", "Shrinking", "Generic"):
        assert fixed_schedule(parsed(text.format(kind))) == ((1, 1, 1), (1, 1, 1))


def test_only_a_generic_pyramid_has_a_schedule_for_shrinking_alone():
    text = '(FixedImagePyramid "Fixed{}ImagePyramid")\n(NumberOfResolutions 1)\n(ImagePyramidRescaleSchedule 3 3 3)\n'
    text += "(ImagePyramidSmoothingSchedule 5 5 5)\n"
    assert fixed_schedule(parsed(text.format("Generic"))) == ((3, 3, 3),)
    assert fixed_schedule(parsed(text.format("Smoothing"))) == ((1, 1, 1),)
    own = text + "(FixedImagePyramidRescaleSchedule 2 2 2)\n"
    assert fixed_schedule(parsed(own.format("Generic"))) == ((2, 2, 2),)


def test_of_several_pyramids_the_largest_factors_count():
    kinds = '(FixedImagePyramid "FixedSmoothingImagePyramid" "FixedSmoothingImagePyramid")\n(NumberOfResolutions 1)\n'
    file = parsed(kinds + "(FixedImagePyramidSchedule 4 4 4)\n(FixedImagePyramid1Schedule 6 2 4)\n")
    assert fixed_schedule(file) == ((6, 4, 4),)


@pytest.mark.parametrize("text", ["four", "-2", "2.5", "nan"])
def test_a_factor_that_is_none_is_refused_with_its_line(text):
    with pytest.raises(ParameterFileError, match=f"factor of the image pyramid is {text}") as caught:
        fixed_schedule(parsed(f"(NumberOfResolutions 1)\n(FixedImagePyramidSchedule 4 {text} 4)\n"))
    assert caught.value.line_number == 2


@pytest.mark.parametrize(("kinds", "shrinks"), [("Smoothing", False), ("Recursive", True), ("Generic", True)])
def test_a_pyramid_that_does_not_only_smooth_is_taken_to_shrink(kinds, shrinks):
    assert shrinks_fixed(parsed(f'(FixedImagePyramid "Fixed{kinds}ImagePyramid")\n')) == shrinks
    assert shrinks_fixed(parsed(""))
