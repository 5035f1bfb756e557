"""The parameters of a stage that matter, as rows of a table: in plain words, with unit, help and choices."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from ..elastix.parameter_catalogue import ParameterEntry, parameter_entry
from ..elastix.parameter_file import ParameterFile
from ..errors import ParameterFileError
from .parameter_change import with_parameter
from .resolution_lists import number_or_word
from .stage_kinds import STAGE_KINDS

_REQUIRED = ("Transform", "Metric")
# In the order of the table. Those that elastix has a default for are shown without standing in the file, too.
_TITLES = {
    "Transform": "Transform",
    "NumberOfResolutions": "Resolutions",
    "MaximumNumberOfIterations": "Iterations",
    "NumberOfSpatialSamples": "Samples",
    "ImageSampler": "Sampler",
    "FinalGridSpacingInPhysicalUnits": "Grid spacing",
    "GridSpacingSchedule": "Grid spacing factors",
    "Metric": "Metric",
    "Metric#Weight": "Weight of metric",
    "NumberOfHistogramBins": "Grey value classes",
    "ErodeMask": "Cut off the edges of masks",
    "RequiredRatioOfValidSamples": "Least part of the samples that fits",
    "Optimizer": "Optimiser",
    "MaximumStepLength": "Longest step",
}
# Shown only where the file has them.
_TITLES_IF_GIVEN = {
    "Registration": "Registration",
    "FinalGridSpacingInVoxels": "Grid spacing in voxels",
    "Metric#RelativeWeight": "Share of metric",
    "ErodeFixedMask": "Cut off the edges of the fixed mask",
    "ErodeMovingMask": "Cut off the edges of the moving mask",
    "NewSamplesEveryIteration": "New samples in every iteration",
    "UseRandomSampleRegion": "Samples from a random box",
    "SampleRegionSize": "Size of the random box",
    "FixedImagePyramid": "Coarse fixed volumes",
    "MovingImagePyramid": "Coarse moving volumes",
    "Interpolator": "Interpolation",
    "AutomaticParameterEstimation": "Step size by itself",
    "ASGDParameterEstimationMethod": "Way to find the step size",
    "NumberOfSamplesForExactGradient": "Samples to find the step size",
    "NumberOfJacobianMeasurements": "Points to find the step size",
}
# Of the parts of elastix, those that are tried first; others can be written in the text.
_COMMON_COMPONENTS = {
    "Registration": ("MultiResolutionRegistration", "MultiMetricMultiResolutionRegistration"),
    "Transform": tuple(transforms[0] for transforms in STAGE_KINDS.values()),
    "Metric": (
        "AdvancedMattesMutualInformation",
        "AdvancedNormalizedCorrelation",
        "AdvancedMeanSquares",
        "NormalizedMutualInformation",
    ),
    "ImageSampler": ("RandomCoordinate", "Random", "RandomSparseMask", "Grid", "Full"),
    "Optimizer": ("AdaptiveStochasticGradientDescent", "StandardGradientDescent", "QuasiNewtonLBFGS"),
    "Interpolator": ("LinearInterpolator", "BSplineInterpolator"),
    "FixedImagePyramid": ("FixedRecursiveImagePyramid", "FixedSmoothingImagePyramid"),
    "MovingImagePyramid": ("MovingRecursiveImagePyramid", "MovingSmoothingImagePyramid"),
}
_WORDS_OF_CHOICES = {
    "true": "yes",
    "false": "no",
    "MultiResolutionRegistration": "one metric",
    "MultiMetricMultiResolutionRegistration": "one or several metrics",
    "TranslationTransform": "shifts only",
    "EulerTransform": "rigid",
    "SimilarityTransform": "rigid with one scaling",
    "AffineTransform": "affine",
    "BSplineTransform": "B-spline",
    "AdvancedMattesMutualInformation": "mutual information",
    "NormalizedMutualInformation": "normalized mutual information",
    "AdvancedNormalizedCorrelation": "correlation",
    "AdvancedMeanSquares": "squared differences",
    "RandomCoordinate": "anywhere, at random",
    "Random": "voxels at random",
    "RandomSparseMask": "voxels of the fixed mask at random",
    "Grid": "a regular grid",
    "Full": "every voxel",
    "AdaptiveStochasticGradientDescent": "with steps of its own choice",
    "StandardGradientDescent": "with steps that are given",
    "QuasiNewtonLBFGS": "quasi-Newton, without random samples",
    "LinearInterpolator": "linear",
    "BSplineInterpolator": "B-spline",
    "FixedRecursiveImagePyramid": "blurred and shrunk",
    "FixedSmoothingImagePyramid": "blurred",
    "MovingRecursiveImagePyramid": "blurred and shrunk",
    "MovingSmoothingImagePyramid": "blurred",
}
_KINDS_OF_COMPONENTS = ("Registration", "Transform", "Metric", "ImageSampler", "Optimizer", "Interpolator")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_NUMBERS = ("number", "positive number", "count", "whole number", "integer")
_WHOLE = ("count", "whole number", "integer")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


@dataclass(frozen=True)
class ParameterRow:
    """One parameter of a stage.

    :param name: as elastix knows it.
    :param title: in plain words.
    :param values: those in the file; none where elastix takes its default.
    :param default: what elastix takes without it; empty if it needs to be told.
    :param unit: of the values, such as "mm"; empty for none.
    :param help: one or two sentences.
    :param choices: the words that it can be; none for numbers and free texts.
    :param per: what there may be a value for each of: "one", "resolution", "axis", "metric"...
    """

    name: str
    title: str
    values: tuple[str, ...]
    default: str = ""
    unit: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    per: str = "one"

    @property
    def text(self) -> str:
        """The values as they can be typed."""
        return " ".join(f'"{value}"' if re.search(r"[\s,;]", value) else value for value in self.values)


def parameter_rows(file: ParameterFile) -> tuple[ParameterRow, ...]:
    r"""The rows of the table of one stage, those first that are changed most.

    Left out is what does not count for the components of this stage, such as the grid of a stage without B-spline.

    >>> [row.title for row in parameter_rows(ParameterFile.parse('(Transform "EulerTransform")'))][:3]
    ['Transform', 'Resolutions', 'Iterations']
    """
    names = [name for title in (*_TITLES, *_TITLES_IF_GIVEN) for name in _written_out(title, file)]
    given = [name for name in file.names if name not in names]
    rows = []
    for name in dict.fromkeys((*names, *given)):
        entry = parameter_entry(name)
        if entry is not None and _is_shown(entry, name, file):
            rows.append(_row(entry, name, file))
    return tuple(rows)


def with_row_text(file: ParameterFile, row: ParameterRow, text: str) -> ParameterFile:
    r"""A stage after somebody has typed values into a row.

    :param text: values separated by blanks or commas; nothing leaves the parameter to elastix's default.
    :raises ParameterFileError: with a remedy, if the parameter cannot take that.

    >>> file = ParameterFile.parse('(Transform "EulerTransform")\n')
    >>> row = next(row for row in parameter_rows(file) if row.title == "Iterations")
    >>> print(with_row_text(file, row, "250, 400").text, end="")
    (Transform "EulerTransform")
    (MaximumNumberOfIterations 250 400)
    """
    if not text.strip():
        if row.name in _REQUIRED:
            raise _fault(file, row, "has to have a value", f"Give one, such as {(row.values or row.choices)[0]}.")
        return file.without(row.name)
    if _DECIMAL_COMMA.fullmatch(text.strip()):
        number = text.strip().replace(",", ".")
        raise _fault(file, row, f"is {text.strip()}", f"Write {number} for one number, or a blank between two.")
    entry = parameter_entry(row.name)
    kind = entry.kind if entry is not None else "text"
    values = [_sound_value(file, row, kind, value) for value in split_values(text)]
    _require_limits(file, row, entry, values)
    if not values:
        return file.without(row.name)
    if row.per == "one" and len(values) > 1:
        raise _fault(file, row, f"has {len(values)} values", "Give one.")
    return with_parameter(file, row.name, *values)


def choice_text(value: str) -> str:
    """A word of elastix with what it means.

    >>> choice_text("EulerTransform"), choice_text("true"), choice_text("Impact")
    ('rigid (EulerTransform)', 'yes', 'Impact')
    """
    words = _WORDS_OF_CHOICES.get(value, "")
    if value in _TRUE + _FALSE:
        return words or value
    return f"{words} ({value})" if words else value


def split_values(text: str) -> tuple[str, ...]:
    """The values in what was typed; quotes keep a value with blanks together, parentheses around all are dropped.

    >>> split_values("8, 8 4"), split_values('("a b" c)')
    (('8', '8', '4'), ('a b', 'c'))
    """
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return tuple(quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|([^\s,;"]+)', text) if quoted or plain)


def _written_out(title: str, file: ParameterFile) -> tuple[str, ...]:
    """The names that a title stands for: one for each metric where there are several."""
    if "#" not in title:
        return (title,)
    count = len(file.get("Metric") or ())
    return tuple(title.replace("#", str(number)) for number in range(count)) if count > 1 else ()


def _is_shown(entry: ParameterEntry, name: str, file: ParameterFile) -> bool:
    key = _key(name)
    if name in file:
        return entry.is_main or key in _TITLES or key in _TITLES_IF_GIVEN
    if key not in _TITLES or not _counts_here(entry, file):
        return False
    if key == "Metric#Weight":
        return file.first("UseRelativeWeights", "false") != "true"
    return not (key == "FinalGridSpacingInPhysicalUnits" and "FinalGridSpacingInVoxels" in file)


def _counts_here(entry: ParameterEntry, file: ParameterFile) -> bool:
    if not entry.components:
        return True
    used = {component for kind in _KINDS_OF_COMPONENTS for component in file.get(kind) or ()}
    return bool(used & set(entry.components))


def _row(entry: ParameterEntry, name: str, file: ParameterFile) -> ParameterRow:
    key = _key(name)
    title = _TITLES.get(key) or _TITLES_IF_GIVEN.get(key) or _words(name)
    if "#" in key:
        title = f"{title} {int(re.findall('[0-9]+', name)[0]) + 1}"
    choices = ("true", "false") if entry.kind == "switch" else entry.choices or _COMMON_COMPONENTS.get(name, ())
    return ParameterRow(
        name, title, file.get(name) or (), entry.default, entry.unit, entry.help, tuple(choices), entry.per
    )


def _key(name: str) -> str:
    return re.sub(r"^Metric[0-9]+", "Metric#", name)


def _words(name: str) -> str:
    """A name without words of its own, taken apart.

    >>> _words("UseFastAndLowMemoryVersion")
    'Use fast and low memory version'
    """
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    text = " ".join(part if part.isupper() else part.lower() for part in parts)
    return text[:1].upper() + text[1:]


def _sound_value(file: ParameterFile, row: ParameterRow, kind: str, text: str) -> str | int | float:
    if kind == "switch":
        if text.lower() in (*_TRUE, *_FALSE):
            return "true" if text.lower() in _TRUE else "false"
        raise _fault(file, row, f'is "{text}"', 'Give "true" or "false".')
    value = number_or_word(text)
    if kind in _NUMBERS and isinstance(value, str):
        raise _fault(file, row, f'is "{text}"', "Give a number.")
    if kind in _WHOLE and isinstance(value, float) and not value.is_integer():
        raise _fault(file, row, f"is {text}", "Give a whole number.")
    if kind in _WHOLE:
        return int(value)
    if row.choices and isinstance(value, str):
        return _choice(file, row, value)
    return value


def _choice(file: ParameterFile, row: ParameterRow, text: str) -> str:
    """One of the choices, however it is written; what none comes close to is left to elastix, which may know more."""
    for choice in row.choices:
        if choice.lower() == text.lower():
            return choice
    close = difflib.get_close_matches(text, row.choices, n=1, cutoff=0.8)
    if close:
        raise _fault(file, row, f'is "{text}", which elastix does not know', f'Did you mean "{close[0]}"?')
    return text


def _require_limits(
    file: ParameterFile, row: ParameterRow, entry: ParameterEntry | None, values: list[str | int | float]
) -> None:
    if entry is None or entry.kind not in _NUMBERS:
        return
    least, most = entry.least, entry.most
    for value in values:
        number = float(value)
        if entry.kind == "positive number" and number <= 0:
            raise _fault(file, row, f"is {value}", "Give a number above 0.")
        if entry.kind == "count" and number < 1:
            raise _fault(file, row, f"is {value}", "Give a whole number of 1 or more.")
        if (least is not None and number < least) or (most is not None and number > most):
            bounds = f"from {least} to {most}" if None not in (least, most) else f"of {least} or more"
            raise _fault(file, row, f"is {value}", f"Give a number {bounds}.")


def _fault(file: ParameterFile, row: ParameterRow, what: str, remedy: str) -> ParameterFileError:
    return ParameterFileError(f"{row.title} ({row.name}) {what}.", remedy, file.path, file.line_number(row.name))
