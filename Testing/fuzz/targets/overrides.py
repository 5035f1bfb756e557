"""Changes of parameters for one run, as they are typed behind ``--set`` and into the panel."""

from __future__ import annotations

from functools import lru_cache

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.presets.library import find_preset
from ElastixPlusLib.presets.overrides import overridden, parse_override

from ..checks import LONGEST_SENTENCE, FindingError, must_succeed, require_readable

TOKENS = (
    b"MaximumNumberOfIterations=", b"bspline.", b"rigid.", b"all.", b"2.", b"FinalGridSpacingInPhysicalUnits=",
    b"NumberOfResolutions=", b"ImagePyramidSchedule=", b"Metric=", b"AdvancedMattesMutualInformation", b"Registration=",
    b"ErodeMask=", b"Transform=", b"Optimizer=",
)  # fmt: skip
LONGEST = 12000


def seeds() -> list[bytes]:
    """One change per line."""
    return [
        b"MaximumNumberOfIterations=100",
        b"bspline.FinalGridSpacingInPhysicalUnits=8",
        b"2.NumberOfSpatialSamples=2048,2048,4096\nNumberOfResolutions=5",
        b"rigid.UseAdaptiveStepSizes=",
        b'Metric="AdvancedMattesMutualInformation", "TransformBendingEnergyPenalty"',
        b"ImagePyramidSchedule=8,4,2,1",
    ]


def one_input(data: bytes) -> None:
    """Read the changes, write them and read them again, and change a preset by them."""
    changes = []
    for line in data.decode("utf-8", "replace").split("\n")[:8]:
        try:
            changes.append(parse_override(line))
        except ElastixPlusError as error:
            require_readable(error)
            continue
        with must_succeed("a change that was written is not read"):
            if parse_override(str(changes[-1])) != changes[-1]:
                raise FindingError(f"another change came back: {changes[-1]}")
    try:
        made = overridden(_files(), changes)
    except ElastixPlusError as error:
        require_readable(error)
        raise
    with must_succeed("a changed file is not read"):
        for file in made.files:
            ParameterFile.parse(file.text)
    if sum(map(len, made.notes)) > LONGEST_SENTENCE or sum(len(file.text) for file in made.files) > 200_000:
        raise FindingError("a change made absurdly much")


@lru_cache(maxsize=1)
def _files() -> tuple[ParameterFile, ...]:
    return find_preset("rigid-affine-bspline").parameter_files()
