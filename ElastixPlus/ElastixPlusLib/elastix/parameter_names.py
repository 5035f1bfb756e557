"""Spelling of parameter and component names: elastix ignores a parameter that it does not know without a word.

``(MaximumNumberOfIteration 2000)`` runs with the default 500 iterations and return code 0. The parameters that elastix
knows lie in the catalogue, the class names of its components in ``parameter_names.txt`` beside this file. A name close
to a known one is a typo; a name far from all of them may belong to another version or build, and is only worth a
warning.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..errors import ParameterFileError
from .parameter_catalogue import catalogue, name_forms, parameter_entry
from .parameter_file import ParameterFile

_LEAST_SIMILARITY = 0.9
_SHORTEST_NAME_WITH_TYPO = 6
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|[0-9]+|#")
_LEAST_SIMILARITY_OF_WORDS = 0.6
_OPPOSITES = ({"Minimum", "Maximum"}, {"Min", "Max"})


@dataclass(frozen=True)
class NameFinding:
    """A name in a parameter file that elastix does not know.

    :param parameter: the parameter of the line.
    :param name: the unknown name: the parameter itself, or the component that it asks for.
    :param line_number: 1-based.
    :param suggestion: the known name that was probably meant; None if no known name is close.
    """

    parameter: str
    name: str
    line_number: int
    suggestion: str | None

    @property
    def is_typo(self) -> bool:
        """Whether the name is close to a known one."""
        return self.suggestion is not None

    @property
    def message(self) -> str:
        """One sentence without its end mark."""
        subject = f'parameter "{self.name}"' if self.name == self.parameter else f'{self.parameter} "{self.name}"'
        meant = f', did you mean "{self.suggestion}"?' if self.suggestion else ""
        return f"line {self.line_number}: elastix knows no {subject}{meant}"


def check_names(parameter_file: ParameterFile) -> tuple[NameFinding, ...]:
    """Everything in a parameter file that elastix does not know by that name, in the order of the file.

    :param parameter_file: the parameters of one stage.

    >>> check_names(ParameterFile.parse("(NumberOfResolution 3)"))[0].suggestion
    'NumberOfResolutions'
    """
    findings = []
    for parameter in parameter_file.names:
        line = parameter_file.line_number(parameter) or 0
        if parameter_entry(parameter) is None:
            findings.append(NameFinding(parameter, parameter, line, _closest_parameter(parameter)))
        known = component_names().get(parameter, frozenset())
        for value in parameter_file.get(parameter) or ():
            if known and value not in known:
                findings.append(NameFinding(parameter, value, line, _closest(value, known)))
    return tuple(findings)


def require_known_names(parameter_file: ParameterFile) -> tuple[str, ...]:
    """Refuse a parameter file with a typo, or with a setting under which landmarks would be misplaced.

    :param parameter_file: the parameters of one stage.
    :returns: a sentence for each name that is unknown and close to no known one.
    :raises ParameterFileError: with the line number and the name that was probably meant.
    """
    _require_direction_cosines(parameter_file)
    place = f"The parameter file{f' {parameter_file.path}' if parameter_file.path else ''}"
    findings = check_names(parameter_file)
    typos = [finding for finding in findings if finding.is_typo]
    if typos:
        first = typos[0]
        others = f" (and {len(typos) - 1} more like it)" if len(typos) > 1 else ""
        raise ParameterFileError(
            f'{place} cannot be used: line {first.line_number} says "{first.name}", '
            f'which elastix does not know{others}; did you mean "{first.suggestion}"?',
            f"Correct line {first.line_number}; elastix itself would go on without what it says."
            if first.name == first.parameter
            else f"Correct line {first.line_number}.",
            parameter_file.path,
            first.line_number,
        )
    return tuple(f"{place}, {finding.message}." for finding in findings)


def _require_direction_cosines(parameter_file: ParameterFile) -> None:
    if parameter_file.first("UseDirectionCosines", "true") != "false":
        return
    line = parameter_file.line_number("UseDirectionCosines")
    place = f" {parameter_file.path}" if parameter_file.path else ""
    raise ParameterFileError(
        f"The parameter file{place} cannot be used: line {line} turns UseDirectionCosines off, and elastix would then "
        "place volumes, landmarks and transforms as if every volume lay along the axes of its scanner.",
        f'Remove line {line}, or set it to "true".',
        parameter_file.path,
        line,
    )


@cache
def component_names() -> Mapping[str, frozenset[str]]:
    """The class names that elastix knows, by the parameter that asks for them.

    >>> "EulerTransform" in component_names()["Transform"]
    True
    """
    text = (Path(__file__).parent / "parameter_names.txt").read_text(encoding="utf-8")
    sections: dict[str, set[str]] = {}
    section = ""
    for line in text.splitlines():
        word = line.strip()
        if word.startswith("["):
            section = word.strip("[]")
            sections[section] = set()
        elif word and section:
            sections[section].add(word)
    return MappingProxyType({kind: frozenset(names) for kind, names in sections.items()})


def _closest_parameter(name: str) -> str | None:
    known = catalogue()
    for form in name_forms(name):
        closest = _closest(form, known)
        if closest:
            front = name[: len(name) - len(form)] if name.endswith(form) else ""
            for number in re.findall(r"[0-9]+", form if form in name else name[len(front) :]):
                closest = closest.replace("#", number, 1)
            return front + closest
    return None


def _closest(name: str, known: Collection[str]) -> str | None:
    for candidate in sorted(known):
        if candidate.lower() == name.lower():
            return candidate
    if len(name) < _SHORTEST_NAME_WITH_TYPO:
        return None
    candidates = [candidate for candidate in sorted(known) if not _differ_by_a_word(name, candidate)]
    closest = difflib.get_close_matches(name, candidates, n=1, cutoff=_LEAST_SIMILARITY)
    return closest[0] if closest else None


def _differ_by_a_word(name: str, candidate: str) -> bool:
    """Whether two names say different things, as FixedImageMask and MovingImageMask, rather than one thing misspelt."""
    one, other = _WORD.findall(name), _WORD.findall(candidate)
    if len(one) == len(other):
        return any(_are_different_words(a, b) for a, b in zip(one, other, strict=True))
    shorter, longer = sorted((one, other), key=len)
    remaining = iter(longer)
    return all(word in remaining for word in shorter)


def _are_different_words(one: str, other: str) -> bool:
    if one == other or one.startswith(other) or other.startswith(one):
        return False
    similarity = difflib.SequenceMatcher(None, one, other).ratio()
    return {one, other} in _OPPOSITES or similarity < _LEAST_SIMILARITY_OF_WORDS
