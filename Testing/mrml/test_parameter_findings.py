"""Before a run, what the parameter files would do wrong is refused or told, and what does no harm is left in peace."""

from __future__ import annotations

import pytest

from ElastixPlusLib.checking.parameter_findings import parameter_findings
from ElastixPlusLib.checking.stage_parameters import read_parameter_files
from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.guidance.findings import Finding
from ElastixPlusLib.presets.library import list_presets
from ElastixPlusLib.presets.preset import PresetStage
from ElastixPlusLib.presets.recipe import Recipe
from ElastixPlusLib.request import RegistrationRequest
from linted_files import SPLINE, text_of


def findings_of(text: str, *overrides: str) -> list[Finding]:
    """What a run is told of one stage."""
    findings: list[Finding] = []
    request = RegistrationRequest(None, None, overrides=overrides)
    read_parameter_files([PresetStage("0-stage.txt", text=text)], request, Recipe(), findings)
    return findings


def test_built_in_presets_and_ordinary_files_are_left_in_peace():
    for preset in list_presets():
        assert parameter_findings(preset.parameter_files()) == [], preset.id
    assert findings_of(text_of()) == findings_of(text_of(SPLINE, MaximumNumberOfIterations="250 500 500")) == []


def test_changes_for_one_run_are_looked_at_too():
    (finding,) = findings_of(text_of(), "1.NewSamplesEveryIteration=false")
    assert (finding.kind, finding.severity) == ("parameter", "warning")
    assert "NewSamplesEveryIteration is off" in finding.what


def test_notes_are_for_whoever_edits_the_file():
    assert findings_of(text_of(GridSpacingSchedule="4 2 1", HowToCombineTransforms='"Add"', RandomSeed="1 2")) == []


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("(GridSpacingSchedule 4 2)", 8),
        ("(MaximumNumberOfIterations 1e3)", 8),
        ("(UseNormalization yes) (", 8),
        ("(CheckNumberOfSamples yes)", 8),
    ],
)
def test_what_elastix_refuses_or_misreads_is_refused_with_its_line(line, number):
    with pytest.raises(ParameterFileError) as refusal:
        findings_of(text_of(SPLINE) + line)
    assert refusal.value.line_number == number
    assert f"line {number}" in refusal.value.what
    assert refusal.value.remedy


def test_what_was_probably_not_meant_is_told_with_its_line():
    (finding,) = findings_of(text_of(MaximumNumberOfIterations="250 500"))
    assert (finding.kind, finding.severity) == ("parameter", "warning")
    assert finding.what.startswith("The parameter file 0-stage.txt, line 9: MaximumNumberOfIterations has 2 values")
    assert finding.remedy.startswith("Give one value, or 3")


def test_what_a_stage_needs_besides_is_an_error_that_can_be_insisted_on():
    (finding,) = findings_of(text_of(Metric='"PCAMetric"'))
    assert (finding.kind, finding.severity) == ("parameter", "error")
    assert "4 dimensions" in finding.what


def test_an_unknown_name_is_told_once():
    (finding,) = findings_of(text_of(SiteNote="1"))
    assert finding.kind == "unknown-parameter"
