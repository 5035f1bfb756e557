"""Components that need more than two volumes, masks and landmarks: why they cannot run here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .components import COMPONENT_KINDS
from .landmark_metric import LANDMARK_METRIC
from .lint_finding import Circumstances, LintFinding
from .parameter_file import ParameterFile

_SERIES = "compares the time points of one volume of 4 dimensions, and would take slices for time points"
_STACK = "moves each time point of a volume of 4 dimensions by itself, and takes the slices for time points here"
_SHAPE = "needs a statistical shape model (-mean, -covariance and more), which cannot be given here"
_MESHES = "needs surface meshes (-fmesh), which cannot be given here"
_FEATURES = "compares several feature volumes of each side, which cannot be given here"
_RAYS = "projects a volume onto an X-ray image of 2 dimensions, and volumes have 3"
NEEDS = {
    "EulerStackTransform": _STACK,
    "TranslationStackTransform": _STACK,
    "AffineLogStackTransform": _STACK,
    "BSplineStackTransform": _STACK,
    "VarianceOverLastDimensionMetric": _SERIES,
    "PCAMetric": _SERIES,
    "PCAMetric2": _SERIES,
    "SumOfPairwiseCorrelationCoefficientsMetric": _SERIES,
    "ReducedDimensionBSplineInterpolator": _SERIES,
    "StatisticalShapePenalty": _SHAPE,
    "MissingStructurePenalty": _MESHES,
    "MissingVolumeMeshPenalty": _MESHES,
    "PolydataDummyPenalty": _MESHES,
    "MultiBSplineTransformWithNormal": "needs a volume with the sliding parts (-labels), which cannot be given here",
    "RayCastInterpolator": _RAYS,
    "KNNGraphAlphaMutualInformation": _FEATURES,
    "MultiResolutionRegistrationWithFeatures": _FEATURES,
    "DeformationFieldTransform": "carries out a displacement field that is there already, and finds none",
    "ExternalTransform": "carries out a transform that is there already, and finds none",
    "File": "carries out a transform that is there already, and finds none",
}
"""Why a component cannot run here, or not as it is meant."""
_LANDMARK_SPLINE = "SplineKernelTransform"
_FILES = {
    "Impact": ("ImpactModelsPath0", "ImpactFixedModelsPath0"),
    "WeightedCombinationTransform": ("SubTransforms",),
    "DistancePreservingRigidityPenalty": ("SegmentedImageName",),
}
_FILE_NAMES = ("FixedRigidityImageName", "MovingRigidityImageName", "SegmentedImageName", "SubTransforms")


def need_findings(file: ParameterFile, circumstances: Circumstances) -> Iterator[LintFinding]:
    """Say of each component that needs something special why it cannot run here.

    >>> from .lint_finding import UNKNOWN
    >>> next(need_findings(ParameterFile.parse('(Metric "PCAMetric2")'), UNKNOWN)).severity
    'error'
    """
    for kind in COMPONENT_KINDS:
        for name in dict.fromkeys(file.get(kind) or ()):
            if name in NEEDS:
                finding = _finding(file, kind, f"{name} {NEEDS[name]}.", f"Choose another {kind}, or another preset.")
                # a stack of slices runs, and may even be meant
                yield replace(finding, severity="note") if NEEDS[name] == _STACK else finding
            elif name in _FILES and not any(file.get(parameter) for parameter in _FILES[name]):
                remedy = f"Name it in {_FILES[name][0]}, or choose another preset."
                yield _finding(file, kind, f"{name} needs a file that the parameters do not name.", remedy)
    yield from _of_landmarks(file, circumstances)
    yield from _of_files(file)
    yield from _of_dimension(file)


def _finding(file: ParameterFile, name: str, what: str, remedy: str) -> LintFinding:
    return LintFinding("error", what, remedy, name, file.line_number(name), kind="need")


def _of_landmarks(file: ParameterFile, circumstances: Circumstances) -> Iterator[LintFinding]:
    if circumstances.has_landmarks is not False:
        return
    for kind, name in (("Metric", LANDMARK_METRIC), ("Transform", _LANDMARK_SPLINE)):
        if name in (file.get(kind) or ()):
            what = f"{name} needs landmarks of both volumes, and there are none."
            yield _finding(file, kind, what, "Place landmarks, or choose another preset.")


def _of_files(file: ParameterFile) -> Iterator[LintFinding]:
    """Files that parameters name have to be found from the folder that elastix runs in."""
    for name in _FILE_NAMES:
        for value in file.get(name) or ():
            path = Path(value)
            if not path.is_absolute():
                what = f"{name} is {value}, which elastix would look for in a folder of its own."
            elif not path.is_file():
                what = f"{name} is {value}, and there is no such file."
            else:
                continue
            yield _finding(file, name, what, "Give the whole path of a file that exists.")


def _of_dimension(file: ParameterFile) -> Iterator[LintFinding]:
    for name in ("FixedImageDimension", "MovingImageDimension"):
        values = file.get(name) or ()
        if values and values[0].split(".")[0] != "3":
            what = f"The file is for {values[0]}-dimensional images ({name}), and volumes have 3 dimensions."
            yield _finding(file, name, what, "Use a parameter file for 3-dimensional images.")
