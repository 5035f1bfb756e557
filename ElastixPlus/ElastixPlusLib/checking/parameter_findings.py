"""What the lint of the parameter files says about a run: what fails is refused, what is doubtful is told."""

from __future__ import annotations

from collections.abc import Sequence

from ..elastix.lint_finding import LintFinding
from ..elastix.parameter_file import ParameterFile
from ..elastix.parameter_lint import lint
from ..elastix.parameter_names import require_known_names
from ..elastix.parameter_values import require_sound_values
from ..errors import ParameterFileError
from ..guidance.findings import Finding

# Names have findings of their own, and what an engine lacks is found where the engine is known.
_FOUND_ELSEWHERE = ("name", "component")
_REGIONS = "UseRandomSampleRegion"


def parameter_findings(files: Sequence[ParameterFile]) -> list[Finding]:
    """Look at every parameter by itself and against the others, without volumes, masks and landmarks.

    Notes are left out: they are for whoever edits a file.

    :param files: one per stage.
    :returns: what elastix may not know, what was probably not meant, and, as errors, what a stage needs besides.
    :raises ParameterFileError: elastix would refuse a file, or make something else of it; with the line.
    """
    found = []
    for file in files:
        found += [Finding("unknown-parameter", "warning", text) for text in require_known_names(file)]
        require_sound_values(file)
        for finding in lint(file):
            if finding.kind in _FOUND_ELSEWHERE or finding.severity == "note":
                continue
            what = f"{_place(file, finding)}: {finding.what}"
            if finding.severity == "error" and finding.kind != "need":
                raise ParameterFileError(what, finding.remedy, file.path, finding.line_number)
            found.append(Finding("parameter", finding.severity, what, finding.remedy))
    return found


def _place(file: ParameterFile, finding: LintFinding) -> str:
    name = f"The parameter file{f' {file.path.name}' if file.path else ''}"
    name += " cannot be used" if finding.severity == "error" else ""
    return name if finding.line_number is None else f"{name}, line {finding.line_number}"


def lost_region_findings(asked: Sequence[ParameterFile], fitted: Sequence[ParameterFile]) -> list[Finding]:
    """Say where a mask keeps a stage from drawing its samples in one small region after the other.

    :param asked: the stages as the preset or the user has them; ``fitted`` as elastix gets them.
    """
    found = []
    for stage, (before, after) in enumerate(zip(asked, fitted, strict=True), 1):
        if "true" in (before.get(_REGIONS) or ()) and "true" not in (after.get(_REGIONS) or ()):
            what = (
                f"Stage {stage} compares small regions one after the other, but with this fixed mask, in which such a "
            )
            what += "region may hold nothing, it compares all of the mask at once."
            found.append(Finding("no-sample-region", "note", what))
    return found
