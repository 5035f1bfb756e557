"""A pyramid that shrinks leaves thin volumes enough voxels, and everything that the user has decided alone."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.pyramid_schedule import with_safe_schedules
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
