"""Carry out what a finding of the lint proposes, in the text that it was found in."""

from __future__ import annotations

import re

from ..errors import ParameterFileError
from .lint_finding import LintFinding
from .parameter_syntax import SyntaxFault, read_line, write_line

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def is_correctable(finding: LintFinding) -> bool:
    """Whether :func:`corrected` knows what to do: for a button that says "Correct".

    >>> is_correctable(LintFinding("note", "It does nothing."))
    False
    """
    return finding.parameter is not None and (finding.replacement is not None or finding.new_name is not None)


def corrected(text: str, finding: LintFinding) -> str:
    r"""The text with what a finding proposes; all other lines stay as they are, also where they are faulty.

    :param text: the text that the finding was found in.
    :param finding: one that is correctable; of what is missing, a line is added at the end.
    :raises ParameterFileError: the finding proposes nothing, or is about another text.

    >>> corrected("(ErodeMask yes) // mine\n", LintFinding("error", "", "", "ErodeMask", 1, ("true",)))
    '(ErodeMask "true") // mine\n'
    """
    if not is_correctable(finding) or finding.parameter is None:
        raise ParameterFileError("There is no correction for this.", "Correct the line by hand.")
    if finding.line_number is None or not _names(text, finding):
        return _with_line(text, write_line(finding.parameter, _written(finding.replacement or ())))
    lines = text.split("\n")
    at = finding.line_number - 1
    content = lines[at].removesuffix("\r")
    parameter = read_line(content)
    if parameter is None:  # _names has read it
        raise ParameterFileError("The line is a comment.", "Correct it by hand.", None, finding.line_number)
    values = parameter.values if finding.replacement is None else finding.replacement
    written = write_line(finding.new_name or parameter.name, _written(values), parameter.before, parameter.after)
    lines[at] = written + lines[at][len(content) :]
    return "\n".join(lines)


def _names(text: str, finding: LintFinding) -> bool:
    """Whether the line of a finding is about its parameter; what another line lacks is said at that line."""
    lines = text.split("\n")
    try:
        parameter = read_line(lines[(finding.line_number or 1) - 1].removesuffix("\r"))
    except (IndexError, SyntaxFault) as error:
        raise ParameterFileError(
            "The text has changed since this was found.", "Check it again.", None, finding.line_number
        ) from error
    return parameter is not None and parameter.name == finding.parameter


def _with_line(text: str, line: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    return f"{text}{end if text and not text.endswith(chr(10)) else ''}{line}{end}"


def _written(values: tuple[str, ...]) -> tuple[str | int | float, ...]:
    """Values as write_line takes them, so that numbers stand without quotes."""
    return tuple(_number(value) if _NUMBER.fullmatch(value) else value for value in values)


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("+-").isdigit() else float(text)
