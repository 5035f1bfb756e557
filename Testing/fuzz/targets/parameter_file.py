"""Parameter files of elastix as text, and all that is read from their parameters."""

from __future__ import annotations

from ElastixPlusLib.elastix.iteration_plan import IterationPlan
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_lint import lint, lint_text
from ElastixPlusLib.elastix.parameter_names import require_known_names
from ElastixPlusLib.elastix.parameter_values import require_sound_values
from ElastixPlusLib.elastix.pyramid_schedule import fixed_schedule, moving_schedule
from ElastixPlusLib.elastix.run_parameters import prepare_for_run
from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.presets.library import builtin_preset_folder

from ..checks import LONGEST_SENTENCE, FindingError, confined_to, fresh_folder, must_succeed, scratch

TOKENS = (
    b"(Transform ", b'"BSplineTransform")', b"(NumberOfResolutions ", b"(MaximumNumberOfIterations ", b"(Metric ",
    b"(ImagePyramidSchedule ", b"(FixedImagePyramidSchedule ", b"(Metric0Weight ", b"(FinalGridSpacingInVoxels ",
    b"(GridSpacingSchedule ", b"(Registration ", b'"MultiMetricMultiResolutionRegistration")', b"(ErodeMask ",
)  # fmt: skip
_MOST_RESOLUTIONS = 1000


def seeds() -> list[bytes]:
    """The parameter files of the built-in presets."""
    return [path.read_bytes() for path in sorted(builtin_preset_folder().glob("*/*.txt"))]


def one_input(data: bytes) -> None:
    """Lint the text as it is; read it, and read what is written of it."""
    folder = fresh_folder("parameters")
    path = folder / "stage.txt"
    path.write_bytes(data)
    with confined_to(folder, scratch() / "toml-parameters"):
        for finding in lint_text(data.decode("utf-8", "replace"), path):
            if len(finding.what) + len(finding.remedy) > LONGEST_SENTENCE:
                raise FindingError(f"a finding of {len(finding.what)} letters: {finding.what[:200]}")
        file = ParameterFile.read(path)
        file.write(folder / "again.txt")
        if (folder / "again.txt").read_bytes() != data:
            raise FindingError("reading and writing gave other bytes")
        check_parameters(file)


def check_parameters(file: ParameterFile) -> None:
    """Whatever is made of parameters ends with a value or a typed error, and every way to write them keeps them."""
    held = {name: file.get(name) for name in file.names}
    file_toml = fresh_folder("toml-parameters") / "stage.toml"
    file.write(file_toml)
    with must_succeed("what was written as TOML is not read"):
        again = ParameterFile.read(file_toml)
    if {name: again.get(name) for name in again.names} != held:
        raise FindingError("TOML holds other values")
    lint(file)
    plan = IterationPlan.from_parameter_files([file])
    if len(plan.stages[0].iterations) > _MOST_RESOLUTIONS:
        raise FindingError(f"a plan of {len(plan.stages[0].iterations)} resolutions")
    for made in (require_known_names, require_sound_values, prepare_for_run, fixed_schedule, moving_schedule):
        try:
            made(file)
        except ElastixPlusError:
            continue
