"""A correction of the lint changes the line that it is about, and takes the finding away."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.lint_correction import corrected, is_correctable
from ElastixPlusLib.elastix.lint_finding import Circumstances, LintFinding
from ElastixPlusLib.elastix.parameter_lint import lint_text
from ElastixPlusLib.errors import ParameterFileError
from linted_files import COMBINED, RIGID, SPLINE, text_of

FAULTY = {
    "a switch": (RIGID, {"ErodeMask": "yes"}),
    "a whole number": (RIGID, {"MaximumNumberOfIterations": "1e3 500 250"}),
    "a name": (RIGID, {"NumberOfHistogramBin": "16"}),
    "a component": (RIGID, {"Interpolator": '"linearinterpolator"'}),
    "a word": (RIGID, {"HowToCombineTransforms": '"compose"'}),
    "missing values": (RIGID, {"MaximumNumberOfIterations": "250 500"}),
    "too many values": (RIGID, {"MaximumNumberOfIterations": "1 2 3 4"}),
    "a schedule": (RIGID, {"FixedImagePyramidSchedule": "4 2 1"}),
    "a missing parameter": (RIGID, {"NewSamplesEveryIteration": None}),
    "a missing component": (RIGID, {"Optimizer": None}),
    "no registration": (COMBINED, {"Registration": None}),
    "a registration": (COMBINED, {"Registration": '"MultiResolutionRegistration"'}),
    "an old name": (SPLINE, {"FinalGridSpacing": "8"}),
    "orientation": (RIGID, {"UseDirectionCosines": '"false"'}),
}


@pytest.mark.parametrize("fault", FAULTY)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_correction_takes_the_finding_away_and_leaves_the_other_lines(fault, line_end):
    base, changes = FAULTY[fault]
    text = "// mine\n  " + text_of(base, **changes).replace("\n", " // why\n").replace("\n", line_end)
    findings = lint_text(text)
    finding = next(one for one in findings if is_correctable(one))
    better = corrected(text, finding)
    assert finding not in lint_text(better)
    assert [one for one in lint_text(better) if one.severity == "error"] == []
    changed = set(better.split(line_end)) - set(text.split(line_end))
    assert len(changed) == 1
    assert better.count(" // why") == text.count(" // why")


def test_numbers_stand_without_quotes_and_words_with_them():
    text = "(ErodeMask yes)\n(SP_A 1)\n"
    assert corrected(text, LintFinding("error", "", "", "SP_A", 2, ("20", "1.5"))) == "(ErodeMask yes)\n(SP_A 20 1.5)\n"
    assert corrected(text, LintFinding("error", "", "", "ErodeMask", 1, ("true",))).startswith('(ErodeMask "true")\n')


def test_faulty_lines_beside_it_are_left_alone():
    text = "(Metric\n(ErodeMask yes)"
    (finding,) = (one for one in lint_text(text) if is_correctable(one))
    assert corrected(text, finding) == '(Metric\n(ErodeMask "true")'


def test_what_proposes_nothing_corrects_nothing():
    finding = LintFinding("note", "It does nothing.", "", "SP_A", 1)
    assert not is_correctable(finding)
    with pytest.raises(ParameterFileError, match="no correction"):
        corrected("(SP_A 1)", finding)


def test_a_text_that_has_changed_meanwhile_is_not_spoilt():
    finding = LintFinding("error", "", "", "SP_A", 3, ("20",))
    with pytest.raises(ParameterFileError, match="has changed"):
        corrected("(SP_A 1)", finding)


def test_circumstances_are_heeded_by_lint_text():
    text = text_of(ErodeMask='"true"')
    (finding,) = lint_text(text, None, Circumstances(mask_edge="region"))
    assert lint_text(corrected(text, finding), None, Circumstances(mask_edge="region")) == ()
