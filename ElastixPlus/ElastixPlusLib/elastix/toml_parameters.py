"""Parameter files in TOML, which elastix reads from version 5.3 on; here they become the text that every elastix reads.

What elastix makes of TOML (``Common/ParameterFileParser/itkParameterFileParser.cxx``, and each line tried with 5.3.1):

============================  =====================================  ==========================================
TOML                          elastix 5.3.1                          here
============================  =====================================  ==========================================
``A = 4``, ``0x10``, ``1_0``  ``4``, ``16``, ``10``                  the same
``A = 1.50``                  ``1.5``                                ``1.50``, the same number in its own digits
``A = true``                  ``true``                               the same
``A = "x y"``                 ``x y``                                the same
``A = [1, "x", true]``        three values                           the same
``A = []``, ``A = ""``        no value, one empty value              no values, as the text form has it
``A = inf``, ``nan``          ``Infinity``, ``NaN``                  refused
arrays in arrays, tables,     error                                  refused
``A.b = 1``, dates
a name twice                  error                                  refused
``"A b" = 1``                  accepted                               refused, text files cannot name it
a quote, ``//`` or a line     accepted                               refused, text files cannot hold it
break in a text
============================  =====================================  ==========================================
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ParameterFileError
from .parameter_file import ParameterFile
from .parameter_syntax import SyntaxFault, read_line, write_value

_MOST_CHARACTERS = 1024 * 1024
# Readers of TOML take time with the square of the length of a dotted name; no list of numbers is that long.
_MOST_DOTS_IN_A_LINE = 2000
_MOST_DIGITS = 20  # of a whole number of 64 bits with its sign
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_BARE_NAME = re.compile(r"[A-Za-z0-9_-]+")
_INTEGER = re.compile(r"-?[1-9][0-9]*|0")
_FLOAT = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)")
_BEFORE_COMMENT = re.compile(r"""(?:[^"'#]|"(?:[^"\\]|\\.)*"|'[^']*')*""")


class _Number(str):
    """A number in the digits of the file."""


def parameter_file_of_toml(text: str, path: Path | None = None) -> ParameterFile:
    r"""Read parameters from TOML; comments and line numbers stay.

    :param text: what the file holds.
    :param path: named in error messages.
    :raises ParameterFileError: it is no TOML, elastix would refuse it, or a text file could not say the same.

    >>> parameter_file_of_toml('# rigid\nTransform = "EulerTransform"\nImagePyramidSchedule = [4, 2.50]').text
    '// rigid\n(Transform "EulerTransform")\n(ImagePyramidSchedule 4 2.50)'
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    held = _read(text, path)
    lines = _statement_lines(text, list(held), path)
    written = text.split("\n")
    for index, line in enumerate(written):
        name = lines.get(index)
        comment = _comment(line)
        if name is None:
            written[index] = comment
            continue
        statement = _statement(name, held[name], path, index + 1)
        written[index] = f"{statement} {comment}".rstrip()
    return ParameterFile("\n".join(written), path)


def toml_of_parameter_file(file: ParameterFile) -> str:
    r"""The same parameters in TOML, with comments and blank lines; a number that TOML has no form for is quoted.

    >>> toml_of_parameter_file(ParameterFile.parse('(Metric0Weight 1.0 0.5) // by resolution\n(ErodeMask "false")'))
    'Metric0Weight = [1.0, 0.5] # by resolution\nErodeMask = false'
    """
    lines = []
    for line in file.text.split("\n"):
        content = line.rstrip("\r")
        parameter = read_line(content)
        _, slashes, comment = content.partition("//")
        told = f"#{_without_control(comment)}" if slashes else ""
        if parameter is not None:
            values = [_toml_value(value) for value in parameter.values]
            value = values[0] if len(values) == 1 else f"[{', '.join(values)}]"
            told = f"{_toml_name(parameter.name)} = {value} {told}".rstrip()
        lines.append(told)
    return "\n".join(lines)


def _read(text: str, path: Path | None) -> Mapping[str, Any]:
    if len(text) > _MOST_CHARACTERS or max(line.count(".") for line in text.split("\n")) > _MOST_DOTS_IN_A_LINE:
        raise _fault(path, "is larger than any parameter file needs to be", "Choose an elastix parameter file.")
    toml = _toml_reader(path)
    try:
        held: dict[str, Any] = toml.loads(text, parse_float=_Number)
    except (ValueError, RecursionError) as error:  # each error of the reader is a ValueError
        reason = str(error) if isinstance(error, ValueError) else "too many brackets in brackets"
        raise _fault(path, f"is not valid TOML: {reason}", "Correct the file.") from error
    for name, value in held.items():
        if isinstance(value, dict):
            raise _fault(path, f'has "{name}" as a table', "Write Name = value or Name = [value, value].")
    return held


def _toml_reader(path: Path | None) -> Any:
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib
    else:
        try:
            import tomli
        except ImportError as error:
            raise _fault(
                path,
                "is in TOML, which Python 3.10 cannot read",
                "Install the Python package tomli, or use Python 3.11.",
            ) from error
        return tomli


def _statement_lines(text: str, names: Sequence[str], path: Path | None) -> dict[int, str]:
    """On which line each name stands: they come in order, and nothing else stands at the beginning of a line.

    Where a text over several lines looks like a statement, a name may be found too early; its value is right all
    the same.
    """
    found: dict[int, str] = {}
    remaining = iter(names)
    name = next(remaining, None)
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if name is not None and _starts_with(line, name):
            found[index] = name
            name = next(remaining, None)
    if name is not None:
        raise _fault(path, f'has "{name}" where it is not found', "Write one Name = value per line.")
    return found


def _starts_with(line: str, name: str) -> bool:
    before, equals, _ = line.partition("=")
    return bool(equals) and before.strip(" \t") in (name, f'"{name}"', f"'{name}'", json.dumps(name))


def _comment(line: str) -> str:
    """What stands behind the first number sign outside of quotes, as a comment of a text file."""
    before = _BEFORE_COMMENT.match(line)
    rest = line[before.end() :] if before else ""
    return f"//{rest[1:]}".rstrip() if rest.startswith("#") else ""


def _statement(name: str, value: object, path: Path | None, number: int) -> str:
    values = value if isinstance(value, list) else [value]
    if values == [""]:
        values = []
    try:
        written = " ".join(_text_value(one) for one in values) or '""'
        statement = f"({name} {written})"
        parameter = read_line(statement)
        if parameter is None or parameter.name != name or len(parameter.values) != len(values):
            raise SyntaxFault("cannot be said in a text file", "Use letters and digits in names, and no empty values.")
    except SyntaxFault as fault:
        raise ParameterFileError(
            f"{_place(path)} cannot be used: line {number} {fault.what}.", fault.remedy, path, number
        ) from fault
    return statement


def _text_value(value: object) -> str:
    if isinstance(value, _Number):
        digits = value.replace("_", "")
        if digits.lstrip("+-") in ("inf", "nan"):
            raise SyntaxFault(f"would hold the number {digits}", "Give a finite number.")
        return digits
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        raise SyntaxFault("has a number that is too large for elastix", "Give a smaller number.")
    if isinstance(value, bool | int | str):
        return write_value(value)
    kind = "a list in a list" if isinstance(value, list) else "a table" if isinstance(value, dict) else "a date or time"
    raise SyntaxFault(f"has {kind} as a value", "Give numbers, texts, true or false.")


def _toml_name(name: str) -> str:
    return name if _BARE_NAME.fullmatch(name) else _quoted(name)


def _toml_value(value: str) -> str:
    if value in ("true", "false") or (_FLOAT.fullmatch(value) and math.isfinite(float(value))):
        return value
    if len(value) <= _MOST_DIGITS and _INTEGER.fullmatch(value) and _SMALLEST <= int(value) <= _LARGEST:
        return value
    return _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _without_control(text: str) -> str:
    return "".join(" " if (ord(letter) < 32 and letter != "\t") or letter == "\x7f" else letter for letter in text)


def _place(path: Path | None) -> str:
    return f"The parameter file {path}" if path else "The parameter file"


def _fault(path: Path | None, what: str, remedy: str) -> ParameterFileError:
    return ParameterFileError(f"{_place(path)} {what}.", remedy, path)
