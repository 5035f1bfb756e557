"""Values that cannot be meant are refused before elastix sees them."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_values import require_sound_values
from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.presets.library import list_presets

TRANSFORM = '(Transform "BSplineTransform")\n'


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("(MaximumNumberOfIterations -3)", "MaximumNumberOfIterations is -3"),
        ("(MaximumNumberOfIterations 100 0)", "MaximumNumberOfIterations is 0"),
        ('(NumberOfSpatialSamples "many")', "NumberOfSpatialSamples is many"),
        ("(NumberOfSpatialSamples 20.5)", "is 20.5"),
        ("(NumberOfHistogramBins 1e400)", "is 1e400"),
        ("(FinalGridSpacingInPhysicalUnits 16 0 16)", "is 0"),
        ("(FinalGridSpacingInPhysicalUnits nan)", "is nan"),
        ('(NewSamplesEveryIteration "True")', "is True"),
        ('(ErodeMask "yes")', "is yes"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_its_line(line, phrase):
    with pytest.raises(ParameterFileError) as refusal:
        require_sound_values(ParameterFile.parse(TRANSFORM + line))
    assert phrase in refusal.value.what
    assert refusal.value.line_number == 2


@pytest.mark.parametrize(
    "line",
    [
        "(MaximumNumberOfIterations 100 50)",
        "(NumberOfResolutions 6.000000)",
        "(FinalGridSpacingInPhysicalUnits 0.5 1e1)",
        '(ErodeMask "false")',
        '(NewSamplesEveryIteration "true" "false")',
    ],
)
def test_sound_values_pass(line):
    require_sound_values(ParameterFile.parse(TRANSFORM + line))


@pytest.mark.parametrize("text", ["", "// nothing\n", "(NumberOfResolutions 2)"])
def test_a_file_without_transform_is_refused(text):
    with pytest.raises(ParameterFileError, match="which Transform"):
        require_sound_values(ParameterFile.parse(text))


def test_all_presets_are_sound():
    for preset in list_presets():
        for path in preset.parameter_paths:
            require_sound_values(ParameterFile.read(path))
