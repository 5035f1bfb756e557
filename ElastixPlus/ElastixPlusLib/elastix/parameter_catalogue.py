"""What every parameter that elastix knows takes: kind, number of values, unit, elastix's default, and what it is for.

The facts lie in ``parameter_catalogue.json`` beside this file, one line per parameter. They were read from the sources
of elastix 5.0 to 5.3; most of the defaults from the log of elastix 5.0.1, which prints them. A few parameters are
those of older versions: elastix ignores them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "component",
    "switch",
    "count",
    "whole number",
    "integer",
    "number",
    "positive number",
    "word",
    "text",
    "file",
]
Per: TypeAlias = Literal["one", "resolution", "axis", "resolution*axis", "metric", "any"]
Missing: TypeAlias = Literal["first", "default", "refused"]

_NUMBERED_COMPONENT = re.compile(
    r"(?:Registration|FixedImagePyramid|MovingImagePyramid|ImageSampler|Interpolator|Metric|Optimizer"
    r"|ResampleInterpolator|Resampler|Transform)[0-9]+"
)


@dataclass(frozen=True)
class ParameterEntry:
    """What elastix expects of one parameter.

    :param name: as elastix has it, or as it was asked for: "Metric0Weight", not "Metric#Weight".
    :param kind: "component": class name of a part of elastix; "switch": true or false; "count": 1, 2, ...;
        "whole number": 0, 1, ...; "integer": negative too; "number"; "positive number"; "word": one of ``choices``;
        "text"; "file": the path of a file.
    :param per: how many values it takes: "one"; "resolution": one, or one for each resolution; "axis": one, or three;
        "resolution*axis": three for each resolution; "metric": one, or one for each metric; "any": a list.
    :param unit: "mm", "voxels", or "" for a number without unit.
    :param default: what elastix takes without the parameter, in its own words; "" if it needs none or has none.
    :param help: one sentence for people who do not know elastix.
    :param choices: the words that elastix understands, or nothing where any will do.
    :param is_main: whether it is one of those that are worth changing.
    :param least: smallest number that elastix takes; ``most``: the largest one.
    :param missing: what stands in where values for resolutions or axes are missing: the "first" one, elastix's
        "default", or nothing, as the run is "refused".
    :param components: the parameter does something only where one of these is chosen; empty: always.
    """

    name: str
    kind: Kind
    per: Per
    unit: str = ""
    default: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    is_main: bool = False
    least: float | None = None
    most: float | None = None
    missing: Missing = "first"
    components: tuple[str, ...] = ()


def parameter_entry(name: str) -> ParameterEntry | None:
    """What elastix expects of a parameter, or None if it knows none of that name.

    :param name: as a parameter file has it, also with a number, or with the numbered component in front.

    >>> parameter_entry("FinalGridSpacingInPhysicalUnits").unit
    'mm'
    >>> parameter_entry("Metric1Weight").per, parameter_entry("Metric0NumberOfHistogramBins").default
    ('resolution', '32')
    """
    known = catalogue()
    for form in name_forms(name):
        if form in known:
            return replace(known[form], name=name)
    return None


def main_parameters() -> tuple[ParameterEntry, ...]:
    """The parameters that are worth changing, in the order of the catalogue.

    >>> "MaximumNumberOfIterations" in [entry.name for entry in main_parameters()]
    True
    """
    return tuple(entry for entry in catalogue().values() if entry.is_main)


@cache
def catalogue() -> Mapping[str, ParameterEntry]:
    """Everything that is known, by name; "#" in a name stands for a number."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    return MappingProxyType({described["name"]: _entry(described) for described in json.loads(text)["parameters"]})


def name_forms(name: str) -> tuple[str, ...]:
    """Under which names the catalogue may have a parameter: as it stands, with "#" for its numbers, and both again
    without the numbered component in front.

    >>> name_forms("Metric0Use")
    ('Metric0Use', 'Metric#Use', 'Use', 'Use')
    """
    component = _NUMBERED_COMPONENT.match(name)
    rest = (name[component.end() :],) if component else ()
    return tuple(form for word in (name, *rest) if word for form in (word, re.sub(r"[0-9]+", "#", word)))


def _entry(described: dict[str, Any]) -> ParameterEntry:
    return ParameterEntry(
        name=described["name"],
        kind=described["kind"],
        per=described["per"],
        unit=described.get("unit", ""),
        default=described.get("default", ""),
        help=described["help"],
        choices=tuple(described.get("choices", ())),
        is_main=described.get("main", False),
        least=described.get("least"),
        most=described.get("most"),
        missing=described.get("missing", "first"),
        components=tuple(described.get("components", ())),
    )
