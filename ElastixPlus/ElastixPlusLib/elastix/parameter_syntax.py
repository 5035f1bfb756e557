"""The grammar of one line of an elastix parameter file.

Elastix reads a file line by line: it cuts the line at the first ``//`` (inside quotes too), expects the rest between
parentheses, takes the first word as the name and what follows as values, separated by blanks, tabs or quotes. Some
lines it accepts and then reads otherwise than they look; those are refused here. Source:
``Common/ParameterFileParser/itkParameterFileParser.cxx``, and each rule tried with elastix 5.0.1.

=========================  ===================================================  ===============
line                       what elastix 5.0.1 makes of it                       here
=========================  ===================================================  ===============
``(A 1) (B 2)``            one parameter A with the values ``1)``, ``(B``, 2    refused
``( A 1)``                 a parameter without a name                           refused
``(A "b//c")``             error, the comment begins inside the quotes          refused
``(A 1, 2)``               error in 5.0.1, the value ``1,`` later               refused
typographic quotes         become part of the value                             refused
``(A)``, ``(A )``          error                                                refused
``(A "")``                 a parameter without values                           no values
``(A"b" "c")``             the parameter A with the values b and c              read the same
``# text``, ``A 1``        error                                                refused
=========================  ===================================================  ===============
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST_NAME = 100
_LONGEST_VALUE = 4000  # longer than paths are; Python makes no number of 4,300 digits or more
_BLANKS = " \t"
_FORBIDDEN_IN_NAMES = re.compile(r"""[.,:;!@#$%^&'()*+|<>?\[\]{}=]|[^\x20-\x7e]""")
_FORBIDDEN_IN_BARE_VALUES = re.compile(r"[,;!@#$%&|<>?()\r]")
_TYPOGRAPHIC_QUOTES = re.compile("[\u201c\u201d\u201e\u201f\u00ab\u00bb]")
_TOKEN = re.compile(r'"([^"]*)"|([^ \t"]+)')


class SyntaxFault(Exception):
    """A line that elastix refuses or misreads; :class:`ParameterFile` turns it into a ParameterFileError.

    :param what: the end of a sentence that begins with "line N".
    :param remedy: one sentence.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class ParameterLine:
    """What one line says.

    :param before: the blanks in front of the opening parenthesis.
    :param name: the name of the parameter.
    :param values: its values without quotes; empty ones are dropped, as elastix does.
    :param after: everything behind the closing parenthesis, usually blanks and a comment.
    """

    before: str
    name: str
    values: tuple[str, ...]
    after: str


def read_line(line: str) -> ParameterLine | None:
    r"""Read one line without its line end.

    :param line: the line.
    :returns: what it says, or None for a blank line or a comment.
    :raises SyntaxFault: if elastix refuses or misreads the line.

    >>> read_line('(Metric0Weight 1.0 0.5) // per resolution').values
    ('1.0', '0.5')
    """
    statement = line.split("//", 1)[0].strip(_BLANKS)
    if not statement:
        return None
    _require_parentheses(line, statement)
    inside = statement[1:-1]
    if inside[:1] in tuple(_BLANKS):
        raise SyntaxFault(
            "has a blank behind its opening parenthesis, so elastix reads a parameter without a name",
            "Remove the blank.",
        )
    name = re.split(r'[ \t"]', inside, maxsplit=1)[0]
    remainder = inside[len(name) :]
    if not re.search(r"[ \t]+[^ \t]", remainder):
        raise SyntaxFault("has no name and value", 'Write it as (Name value) or (Name "word").')
    if len(name) > _LONGEST_NAME:
        raise SyntaxFault(f"has a name of {len(name)} letters, which no parameter has", "Correct the name.")
    if _FORBIDDEN_IN_NAMES.search(name) or not name:
        raise SyntaxFault(
            f'names the parameter "{name}", which holds characters that elastix does not allow',
            "Use letters and digits only in the name.",
        )
    start = line.index("(")
    return ParameterLine(
        before=line[:start],
        name=name,
        values=_read_values(remainder),
        after=line[start + len(statement) :],
    )


def write_line(name: str, values: tuple[object, ...], before: str = "", after: str = "") -> str:
    r"""Write one line, words in quotes and numbers bare.

    :param name: the name of the parameter.
    :param values: str, bool, int or float (NumPy numbers too).
    :param before: what stands in front of the parenthesis.
    :param after: what stands behind it.
    :raises SyntaxFault: if a value cannot be written so that elastix reads it back.

    >>> write_line("Metric1Weight", (0.1, 0.01))
    '(Metric1Weight 0.1 0.01)'
    >>> write_line("ErodeMask", (False,))
    '(ErodeMask "false")'
    """
    written = " ".join(write_value(value) for value in values) or '""'
    return f"{before}({name} {written}){after}"


def write_value(value: object) -> str:
    """Write one value as elastix expects it.

    :param value: str, bool, int or float (NumPy numbers too).
    :raises SyntaxFault: for text that elastix would cut or split, and for numbers that are not finite.
    """
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return '"true"' if value else '"false"'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise SyntaxFault(f"would hold the number {value}", "Give a finite number.")
        return repr(value)
    text = str(value)
    if '"' in text or "//" in text or any(ord(character) < 32 for character in text):
        raise SyntaxFault(
            f"would hold the text {text[:_LONGEST_NAME]!r}, which elastix cannot read back",
            'Leave out quotes, "//" and line breaks.',
        )
    return f'"{text}"'


def _require_parentheses(line: str, statement: str) -> None:
    if statement.count('"') % 2:
        if '"' in line.partition("//")[2] and line.count('"') % 2 == 0:
            raise SyntaxFault(
                'has "//" inside quotes, and elastix takes what follows for a comment',
                'Write the value without "//".',
            )
        raise SyntaxFault("has an odd number of quotes", 'Close the quotes, for example (Transform "EulerTransform").')
    opened, closed = statement.startswith("("), statement.endswith(")")
    if opened and not closed:
        if ")" in statement:
            raise SyntaxFault("has text behind its closing parenthesis", 'Put "//" in front of the text, or remove it.')
        raise SyntaxFault("has no closing parenthesis", 'Add ")"; a parameter has to fit on one line.')
    if closed and not opened:
        raise SyntaxFault("has no opening parenthesis", 'Add "(" in front of the name.')
    if not opened:
        raise SyntaxFault(
            "is neither a parameter nor a comment",
            "Write (Name value), or put // in front of it.",
        )


def _read_values(remainder: str) -> tuple[str, ...]:
    values = []
    for match in _TOKEN.finditer(remainder):
        quoted, bare = match.groups()
        value = bare if quoted is None else quoted.replace("\t", " ")
        if len(value) > _LONGEST_VALUE:
            raise SyntaxFault(
                f"has a value of {len(value)} letters, which no parameter has", "Correct the value, or remove the line."
            )
        if bare is not None:
            _require_readable_bare_value(bare)
        if any(ord(character) < 32 for character in value):
            raise SyntaxFault("has a character in a value that cannot be seen", "Type the value again.")
        if _TYPOGRAPHIC_QUOTES.search(value):
            raise SyntaxFault(
                f"has typographic quotes in {value}, which elastix takes as part of the value",
                'Use straight quotes: ".',
            )
        if value:
            values.append(value)
    return tuple(values)


def _require_readable_bare_value(value: str) -> None:
    forbidden = _FORBIDDEN_IN_BARE_VALUES.search(value)
    if not forbidden:
        return
    character = forbidden.group()
    if character in "()":
        raise SyntaxFault(
            "has more than one pair of parentheses, and elastix reads them as values of the first parameter",
            "Write one parameter per line.",
        )
    if character == "\r":
        raise SyntaxFault("has a carriage return in its middle", "Save the file with Unix or Windows line ends.")
    raise SyntaxFault(
        f'has the character "{character}" in its value {value}',
        "Separate values by blanks only.",
    )
