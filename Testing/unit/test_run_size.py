"""A run that would take too much is found before it starts, with numbers; one as most are is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.run_size import (
    control_points,
    disk_findings,
    grid_findings,
    memory_findings,
    memory_needed_bytes,
)
from ElastixPlusLib.presets.library import find_preset

MIB, GIB = 2**20, 2**30
SPLINE = '(Transform "BSplineTransform")\n'
BRAINS = Grid((197, 233, 189), np.eye(4)), Grid((181, 217, 181), np.eye(4))


def parsed(text: str) -> ParameterFile:
    return ParameterFile.parse(text)


def cube(size: int, spacing_mm: float = 1.0) -> Grid:
    return Grid((size, size, size), np.diag([spacing_mm] * 3 + [1.0]))


def preset(name: str) -> list[ParameterFile]:
    return [ParameterFile.read(path) for path in find_preset(name).parameter_paths]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(FinalGridSpacingInPhysicalUnits 16)", 7 * 7 * 7),
        ("(FinalGridSpacingInPhysicalUnits 15.5)", 8 * 8 * 8),
        ("(FinalGridSpacingInPhysicalUnits 16 16 8)", 7 * 7 * 11),
        ("(FinalGridSpacingInPhysicalUnits 16 8)", 7 * 11 * 7),
        ("(FinalGridSpacingInVoxels 5 6 7)", 16 * 14 * 13),
        ("", 11 * 11 * 11),
        ("(FinalGridSpacingInPhysicalUnits 16)\n(BSplineTransformSplineOrder 1)", 5 * 5 * 5),
        ("(FinalGridSpacingInPhysicalUnits 16)\n(NumberOfResolutions 2)\n(GridSpacingSchedule 1 0.5)", 11 * 11 * 11),
        ("(FinalGridSpacingInPhysicalUnits 16)\n(NumberOfResolutions 2)\n(GridSpacingSchedule 0.5 1)", 11 * 11 * 11),
        ("(FinalGridSpacingInPhysicalUnits 16)\n(NumberOfResolutions 2)\n(GridSpacingSchedule 2 2 2 1 1 2)", 7 * 7 * 5),
    ],
)
def test_control_points_are_counted_as_elastix_does(text, expected):
    """The numbers are those of elastix 5.0.1 and 5.3.1 for 64 voxels of 1 mm a side; the finest resolution counts."""
    assert control_points(parsed(SPLINE + text), cube(64)) == expected


def test_without_a_spacing_control_points_are_8_mm_apart_whatever_the_voxels():
    assert control_points(parsed(SPLINE), cube(64, 3.0)) == 27**3


def test_voxels_are_as_large_as_they_are():
    assert control_points(parsed(SPLINE + "(FinalGridSpacingInVoxels 8)"), cube(64, 3.0)) == 11**3
    assert control_points(parsed(SPLINE + "(FinalGridSpacingInPhysicalUnits 8)"), cube(64, 3.0)) == 27**3


def test_a_rigid_stage_has_no_control_points():
    assert control_points(parsed('(Transform "EulerTransform")\n(FinalGridSpacingInVoxels 1)'), cube(64)) == 0


@pytest.mark.parametrize("name", ["rigid", "affine", "generic"])
def test_nothing_is_found_about_the_presets_on_two_brains(name):
    files = preset(name)
    assert grid_findings(files, BRAINS[0]) == ()
    for engine in ("elastix", "itk-elastix"):
        assert memory_findings(memory_needed_bytes(files, *BRAINS, engine), GIB) == ()


@pytest.mark.parametrize(("spacing_mm", "is_found"), [(3.4, False), (3.25, True)])
def test_more_than_250_thousand_control_points_are_many(spacing_mm, is_found):
    files = [parsed('(Transform "EulerTransform")'), parsed(SPLINE + f"(FinalGridSpacingInPhysicalUnits {spacing_mm})")]
    findings = grid_findings(files, cube(200))
    assert [finding.kind for finding in findings] == (["huge-grid"] if is_found else [])
    if is_found:
        assert findings[0].severity == "warning"
        assert findings[0].what == "Stage 2 has 274,625 control points 3.2 mm apart."
        assert "about 3.4 mm apart" in findings[0].remedy


def test_more_than_two_million_control_points_are_called_far_too_many():
    (finding,) = grid_findings([parsed(SPLINE + "(FinalGridSpacingInVoxels 1.5)")], cube(200))
    assert "2.6 million" in finding.what
    assert "far more" in finding.what


def test_what_is_recommended_is_few_enough():
    (finding,) = grid_findings([parsed(SPLINE + "(FinalGridSpacingInPhysicalUnits 1)")], cube(200))
    enough_mm = float(finding.remedy.split("about ")[1].split(" mm")[0])
    assert control_points(parsed(SPLINE + f"(FinalGridSpacingInPhysicalUnits {enough_mm})"), cube(200)) < 300_000


@pytest.mark.parametrize(
    "text",
    [
        "(FinalGridSpacingInVoxels 5)\n(FinalGridSpacingInPhysicalUnits 5)",
        "(NumberOfResolutions 4)\n(GridSpacingSchedule 2 1)",
    ],
)
def test_a_spacing_that_elastix_refuses_is_an_error(text):
    (finding,) = grid_findings([parsed(SPLINE + text)], cube(64))
    assert (finding.kind, finding.severity) == ("unclear-grid", "error")


@pytest.mark.parametrize("schedule", ["8 4 2 1", "8 8 8 4 4 4 2 2 2 1 1 1"])
def test_a_schedule_with_a_number_for_each_resolution_or_axis_is_clear(schedule):
    text = f"(NumberOfResolutions 4)\n(FinalGridSpacingInVoxels 16)\n(GridSpacingSchedule {schedule})"
    assert grid_findings([parsed(SPLINE + text)], cube(64)) == ()


SMOOTHING = '(FixedImagePyramid "FixedSmoothingImagePyramid")\n(MovingImagePyramid "MovingSmoothingImagePyramid")\n'
GENERIC = '(FixedImagePyramid "FixedGenericImagePyramid")\n(MovingImagePyramid "MovingGenericImagePyramid")\n'
RIGID = '(Transform "EulerTransform")\n(NumberOfResolutions 4)\n'
ESTIMATED = SPLINE + "(NumberOfResolutions 1)\n"
FEW = ESTIMATED + "(NumberOfJacobianMeasurements 3000)\n"
DISPLACED = ESTIMATED + '(ASGDParameterEstimationMethod "DisplacementDistribution")\n'
FULL = '(ImageSampler "Full")\n'
SLOW = '(UseFastAndLowMemoryVersion "false")\n'


@pytest.mark.parametrize(
    ("text", "sizes", "native_mib", "wheel_mib"),
    [
        (RIGID, (128, 128), 107, 255),
        (RIGID, (160, 160), 163, 310),
        (RIGID, (192, 192), 247, 396),
        (RIGID, (256, 256), 443, 592),
        (RIGID, (192, 64), 159, None),
        (RIGID, (64, 192), 161, None),
        (RIGID + SMOOTHING, (160, 160), 268, 416),
        (RIGID + GENERIC, (160, 160), 146, 295),
        (RIGID + FULL, (160, 160), 261, 425),
        (FEW + "(FinalGridSpacingInVoxels 8)", (128, 128), 174, 322),
        (FEW + "(FinalGridSpacingInVoxels 4)", (128, 128), 522, 671),
        (FEW + "(FinalGridSpacingInVoxels 3)", (128, 128), 948, 1097),
        (FEW + "(FinalGridSpacingInVoxels 2)", (128, 128), 1969, 2114),
        (ESTIMATED + "(FinalGridSpacingInVoxels 4)", (80, 80), 239, None),
        (ESTIMATED + "(NumberOfJacobianMeasurements 1000)\n(FinalGridSpacingInVoxels 4)", (80, 80), 172, None),
        (DISPLACED + "(FinalGridSpacingInVoxels 3)", (128, 128), 141, 342),
        (DISPLACED + "(FinalGridSpacingInVoxels 2)", (128, 128), 256, 543),
        (FEW + SLOW + "(FinalGridSpacingInVoxels 8)", (128, 128), 225, 374),
    ],
)
def test_the_estimate_is_within_a_third_of_what_was_measured(text, sizes, native_mib, wheel_mib):
    """Peak resident memory of elastix 5.0.1 and of itk-elastix 0.25.4 with two threads."""
    for engine, measured in (("elastix", native_mib), ("itk-elastix", wheel_mib)):
        if measured is not None:
            needed = memory_needed_bytes([parsed(text)], cube(sizes[0]), cube(sizes[1]), engine)
            assert 0.9 < needed / MIB / measured < 1.33


def test_stages_follow_each_other_and_the_largest_counts():
    rigid, spline = parsed(RIGID), parsed(ESTIMATED + "(FinalGridSpacingInVoxels 3)")
    both = memory_needed_bytes([rigid, spline], cube(128), cube(128), "elastix")
    assert both == memory_needed_bytes([spline], cube(128), cube(128), "elastix")


@pytest.mark.parametrize(
    ("needed", "severity"), [(3.9 * GIB, None), (4.1 * GIB, "warning"), (5.9 * GIB, "warning"), (6.1 * GIB, "error")]
)
def test_more_memory_than_there_is_is_a_warning_and_half_as_much_again_an_error(needed, severity):
    findings = memory_findings(round(needed), 4 * GIB)
    assert [finding.severity for finding in findings] == ([severity] if severity else [])
    if severity:
        assert "4.0 GB are free" in findings[0].what
        assert findings[0].fix.option == "--crop overlap"


def test_memory_that_is_not_known_is_no_finding():
    assert memory_findings(10**15, None) == ()


def test_what_is_cropped_already_is_not_offered_again():
    assert memory_findings(5 * GIB, 4 * GIB, crop="overlap")[0].fix is None


@pytest.mark.parametrize(("free", "severity"), [(0.99, "error"), (1.05, "warning"), (1.15, None)])
def test_less_space_than_is_written_is_an_error(free, severity):
    findings = disk_findings(GIB, round(free * GIB), Path("runs"))
    assert [finding.severity for finding in findings] == ([severity] if severity else [])
    assert all("to runs" in finding.what for finding in findings)


def test_space_that_is_not_known_is_no_finding():
    assert disk_findings(GIB, None, Path("runs")) == ()


def test_a_second_pair_takes_as_much_memory_for_volumes_and_pyramids_as_the_first_one():
    """Measured with elastix 5.0.1 on cubes of 160 voxels a side: 219 MiB with one pair, 344 with two."""
    pyramids = [f'({side}ImagePyramid "{side}SmoothingImagePyramid"' for side in ("Fixed", "Moving")]
    single = parsed("(NumberOfResolutions 3)\n" + ")\n".join(pyramids) + ")")
    double = parsed("(NumberOfResolutions 3)\n" + ' "other")\n'.join(pyramids) + ' "other")')
    one = memory_needed_bytes([single], cube(160), cube(160), "elastix") / 2**20
    two = memory_needed_bytes([double], cube(160), cube(160), "elastix", [(cube(160), cube(160))]) / 2**20
    assert one / 219 == pytest.approx(1.1, abs=0.1)
    assert two / 344 == pytest.approx(1.2, abs=0.1)
