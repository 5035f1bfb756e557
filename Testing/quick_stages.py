"""Parameter files of stages that take a moment, with any transform, for tests that look at what comes out of them."""

from __future__ import annotations

_STAGE = """
(Registration "MultiResolutionRegistration")
(Transform "{kind}")
(Metric "AdvancedMeanSquares")
(Optimizer "AdaptiveStochasticGradientDescent")
(AutomaticScalesEstimation "true")
(Interpolator "LinearInterpolator")
(ImageSampler "RandomCoordinate")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(NumberOfResolutions 1)
(MaximumNumberOfIterations 12)
(NumberOfSpatialSamples 2000)
(NewSamplesEveryIteration "true")
(HowToCombineTransforms "{combine}")
{more}
"""
_SPLINE = "(FinalGridSpacingInPhysicalUnits 14 16 18)\n(BSplineTransformSplineOrder {order})"


def stage(kind: str, more: str = "", combine: str = "Compose") -> str:
    """A stage with a transform.

    :param kind: as elastix names it, such as "EulerTransform".
    :param more: lines of parameters.
    """
    return _STAGE.format(kind=kind, more=more, combine=combine)


def spline(kind: str = "BSplineTransform", order: int = 3, combine: str = "Compose") -> str:
    """A stage with a B-spline, its control points 14, 16 and 18 mm apart."""
    return stage(kind, _SPLINE.format(order=order), combine)
