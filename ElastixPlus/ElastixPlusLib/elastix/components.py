"""Which components, such as transforms and metrics, parameter files ask for, and which ones an engine has.

elastix can be built without some of its components: Debian's 5.0.1 has no SimilarityTransform. Every executable holds
the names of its components as texts, so that a name that is not among them is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from .engine import Engine
from .parameter_file import ParameterFile
from .parameter_names import component_names

COMPONENT_KINDS = (
    "Registration",
    "Transform",
    "Metric",
    "ImageSampler",
    "Optimizer",
    "Interpolator",
    "ResampleInterpolator",
    "Resampler",
    "FixedImagePyramid",
    "MovingImagePyramid",
)
# In both of the smallest builds known, Debian's elastix 5.0.1 and the wheel of 5.3.1: each was asked to create them.
_EVERYWHERE = frozenset(
    """MultiResolutionRegistration MultiMetricMultiResolutionRegistration MultiResolutionRegistrationWithFeatures
    TranslationTransform EulerTransform AffineTransform BSplineTransform RecursiveBSplineTransform SplineKernelTransform
    DeformationFieldTransform AffineLogStackTransform EulerStackTransform TranslationStackTransform
    BSplineStackTransform
    AdvancedMattesMutualInformation NormalizedMutualInformation AdvancedNormalizedCorrelation AdvancedMeanSquares
    CorrespondingPointsEuclideanDistanceMetric TransformBendingEnergyPenalty TransformRigidityPenalty
    DistancePreservingRigidityPenalty VarianceOverLastDimensionMetric PCAMetric PCAMetric2
    SumOfPairwiseCorrelationCoefficientsMetric SumSquaredTissueVolumeDifference
    Full Grid Random RandomCoordinate RandomSparseMask MultiInputRandomCoordinate
    AdaptiveStochasticGradientDescent StandardGradientDescent RegularStepGradientDescent ConjugateGradient
    QuasiNewtonLBFGS FiniteDifferenceGradientDescent FullSearch Powell PreconditionedStochasticGradientDescent
    BSplineInterpolator LinearInterpolator ReducedDimensionBSplineInterpolator
    FinalBSplineInterpolator FinalReducedDimensionBSplineInterpolator DefaultResampler
    FixedRecursiveImagePyramid FixedSmoothingImagePyramid FixedGenericImagePyramid
    MovingRecursiveImagePyramid MovingSmoothingImagePyramid MovingGenericImagePyramid""".split()
)
REMOVED_COMPONENTS = frozenset(
    {"MattesMutualInformationWithRigidityPenalty", "MattesMutualInformation", "MyStandardResampler"}
)
"""Taken out of elastix before 5.0."""
# Asked of itk-elastix 0.25.4. KNN, OpenCL and Impact are left out of its build; the optimisers need more than it has.
NOT_IN_WHEEL = frozenset(
    """KNNGraphAlphaMutualInformation Impact MissingVolumeMeshPenalty BSplineTransformWithDiffusion AdaGrad
    AdaptiveStochasticLBFGS AdaptiveStochasticVarianceReducedGradient PreconditionedGradientDescent OpenCLResampler
    OpenCLFixedGenericImagePyramid OpenCLMovingGenericImagePyramid AdvancedAffineTransform""".split()
)
"""What itk-elastix 0.25 lacks."""
WHEEL = "itk-elastix"
_ASKED_WHEEL = "5.3"
# What a Transform can be in a transform file, and no component that registers.
_NO_COMPONENTS = frozenset({"File"})
# A name that every build holds, to tell an executable from a script that starts one.
_TELL_TALE = "EulerTransform"
# Where another class of every build has the name of a component: what only the component itself brings.
_OWN_TEXTS = {"AffineLogTransform": b"AffineLogTransformElastix"}
_CHUNK_BYTES = 4 * 1024 * 1024
_LARGEST_EXECUTABLE_BYTES = 2 * 1024**3


def components_of(files: Iterable[ParameterFile]) -> tuple[str, ...]:
    """The class names of everything that parameter files ask for, each once, in the order of the files.

    >>> components_of([ParameterFile.parse('(Metric "AdvancedMeanSquares")\\n(Transform "EulerTransform")')])
    ('EulerTransform', 'AdvancedMeanSquares')
    """
    names = (name for file in files for kind in COMPONENT_KINDS for name in file.get(kind) or ())
    return tuple(dict.fromkeys(names))


def available_components(engine: Engine) -> frozenset[str] | None:
    """Everything that an engine can create, as far as it is known by name; None if that cannot be told.

    Looks into a native engine's executable, some tenths of a second for the first time.

    >>> from ElastixPlusLib.elastix.engine import find_engine
    >>> "SimilarityTransform" in available_components(find_engine("/usr/bin/elastix"))  # doctest: +SKIP
    False
    """
    known = frozenset[str]().union(*component_names().values()) - REMOVED_COMPONENTS - _NO_COMPONENTS
    if engine.name == WHEEL:
        return known - NOT_IN_WHEEL if engine.elastix_version.startswith(_ASKED_WHEEL) else None
    held = _held_by(engine.path, known - _EVERYWHERE)
    return None if held is None else held | _EVERYWHERE


def missing_components(engine: Engine, names: Collection[str]) -> frozenset[str]:
    """Which components an engine certainly lacks; looks into a native engine's executable, 10 ms per unusual name.

    A name that an executable holds may be something else's, so what is not told here can fail all the same.

    :param names: as parameter files give them.

    >>> from ElastixPlusLib.elastix.engine import find_engine
    >>> missing_components(find_engine("/usr/bin/elastix"), ["SimilarityTransform"])  # doctest: +SKIP
    frozenset({'SimilarityTransform'})
    """
    gone = REMOVED_COMPONENTS & set(names)
    unusual = frozenset(names) - _EVERYWHERE - gone
    if not unusual:
        return gone
    if engine.name == WHEEL:
        return gone | (unusual & NOT_IN_WHEEL if engine.elastix_version.startswith(_ASKED_WHEEL) else frozenset())
    held = _held_by(engine.path, unusual)
    return gone if held is None else gone | (unusual - held)


def _held_by(executable: Path, names: frozenset[str]) -> frozenset[str] | None:
    """Those of the names that an executable holds; None if it cannot be read or is only a script that starts it."""
    try:
        status = executable.stat()
        if not executable.is_file() or status.st_size > _LARGEST_EXECUTABLE_BYTES:
            return None
        held = _names_in(executable, status.st_mtime_ns, status.st_size, names | {_TELL_TALE})
    except OSError:
        return None
    return held - (frozenset({_TELL_TALE}) - names) if _TELL_TALE in held else None


@lru_cache(maxsize=64)
def _names_in(executable: Path, _changed_ns: int, _size: int, names: frozenset[str]) -> frozenset[str]:
    """Look for names in a file, which is read anew when it has changed."""
    # Only the end is marked: where one name ends like another, compilers keep the longer one for both.
    wanted = {name: _OWN_TEXTS.get(name, name.encode("ascii", errors="replace") + b"\0") for name in names}
    overlap = max(map(len, wanted.values())) - 1
    found: set[str] = set()
    with executable.open("rb") as stream:
        end = b""
        while chunk := stream.read(_CHUNK_BYTES):
            chunk = end + chunk
            found |= {name for name, text in wanted.items() if name not in found and text in chunk}
            end = chunk[-overlap:]
    return frozenset(found)
