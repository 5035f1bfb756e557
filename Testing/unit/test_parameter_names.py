"""Typos in parameter files are found, and real files raise no false alarm."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_names import check_names, require_known_names
from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.presets import list_presets

# Names as they stand in files that people use, among them numbered ones and ones of old and of optional components.
NAMES_IN_USE = """
MaximumNumberOfSamplingAttempts UseCruzAcceleration SP_a SP_A SP_alpha Interpolator0PreParameters
ResampleInterpolator1FocalPoint Metric0Weight Metric11RelativeWeight Metric1Use ErodeFixedMask ErodeMovingMask2
Metric0NumberOfHistogramBins ImageSampler1NumberOfSpatialSamples FixedImagePyramidSchedule MovingImagePyramidSchedule
UpsampleGridOption FinalGridSpacing RigidityPenaltyWeight NumSamplesLastDimension MovingImageDerivativeScales
ITKTransformOutputFileNameExtension WriteITKCompositeTransform ImpactModelsPath0 ImpactPatchSize1 ForeGroundvalue
RecombinationWeightsPreset UpdateBDPeriod SubTransforms TransformParameters GridOrigin KNearestNeighbours
NormalizedShapeModel ShrinkageIntensity WriteResultMeshAfterEachResolution FixedRigidityImageName
""".split()

OPTIMISERS_METRICS_AND_OTHERS = """
(Registration "MultiMetricMultiResolutionRegistration")
(Metric "AdvancedNormalizedCorrelation" "PCAMetric2" "Impact" "CorrespondingPointsEuclideanDistanceMetric")
(Transform "AffineLogStackTransform")
(Optimizer "RSGDEachParameterApart")
(ImageSampler "RandomSparseMask" "MultiInputRandomCoordinate")
(Interpolator "BSplineInterpolatorFloat")
(ResampleInterpolator "FinalRayCastInterpolator")
(FixedImagePyramid "OpenCLFixedGenericImagePyramid")
(MovingImagePyramid "MovingShrinkingImagePyramid")
(Resampler "OpenCLResampler")
"""


def test_names_in_use_raise_no_alarm():
    text = "".join(f"({name} 1)\n" for name in NAMES_IN_USE) + OPTIMISERS_METRICS_AND_OTHERS
    assert check_names(ParameterFile.parse(text)) == ()


def test_the_built_in_presets_raise_no_alarm():
    for preset in list_presets():
        for path in preset.parameter_paths:
            assert require_known_names(ParameterFile.read(path)) == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MaximumNumberOfIteration", "MaximumNumberOfIterations"),
        ("MaxNumberOfIterations", "MaximumNumberOfIterations"),
        ("maximumNumberOfIterations", "MaximumNumberOfIterations"),
        ("NumberOfResolution", "NumberOfResolutions"),
        ("Metric0Weigth", "Metric0Weight"),
        ("Metric12weight", "Metric12Weight"),
        ("Metric0NumberOfHistogramBin", "Metric0NumberOfHistogramBins"),
        ("FinalGridSpacingInPhysicalUnit", "FinalGridSpacingInPhysicalUnits"),
        ("sp_alpha", "SP_alpha"),
        ("ErodeMasks", "ErodeMask"),
    ],
)
def test_a_misspelt_parameter_is_a_typo_with_the_name_that_was_meant(written, meant):
    (finding,) = check_names(ParameterFile.parse(f"// x\n({written} 1)"))
    assert (finding.is_typo, finding.suggestion, finding.line_number) == (True, meant, 2)


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        ("Metric", "AdvancedMattesMutualInformations", "AdvancedMattesMutualInformation"),
        ("Metric", "advancedMeanSquares", "AdvancedMeanSquares"),
        ("Transform", "BsplineTransform", "BSplineTransform"),
        ("Optimizer", "AdaptiveStochasticGradientDecent", "AdaptiveStochasticGradientDescent"),
        ("ImageSampler", "randomcoordinate", "RandomCoordinate"),
    ],
)
def test_a_misspelt_component_is_a_typo_with_the_name_that_was_meant(kind, written, meant):
    (finding,) = check_names(ParameterFile.parse(f'({kind} "{written}")'))
    assert (finding.parameter, finding.name, finding.suggestion) == (kind, written, meant)


@pytest.mark.parametrize("name", ["SiteNote", "FixedKernelSize", "SP_q", "UseNewSamplesEveryIteration", "WarpSchedule"])
def test_a_name_far_from_all_or_of_other_words_is_only_a_warning(name):
    (warning,) = require_known_names(ParameterFile.parse(f"({name} 1)"))
    assert f'"{name}"' in warning
    assert "line 1" in warning


def test_a_component_of_another_build_is_only_a_warning():
    (warning,) = require_known_names(ParameterFile.parse('(Metric "MattesMutualInformationWithRigidityPenalty")'))
    assert "Metric" in warning


def test_a_typo_is_refused_with_line_and_suggestion():
    with pytest.raises(ParameterFileError) as caught:
        require_known_names(ParameterFile.parse("(NumberOfResolutions 3)\n(NumberOfSpatialSample 1)\n(ErodeMasks 1)"))
    assert caught.value.line_number == 2
    assert "line 2" in caught.value.what
    assert '"NumberOfSpatialSamples"' in caught.value.what
    assert "1 more" in caught.value.what


def test_switched_off_direction_cosines_are_refused_with_the_reason():
    with pytest.raises(ParameterFileError, match="landmarks") as caught:
        require_known_names(ParameterFile.parse('(A 1)\n(UseDirectionCosines "false")'))
    assert caught.value.line_number == 2
    assert require_known_names(ParameterFile.parse('(UseDirectionCosines "true")')) == ()
