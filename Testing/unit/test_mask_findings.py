"""Masks that leave too little are found with their numbers; a mask as most are is only mentioned."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.guidance.findings import Finding
from ElastixPlusLib.guidance.mask_findings import MaskFigures, dropped_landmark_findings, mask_findings


def figures(role="fixed", covered=0.3, count=100_000, **more) -> MaskFigures:
    return MaskFigures(role, count, covered, **more)


def kinds(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.severity) for finding in findings]


@pytest.mark.parametrize("role", ["fixed", "moving"])
def test_an_ordinary_mask_is_only_mentioned_with_its_coverage(role):
    (finding,) = mask_findings(figures(role))
    assert (finding.severity, finding.remedy, finding.fix) == ("note", "", None)
    assert finding.what == f"The {role} mask covers 30% of the {role} volume."


@pytest.mark.parametrize(
    ("covered", "kind"),
    [
        (0.0099, ("small-mask", "warning")),
        (0.01, ("mask-coverage", "note")),
        (0.949, ("mask-coverage", "note")),
        (0.95, ("mask-covers-all", "note")),
        (1.0, ("mask-covers-all", "note")),
    ],
)
def test_a_mask_below_a_hundredth_is_small_and_one_above_95_percent_does_nothing(covered, kind):
    assert kinds(mask_findings(figures(covered=covered))) == [kind]


def test_the_coverage_of_a_small_mask_is_told_with_its_digits():
    assert "covers 0.35% of the" in mask_findings(figures(covered=0.0035))[0].what


@pytest.mark.parametrize(("count", "kind"), [(499, "tiny-mask"), (500, "mask-coverage")])
def test_fewer_than_500_voxels_are_too_few(count, kind):
    (finding,) = mask_findings(figures(count=count))
    assert finding.kind == kind
    assert (str(count) in finding.what) == (kind == "tiny-mask")


@pytest.mark.parametrize(("inside", "is_found"), [(0.42, True), (0.989, True), (0.99, False), (1.0, False)])
def test_a_mask_that_reaches_out_of_its_volume_is_found(inside, is_found):
    findings = mask_findings(figures("moving", inside_fraction=inside))
    assert ("mask-outside", "warning") in kinds(findings) or not is_found
    assert len(findings) == 1 + is_found
    if inside == 0.42:
        assert findings[1].what == "Only 42% of the moving mask lies within the moving volume."


@pytest.mark.parametrize(
    ("left", "kind"),
    [
        (((0.0, 0.2), (0.5, 0.6)), ("eroded-mask", "error")),
        (((0.5, 0.6), (0.05, 0.6)), ("eroded-mask", "warning")),
        (((0.1, 0.2), (0.5, 0.6)), None),
        ((), None),
        ((None, None), None),
        (None, None),
    ],
)
def test_a_mask_that_erosion_takes_away_is_to_be_taken_as_drawn(left, kind):
    findings = mask_findings(figures(edge="artificial", left_fractions=left))
    assert [one for one in kinds(findings) if one[0] == "eroded-mask"] == ([kind] if kind else [])
    if kind:
        assert dict(findings[0].fix.changes) == {"mask_edge": "region"}
        assert findings[0].fix.option == "--mask-edge region"


def test_the_resolution_where_least_is_left_is_named():
    (finding, _) = mask_findings(figures(edge="artificial", left_fractions=((0.4, 0.6), (0.02, 0.6))))
    assert "only 2% (2000 voxels) of the fixed mask at resolution 1 of stage 2" in finding.what


def test_a_stage_without_erosion_keeps_its_number():
    (finding, _) = mask_findings(figures(edge="artificial", left_fractions=(None, (0.02, 0.6))))
    assert "at resolution 1 of stage 2" in finding.what


def test_nothing_left_is_called_nothing():
    (finding, _) = mask_findings(figures(edge="artificial", left_fractions=((0.4, 0.000001),)))
    assert "leaves nothing of the fixed mask at resolution 2 of stage 1" in finding.what
    assert finding.severity == "error"


def test_a_part_of_a_small_mask_is_little_though_the_fraction_is_not():
    findings = mask_findings(figures(count=2000, edge="artificial", left_fractions=((0.2, 1.0),)))
    assert ("eroded-mask", "warning") in kinds(findings)
    assert "(400 voxels)" in findings[0].what


@pytest.mark.parametrize(("fill", "is_found"), [(0.099, True), (0.1, False)])
def test_a_hollow_mask_is_mentioned(fill, is_found):
    assert (("hollow-mask", "note") in kinds(mask_findings(figures(fill_fraction=fill)))) == is_found
    assert ("hollow-mask", "note") not in kinds(mask_findings(figures("moving", fill_fraction=fill)))


@pytest.mark.parametrize(
    ("covered", "edge", "has_fixed_mask", "is_found"),
    [
        (0.2, "region", True, True),
        (0.49, "region", True, True),
        (0.5, "region", True, False),
        (0.2, "artificial", True, False),
        (0.2, "region", False, False),
    ],
)
def test_a_small_moving_mask_beside_a_fixed_one_is_said_to_be_needless(covered, edge, has_fixed_mask, is_found):
    findings = mask_findings(figures("moving", covered, edge=edge), has_fixed_mask=has_fixed_mask)
    assert (("moving-region", "note") in kinds(findings)) == is_found
    if is_found:
        assert findings[1].fix.changes["moving_mask"] is None


def test_a_fixed_mask_is_never_said_to_be_needless():
    assert len(mask_findings(figures("fixed", 0.2), has_fixed_mask=True)) == 1


def flags(*values: bool) -> np.ndarray:
    return np.array(values, dtype=bool)


def test_landmarks_in_the_moving_mask_are_no_matter():
    assert dropped_landmark_findings(("A", "B"), flags(True, True), flags(True, True)) == ()
    assert dropped_landmark_findings((), flags(), flags()) == ()


def test_landmarks_outside_the_moving_mask_are_named_and_only_they():
    (finding,) = dropped_landmark_findings(("A", "B", "C"), flags(True, False, False), flags(True, True, False))
    assert (finding.kind, finding.severity) == ("dropped-landmarks", "warning")
    assert finding.what.endswith("do not pull in the end: B, C.")
    assert finding.fix.changes["moving_mask"] is None


def test_landmarks_that_only_begin_outside_are_mentioned():
    (finding,) = dropped_landmark_findings(("A", "B"), flags(True, True), flags(True, False))
    assert (finding.kind, finding.severity) == ("late-landmarks", "note")
    assert "before they are in it: B." in finding.what


def test_no_landmark_that_pulls_at_the_start_is_a_warning():
    (finding,) = dropped_landmark_findings(("A", "B"), flags(True, True), flags(False, False))
    assert (finding.kind, finding.severity) == ("late-landmarks", "warning")


def test_a_moving_mask_that_is_needed_is_not_to_be_left_out():
    (finding,) = dropped_landmark_findings(("A",), flags(False), flags(True), mask_is_needed=True)
    assert finding.fix is None
    assert finding.remedy == "Enlarge the moving mask around them."


def test_of_many_landmarks_the_first_five_are_named():
    labels = tuple("ABCDEFGH")
    (finding,) = dropped_landmark_findings(labels, flags(*[False] * 8), flags(*[True] * 8))
    assert "A, B, C, D, E and 3 more" in finding.what
