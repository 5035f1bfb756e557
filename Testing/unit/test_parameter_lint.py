"""Everything that is wrong, doubtful or without effect in a parameter file is found, with what to do about it."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.lint_finding import Circumstances
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_lint import lint, lint_stages, lint_text
from ElastixPlusLib.presets.library import list_presets
from linted_files import COMBINED, RIGID, SPLINE, found, text_of, the


def test_a_sound_stage_gives_no_finding():
    for base in (RIGID, SPLINE, COMBINED):
        assert found(base=base) == ()


def test_no_built_in_preset_gives_a_finding():
    found_in = {
        (preset.id, finding.stage, finding.what)
        for preset in list_presets()
        for finding in lint_stages(list(preset.parameter_files()), Circumstances(image_pairs=preset.image_pairs))
    }
    assert found_in == set()


@pytest.mark.parametrize(
    ("name", "values", "replacement"),
    [
        ("NewSamplesEveryIteration", "True", ("true",)),
        ("AutomaticScalesEstimation", '"yes"', ("true",)),
        ("ErodeMask", '"true" "OFF" "0"', ("true", "false", "false")),
        ("ErodeMask", '"maybe"', None),
        ("MaximumNumberOfIterations", "1e3", ("1000",)),
        ("MaximumNumberOfIterations", "2.5", None),
        ("MaximumNumberOfIterations", "0", None),
        ("MaximumNumberOfIterations", "250x", None),
        ("NumberOfGradientMeasurements", "-1", None),
        ("MaximumStepLength", "1.5mm", ("1.5",)),
        ("MaximumStepLength", '"long"', None),
        ("MaximumStepLength", "0", None),
        ("SP_A", "1e400", None),
        ("FixedImageBSplineInterpolationOrder", "6", None),
        ("RequiredRatioOfValidSamples", "1.5", None),
        ("NumberOfResolutions", "99", None),
    ],
)
def test_a_value_that_elastix_refuses_or_misreads_is_an_error(name, values, replacement):
    finding = the(found(**{name: values}))
    assert (finding.severity, finding.kind, finding.parameter) == ("error", "value", name)
    assert finding.replacement == replacement
    assert name in finding.what
    assert finding.remedy.endswith(".")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("MaximumNumberOfIterations", "6.000000"),
        ("MaximumNumberOfIterations", '"500"'),
        ("NumberOfGradientMeasurements", "0"),
        ("NewSamplesEveryIteration", "true"),
        ("MaximumStepLength", "1e1"),
        ("MaximumStepLength", ".5"),
        ("SP_A", "-2."),
        ("FixedImagePyramidSchedule", "8 8 8 4 4 4 0 0 0"),
    ],
)
def test_a_value_that_elastix_reads_as_it_looks_is_none(name, values):
    assert found(**{name: values}) == ()


def test_what_elastix_reads_in_its_place_is_said():
    assert "elastix 5.0 reads 1 there" in the(found(MaximumNumberOfIterations="1e3")).what


def test_a_word_that_elastix_passes_over_is_a_warning_with_the_word_that_was_meant():
    finding = the(found(HowToCombineTransforms='"compose"'))
    assert (finding.severity, finding.replacement) == ("warning", ("Compose",))
    assert "takes Compose instead" in finding.what


def test_a_wrong_value_that_nothing_reads_is_only_a_note():
    findings = found(GridSpacingSchedule='"wide" 2 1')
    assert {finding.severity for finding in findings} == {"note"}


def test_a_misspelt_parameter_is_renamed_and_a_misspelt_component_replaced():
    finding = the(found(NumberOfHistogramBin="16"))
    assert (finding.severity, finding.new_name, finding.replacement) == ("error", "NumberOfHistogramBins", None)
    finding = the(found(base=COMBINED, Metric='"AdvancedMatesMutualInformation" "AdvancedMeanSquares"'))
    assert finding.replacement == ("AdvancedMattesMutualInformation", "AdvancedMeanSquares")


def test_a_name_far_from_all_is_a_warning():
    assert the(found(SiteNote="1")).severity == "warning"
    assert the(found(Metric='"SiteMetric"')).severity == "warning"


def test_a_component_in_the_place_of_another_is_an_error():
    assert the(found(Interpolator='"RandomCoordinate"')).what == "RandomCoordinate is a sampler, not an interpolator."


def test_what_the_engine_at_hand_lacks_is_an_error_and_what_it_has_is_none():
    engine = Circumstances(
        engine_components=frozenset({"EulerTransform", *(value.strip('"') for value in RIGID.values())})
    )
    assert found(engine) == ()
    finding = the(found(engine, Transform='"SimilarityTransform"'))
    assert (finding.severity, finding.kind) == ("error", "component")
    assert "built without SimilarityTransform" in finding.what
    assert found(Transform='"SimilarityTransform"') == ()


def test_what_no_elastix_has_any_more_is_an_error_whatever_the_engine():
    findings = found(Metric='"MattesMutualInformationWithRigidityPenalty"')
    assert [(one.severity, one.kind) for one in findings] == [("error", "component")]


@pytest.mark.parametrize("missing", ["Metric", "Optimizer", "ImageSampler", "Transform"])
def test_what_elastix_cannot_do_without_is_an_error_with_a_proposal(missing):
    finding = found(**{missing: None})[0]
    assert (finding.severity, finding.parameter, finding.line_number) == ("error", missing, None)
    assert finding.replacement


def test_several_faults_are_all_found_in_the_order_of_the_lines():
    findings = lint_text(text_of(SPLINE, MaximumNumberOfIterations="1e3", GridSpacingSchedule="4 2", ErodeMask="no"))
    assert [finding.line_number for finding in findings] == [8, 9, 10]


def test_faults_of_the_syntax_are_findings_and_the_other_lines_are_still_looked_at():
    text = text_of() + "(MaximumNumberOfIterations 1e3\n(ErodeMask no)\n(SP_A 3)\n\n(SP_A 20)\nhello\n(A (B 1))\n"
    findings = lint_text(text)
    assert [(one.line_number, one.kind) for one in findings] == [
        (9, "syntax"),
        (10, "value"),
        (13, "syntax"),
        (14, "syntax"),
        (15, "syntax"),
    ]
    assert findings[0].parameter == "MaximumNumberOfIterations"
    assert findings[2].what == "SP_A is set again, after line 11."


def test_what_a_faulty_line_may_say_is_not_called_missing():
    assert {one.kind for one in lint_text(text_of(Metric='"AdvancedMeanSquares'))} == {"syntax"}


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "(", ")", '"', "()\r\n(\r\n", "(A \0)", "(A 1)\r(B 2)", "\n" * 50, "(A 1" * 50]
)
def test_any_text_can_be_looked_at(text):
    assert all(finding.severity in ("error", "warning", "note") for finding in lint_text(text))


def test_a_text_without_fault_is_judged_as_the_file_is():
    text = text_of(SPLINE, GridSpacingSchedule="4 2")
    assert lint_text(text) == lint_text(text.replace("\n", "\r\n")) == lint(ParameterFile.parse(text))


def test_a_stage_that_is_stiffer_than_one_before_it_is_noted():
    stages = [ParameterFile.parse(text_of(base)) for base in (SPLINE, RIGID)]
    finding = the(lint_stages(stages))
    assert (finding.severity, finding.stage, finding.line_number) == ("note", 2, 2)
    assert lint_stages(stages[::-1]) == ()


def test_later_stages_start_where_earlier_ones_have_ended():
    stage = ParameterFile.parse(text_of(AutomaticTransformInitialization='"true"'))
    finding = the(lint_stages([stage, stage]))
    assert (finding.stage, finding.parameter) == (2, "AutomaticTransformInitialization")
    assert [one.stage for one in lint_stages([stage, stage], Circumstances(has_start=True))] == [1, 2]


def test_pairs_of_volumes_that_no_metric_compares_are_an_error():
    stage = ParameterFile.parse(text_of())
    assert lint_stages([stage], Circumstances(image_pairs=1)) == ()
    assert the(lint_stages([stage], Circumstances(image_pairs=2))).severity == "error"
