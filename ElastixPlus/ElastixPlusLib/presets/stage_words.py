"""What one parameter file makes elastix do, in words for people who know anatomy."""

from __future__ import annotations

from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count

_TRANSFORMS = {
    "TranslationTransform": "translation",
    "EulerTransform": "rigid",
    "SimilarityTransform": "rigid with scaling",
    "AffineTransform": "affine",
    "AdvancedAffineTransform": "affine",
    "AffineDTITransform": "affine",
    "AffineLogTransform": "affine",
    "BSplineTransform": "B-spline",
    "RecursiveBSplineTransform": "B-spline",
    "BSplineTransformWithDiffusion": "B-spline with diffusion",
    "MultiBSplineTransformWithNormal": "sliding B-splines",
    "SplineKernelTransform": "spline through landmarks",
    "DeformationFieldTransform": "displacement field",
    "WeightedCombinationTransform": "weighted combination of transforms",
    "ExternalTransform": "given transform",
    "File": "given transform",
    "TranslationStackTransform": "translation of each time point",
    "EulerStackTransform": "rigid for each time point",
    "AffineLogStackTransform": "affine for each time point",
    "BSplineStackTransform": "B-spline for each time point",
}
_IMAGE_METRICS = {
    "AdvancedMattesMutualInformation": "mutual information",
    "NormalizedMutualInformation": "normalized mutual information",
    "KNNGraphAlphaMutualInformation": "mutual information of features",
    "AdvancedNormalizedCorrelation": "correlation",
    "AdvancedMeanSquares": "squared differences",
    "AdvancedKappaStatistic": "overlap of labels",
    "NormalizedGradientCorrelation": "correlation of gradients",
    "GradientDifference": "difference of gradients",
    "PatternIntensity": "pattern intensity",
    "SumSquaredTissueVolumeDifference": "tissue volume difference",
    "VarianceOverLastDimensionMetric": "variance over time",
    "SumOfPairwiseCorrelationCoefficientsMetric": "correlation of all time points",
    "PCAMetric": "principal components over time",
    "PCAMetric2": "principal components over time",
    "Impact": "learned image features",
}
# What is added to an image metric.
_ADDED_METRICS = {
    "TransformBendingEnergyPenalty": "smoothness penalty",
    "TransformRigidityPenalty": "rigidity penalty",
    "DistancePreservingRigidityPenalty": "rigidity penalty",
    "DisplacementMagnitudePenalty": "displacement penalty",
    "StatisticalShapePenalty": "shape model penalty",
    "MissingStructurePenalty": "missing structure penalty",
    "MissingVolumeMeshPenalty": "missing structure penalty",
    "PolydataDummyPenalty": "surface penalty",
    "CorrespondingPointsEuclideanDistanceMetric": "landmarks",
}
# Where the parameter file says nothing, elastix puts their control points 8 mm apart.
_GRID_OF_8_MM = ("BSplineTransform", "RecursiveBSplineTransform")
_GRID_UNITS = {"FinalGridSpacingInPhysicalUnits": "mm", "FinalGridSpacingInVoxels": "voxels"}
_AXES = 3


def transform_in_words(stage: ParameterFile) -> str:
    """What kind of transform a stage looks for; a name of elastix that has no words here is shown as it is.

    >>> transform_in_words(ParameterFile.parse('(Transform "EulerTransform")'))
    'rigid'
    """
    name = stage.first("Transform", "")
    return _TRANSFORMS.get(name, name)


def has_words(stage: ParameterFile) -> bool:
    """Whether the transform of a stage has words here."""
    return stage.first("Transform", "") in _TRANSFORMS


def image_metrics_in_words(stage: ParameterFile) -> str:
    """By what a stage compares the images.

    >>> image_metrics_in_words(ParameterFile.parse('(Metric "AdvancedNormalizedCorrelation")'))
    'correlation'
    """
    names = [name for name in stage.get("Metric") or () if name not in _ADDED_METRICS]
    return " and ".join(dict.fromkeys(_IMAGE_METRICS.get(name, name) for name in names))


def added_metrics_in_words(stage: ParameterFile, without: str = "") -> str:
    """What is added to the metrics that compare images.

    :param without: name of a metric that is not told.

    >>> added_metrics_in_words(ParameterFile.parse('(Metric "AdvancedMeanSquares" "TransformBendingEnergyPenalty")'))
    'smoothness penalty'
    """
    names = [name for name in stage.get("Metric") or () if name in _ADDED_METRICS and name != without]
    return " and ".join(dict.fromkeys(_ADDED_METRICS[name] for name in names))


def values_of_resolutions(stage: ParameterFile, name: str) -> tuple[str, ...]:
    """The values of a parameter, one per resolution as elastix reads them; one if they are all the same.

    Where a list is too short elastix takes its first value for the resolutions without one.

    :returns: nothing where the file does not say it.
    :raises ParameterFileError: the number of resolutions is none.

    >>> values_of_resolutions(ParameterFile.parse("(NumberOfResolutions 2)\\n(NumberOfSpatialSamples 9 8 7)"),
    ...     "NumberOfSpatialSamples")
    ('9', '8')
    """
    given = stage.get(name) or ()
    if not given:
        return ()
    values = tuple(given[level] if level < len(given) else given[0] for level in range(resolution_count(stage)))
    return values[:1] if len(set(values)) == 1 else values


def grid_in_words(stage: ParameterFile) -> str:
    """How far apart the control points of a stage are at its end, with the unit; empty for a stage without them.

    >>> grid_in_words(ParameterFile.parse("(FinalGridSpacingInVoxels 8 8 4)"))
    '8 × 8 × 4 voxels'
    """
    given = [(stage.get(name) or (), unit) for name, unit in _GRID_UNITS.items() if stage.get(name)]
    if not given and stage.first("Transform", "") in _GRID_OF_8_MM:
        given = [(("8",), "mm")]
    if not given:
        return ""
    values, unit = given[0]
    try:
        spacings = _finest([float(value) for value in values], stage)
    except ValueError:  # no number: refused before a run, here nothing to tell
        return ""
    if len(set(spacings)) == 1:
        spacings = spacings[:1]
    return " × ".join(f"{spacing:g}" for spacing in spacings) + f" {unit}"


def _finest(spacings: list[float], stage: ParameterFile) -> list[float]:
    """Spacing along three axes at the last resolution, whose factor in the schedule may be other than 1."""
    factors = [float(value) for value in stage.get("GridSpacingSchedule") or ("1",)]
    last = factors[-_AXES:] if len(factors) == _AXES * resolution_count(stage) else factors[-1:] * _AXES
    per_axis = spacings if len(spacings) == _AXES else spacings[:1] * _AXES
    return [spacing * factor for spacing, factor in zip(per_axis, last, strict=True)]
