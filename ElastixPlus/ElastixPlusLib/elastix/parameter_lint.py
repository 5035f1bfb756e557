"""What is wrong, doubtful or without effect in elastix parameter files, before a run and while they are edited.

Everything here is a pure function of the text and of what is known of the run: no volume is looked at. Each kind of
finding has a file of its own, ``lint_*.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import ParameterFileError
from .image_pairs import with_image_pairs
from .lint_contradictions import contradiction_findings
from .lint_counts import count_findings
from .lint_finding import UNKNOWN, Circumstances, LintFinding
from .lint_metrics import metric_findings
from .lint_names import name_findings
from .lint_needs import need_findings
from .lint_unused import unused_findings
from .lint_values import value_findings
from .parameter_file import ParameterFile
from .parameter_syntax import SyntaxFault, read_line

__all__ = ["Circumstances", "LintFinding", "lint", "lint_stages", "lint_text"]

_FREEDOM = {
    "TranslationTransform": 1,
    "EulerTransform": 2,
    "SimilarityTransform": 3,
    "AffineTransform": 4,
    "AffineDTITransform": 4,
    "AffineLogTransform": 4,
    "BSplineTransform": 5,
    "RecursiveBSplineTransform": 5,
}
_IN_WORDS = ("", "a translation", "a rigid stage", "a rigid stage with scaling", "an affine stage", "a B-spline stage")


def lint(file: ParameterFile, circumstances: Circumstances = UNKNOWN) -> tuple[LintFinding, ...]:
    """Find what is wrong with the parameters of one stage.

    :param circumstances: what is known of the run.
    :returns: in the order of the lines, what is missing first.

    >>> [finding.what for finding in lint(ParameterFile.parse('(Transform "EulerTransform")'))][0]
    'The file does not say which Metric to use, and elastix has none of its own choice.'
    """
    found = [
        *name_findings(file, circumstances),
        *value_findings(file),
        *count_findings(file),
        *metric_findings(file),
        *contradiction_findings(file, circumstances),
        *need_findings(file, circumstances),
        *unused_findings(file),
    ]
    return _in_order(found)


def lint_text(text: str, path: Path | None = None, circumstances: Circumstances = UNKNOWN) -> tuple[LintFinding, ...]:
    """Find what is wrong with a text that may not even be a parameter file, as it is while somebody is typing.

    :param path: named in no finding, but kept for whoever reads them.
    :param circumstances: as of :func:`lint`.
    :returns: faults of the syntax too, all of them, in the order of the lines.

    >>> [finding.line_number for finding in lint_text("(Transform EulerTransform\\n(Metric)")][:2]
    [1, 2]
    """
    found: list[LintFinding] = []
    sound: list[str] = []
    first_line_of: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        content = line.removesuffix("\r")
        fault = _fault_of_line(content, number, first_line_of)
        if fault is not None:
            found.append(fault)
        # What a faulty line was about is unknown: it is taken for a comment, and the others keep their numbers.
        sound.append("" if fault is not None else line)
    if found:
        # What is missing may be what a faulty line says.
        rest = [one for one in lint(ParameterFile.parse("\n".join(sound), path), circumstances) if one.line_number]
        return _in_order([*found, *rest])
    return lint(ParameterFile.parse("\n".join(sound), path), circumstances)


def lint_stages(files: Sequence[ParameterFile], circumstances: Circumstances = UNKNOWN) -> tuple[LintFinding, ...]:
    """Find what is wrong with the stages of a preset, each by itself and one after the other.

    :param circumstances: of the whole run; that every stage but the first one starts where another has ended is known.
    :returns: stage by stage, each finding with its stage.

    >>> stages = [ParameterFile.parse(f'(Transform "{name}Transform")') for name in ("BSpline", "Euler")]
    >>> [finding.what for finding in lint_stages(stages) if finding.stage == 2][-1]
    'Stage 2, a rigid stage, comes after a B-spline stage, which is freer.'
    """
    found: list[LintFinding] = []
    freest = 0
    for stage, file in enumerate(files, 1):
        here = circumstances if stage == 1 else replace(circumstances, has_start=True)
        found += [replace(finding, stage=stage) for finding in lint(file, here)]
        freedom = _FREEDOM.get(file.first("Transform", ""), 0)
        if 0 < freedom < freest:
            what = f"Stage {stage}, {_IN_WORDS[freedom]}, comes after {_IN_WORDS[freest]}, which is freer."
            line = file.line_number("Transform")
            found.append(
                LintFinding("note", what, "Put it in front.", "Transform", line, kind="contradiction", stage=stage)
            )
        freest = max(freest, freedom)
    return (*found, *_of_pairs(files, circumstances.image_pairs or 1))


def _of_pairs(files: Sequence[ParameterFile], pairs: int) -> list[LintFinding]:
    try:
        with_image_pairs(files, pairs)
    except ParameterFileError as error:
        return [LintFinding("error", error.what, error.remedy, "Metric", error.line_number, kind="need")]
    return []


def _fault_of_line(content: str, number: int, first_line_of: dict[str, int]) -> LintFinding | None:
    try:
        if "\r" in content:
            raise SyntaxFault("has a carriage return in its middle", "Save the file with Unix or Windows line ends.")
        parameter = read_line(content)
    except SyntaxFault as fault:
        name = re.match(r"\s*\(?\s*(\w+)", content)
        what = f"This line {fault.what}."
        return LintFinding("error", what, fault.remedy, name and name.group(1), number, kind="syntax")
    if parameter is None:
        return None
    first = first_line_of.setdefault(parameter.name, number)
    if first == number:
        return None
    what = f"{parameter.name} is set again, after line {first}."
    return LintFinding("error", what, "Remove one of the two lines.", parameter.name, number, kind="syntax")


def _in_order(found: Sequence[LintFinding]) -> tuple[LintFinding, ...]:
    severities = ("error", "warning", "note")
    return tuple(sorted(found, key=lambda one: (one.line_number or 0, severities.index(one.severity))))
