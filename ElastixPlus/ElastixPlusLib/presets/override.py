"""A change of one parameter as it is written: ``parameter=values``, with the stages that it is for in front."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import PresetError
from .stage_kinds import STAGE_KINDS

ALL = "all"
_OTHER_WORDS = {"euler": "rigid", "b-spline": "bspline", "": ALL}
_VALUE = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s,"']+))\s*""")
_STAGE_NUMBER = re.compile(r"[0-9]{1,9}")
_HOW_TO_WRITE = (
    "Write it as Parameter=value, bspline.Parameter=value or 2.Parameter=value, "
    "with commas between several values and nothing behind = to remove the parameter."
)


@dataclass(frozen=True)
class Override:
    """One parameter, changed for one run.

    :param stage: translation, rigid, similarity, affine, bspline, a number from 1 on as text, or "all".
    :param parameter: elastix's name of it.
    :param values: without quotes; none removes it.

    >>> str(Override("bspline", "FinalGridSpacingInPhysicalUnits", ("8",)))
    'bspline.FinalGridSpacingInPhysicalUnits=8'
    """

    stage: str
    parameter: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        stage = "" if self.stage == ALL else f"{self.stage}."
        return f"{stage}{self.parameter}={','.join(map(_quoted, self.values))}"


def parse_override(text: str) -> Override:
    """Read a change as it is written on the command line.

    :param text: ``parameter=values`` or ``stage.parameter=values``; values are separated by commas or blanks, and one
        that holds these is written in quotes.
    :raises PresetError: it cannot be read, or names a kind of stage that does not exist.

    >>> parse_override("2.NumberOfSpatialSamples = 2048, 4096")
    Override(stage='2', parameter='NumberOfSpatialSamples', values=('2048', '4096'))
    >>> parse_override("rigid.UseAdaptiveStepSizes=").values
    ()
    """
    if not isinstance(text, str):
        raise PresetError(f"The change {text!r} is no text.", _HOW_TO_WRITE)
    name, equals, values = text.partition("=")
    stage, dot, parameter = name.rpartition(".")
    if not equals or not parameter.strip() or (dot and not stage.strip()):
        raise PresetError(f'The change "{text}" is not understood.', _HOW_TO_WRITE)
    return Override(_stage_word(stage.strip(), text), parameter.strip(), _read_values(values, text))


def _stage_word(stage: str, text: str) -> str:
    word = _OTHER_WORDS.get(stage.lower(), stage.lower())
    if word == ALL or word in STAGE_KINDS:
        return word
    if _STAGE_NUMBER.fullmatch(word) and int(word) > 0:
        return str(int(word))
    raise PresetError(
        f'The change "{text}" is for "{stage}", which is no stage.',
        f"Name it by its number from 1 on, or as {', '.join(STAGE_KINDS)} or {ALL}.",
    )


def _read_values(text: str, whole: str) -> tuple[str, ...]:
    values: list[str] = []
    at, text = 0, text.strip()
    while at < len(text):
        found = _VALUE.match(text, at)
        value = next((part for part in found.groups() if part is not None), "") if found else ""
        if found is None or not value:
            raise PresetError(f'The values of the change "{whole}" are not understood.', _HOW_TO_WRITE)
        values.append(value)
        at = found.end()
        if text[at : at + 1] == ",":
            at += 1
            if at == len(text):
                raise PresetError(f'The change "{whole}" ends with a comma.', "Add the last value, or remove it.")
    return tuple(values)


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s,']", value) else value
