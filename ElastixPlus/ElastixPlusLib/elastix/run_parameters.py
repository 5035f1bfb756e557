"""The settings that a run needs from every parameter file, whatever the preset says.

The result is read from the text file ``TransformParameters.N.txt``, with all digits; what elastix would write besides,
or instead, is switched off.
"""

from __future__ import annotations

from ..errors import ParameterFileError
from .parameter_file import ParameterFile

_SETTINGS: tuple[tuple[str, str | int], ...] = (
    ("WriteResultImage", "false"),
    ("UseBinaryFormatForTransformationParameters", "false"),
    ("WriteTransformParametersEachIteration", "false"),
    ("WriteTransformParametersEachResolution", "false"),
    # elastix 5.0 writes 6 digits without it, too few for an exact transform
    ("DefaultOutputPrecision", 17),
    # of the displacement field, where transformix has to write one
    ("ResultImageFormat", "mha"),
    ("CompressResultImage", "false"),
)

# Off unless a file asks for them; each writes files nobody reads, or other files in place of the text file.
_UNWANTED = (
    "ITKTransformOutputFileNameExtension",
    "WriteITKCompositeTransform",
    "OutputTransformParameterFileFormat",
    "WritePyramidImagesAfterEachResolution",
    "WriteResultImageAfterEachResolution",
    "WriteResultImageAfterEachIteration",
    "WriteSamplesEveryIteration",
)

_LARGEST_SEED = 2**32 - 1


def prepare_for_run(parameter_file: ParameterFile, *, seed: int | None = None) -> ParameterFile:
    """The parameter file as elastix gets it for a run whose transform is imported.

    Elastix reads the dimension from the volumes, so a dimension of 3 is dropped and any other refused. The text is
    to be written in UTF-8 without byte order mark, which elastix would refuse. Everything else stays as it is.

    :param parameter_file: the parameters of one stage.
    :param seed: for the random samples, 0 to 2**32 - 1; None keeps what the file says, or elastix's own 121212.
    :raises ParameterFileError: for a dimension other than 3, or an unusable seed.

    >>> prepare_for_run(ParameterFile.parse('(WriteResultImage "true")')).get("WriteResultImage")
    ('false',)
    """
    result = parameter_file.with_encoding("utf-8")
    for name in ("FixedImageDimension", "MovingImageDimension"):
        _require_three_dimensions(result, name)
        result = result.without(name)
    for name in _UNWANTED:
        result = result.without(name)
    for name, value in _SETTINGS:
        result = result.with_values(name, value)
    if seed is not None:
        if not 0 <= seed <= _LARGEST_SEED:
            raise ParameterFileError(f"The seed {seed} is not usable.", f"Give a number from 0 to {_LARGEST_SEED}.")
        result = result.with_values("RandomSeed", seed)
    return result


def _require_three_dimensions(parameter_file: ParameterFile, name: str) -> None:
    dimension = parameter_file.first(name, "3")
    try:
        is_three = float(dimension) == 3
    except ValueError:
        is_three = False
    if not is_three:
        place = f" {parameter_file.path.name}" if parameter_file.path else ""
        raise ParameterFileError(
            f"The parameter file{place} is for {dimension}-dimensional images ({name}), and volumes have 3 dimensions.",
            "Use a parameter file for 3-dimensional images.",
            parameter_file.path,
            parameter_file.line_number(name),
        )
