"""A record as JSON, and back: what comes from a file is believed only as far as its shape goes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ..errors import RecordError
from .run_record import VERSION, RunRecord

FORMAT = "ElastixPlus record of a run"
LARGEST_TEXT = 20_000_000
_HARMLESS = str.maketrans({"&": r"\u0026", "<": r"\u003c", ">": r"\u003e"})
_REMEDY = "Choose a record that ElastixPlus wrote, as it was written."


def record_text(record: RunRecord) -> str:
    """A record as JSON of ASCII letters only, without what means something in XML, so that any file can hold it.

    >>> from .run_record import Choices, EngineIdentity, Software
    >>> software = Software("1", "Slicer", "3", "any", 1)
    >>> record = RunRecord("2026-11-28T13:05:00Z", software, EngineIdentity("none"), Choices("a & b"), ())
    >>> "&" in record_text(record), record_from_text(record_text(record)) == record
    (False, True)
    """
    data = {"format": FORMAT, **asdict(record)}
    return json.dumps(data, indent=1, ensure_ascii=True, allow_nan=False).translate(_HARMLESS) + "\n"


def record_from_text(text: str, where: str = "The record") -> RunRecord:
    """Read a record.

    :param where: names it in messages, as the beginning of a sentence.
    :raises RecordError: it is none, is damaged, or was written by a newer ElastixPlus.
    """
    if len(text) > LARGEST_TEXT:
        raise RecordError(f"{where} is larger than any record ({len(text)} letters).", _REMEDY)
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{where} is no JSON that can be read ({error}).", _REMEDY) from error
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise RecordError(f"{where} is no record of a run.", _REMEDY)
    version = data.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RecordError(
            f"{where} was written by a newer ElastixPlus (version {version} of records).", "Update ElastixPlus."
        )
    try:
        record: RunRecord = _dataclass_from(RunRecord, data, "")
    except _ShapeError as error:
        raise RecordError(f"{where} is damaged: {error}.", _REMEDY) from error
    return record


class _ShapeError(ValueError):
    """Data that is not of the shape of a record; says where."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _dataclass_from(kind: type[Any], data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise _ShapeError(f"{where or 'it'} is no object")
    hints = get_type_hints(kind)
    known = {one.name: one for one in fields(kind)}
    if unknown := sorted(set(data) - set(known)):
        raise _ShapeError(f"{unknown[0][:60]!r} is not known in {where or 'it'}")
    missing = [
        one.name
        for one in known.values()
        if one.name not in data and one.default is MISSING and one.default_factory is MISSING
    ]
    if missing:
        raise _ShapeError(f"{where}{missing[0]} is missing")
    return kind(**{name: _value_from(hints[name], value, f"{where}{name}") for name, value in data.items()})


def _value_from(hint: Any, value: Any, where: str) -> Any:
    """A value of a type, or an error that says where it is not."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass_from(hint, value, f"{where}.")
    if origin is tuple:
        return _tuple_from(arguments, value, where)
    if origin is Literal:
        if value in arguments and isinstance(value, str):
            return value
        raise _ShapeError(f"{where} is none of {', '.join(arguments)}")
    if origin in (Union, UnionType):
        return _one_of(arguments, value, where)
    return _plain_from(hint, value, where)


def _tuple_from(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _ShapeError(f"{where} is no list")
    if arguments[-1] is Ellipsis:
        return tuple(_value_from(arguments[0], one, f"{where}[{index}]") for index, one in enumerate(value))
    if len(value) != len(arguments):
        raise _ShapeError(f"{where} has {len(value)} values instead of {len(arguments)}")
    return tuple(
        _value_from(hint, one, f"{where}[{index}]")
        for index, (hint, one) in enumerate(zip(arguments, value, strict=True))
    )


def _one_of(hints: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and NoneType in hints:
        return None
    plain = [hint for hint in hints if hint is not NoneType]
    for hint in plain[:-1]:
        try:
            return _value_from(hint, value, where)
        except _ShapeError:
            continue
    return _value_from(plain[-1], value, where)


def _plain_from(hint: type, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError as error:
            raise _ShapeError(f"{where} is too large") from error
        if not math.isfinite(number):
            raise _ShapeError(f"{where} is too large")
        return number
    if hint in (str, int, bool) and type(value) is hint:
        return value
    raise _ShapeError(f"{where} is no {({str: 'text', bool: 'yes or no'}).get(hint, 'number')}")
