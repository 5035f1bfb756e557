"""The page about records names every field, and what it shows can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from ElastixPlusLib.mrml.stored_record import ATTRIBUTE
from ElastixPlusLib.record.record_json import FORMAT
from ElastixPlusLib.record.run_record import VERSION, RunRecord
from ElastixPlusLib.terminal.arguments import argument_parser

PAGE = (Path(__file__).resolve().parents[2] / "Docs" / "records.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def leaves(kind: type[Any], before: str = "") -> Iterator[str]:
    """Every field of a record that holds no other ones, as the page writes it."""
    hints = get_type_hints(kind)
    for field in fields(kind):
        hint, name = hints[field.name], f"{before}{field.name}"
        inner = [one for one in get_args(hint) if one is not NoneType]
        if get_origin(hint) is tuple and inner[-1] is Ellipsis and not before:
            hint, name = inner[0], f"{name}[]"
        elif inner and is_dataclass(inner[0]):
            hint = inner[0]
        if is_dataclass(hint) and isinstance(hint, type):
            yield from leaves(hint, f"{name}.")
        else:
            yield name


def test_the_table_names_every_field_of_a_record_once_and_no_other():
    listed = [name for row in re.findall(r"^\| (`.*?) \|", section("What is in it"), re.M) for name in row.split(", ")]
    assert sorted(listed) == sorted(f"`{name}`" for name in ("format", *leaves(RunRecord)))
    assert f'"{FORMAT}", and the version of this form, {VERSION} |' in PAGE


def test_the_attribute_of_the_node_is_named():
    assert f"`{ATTRIBUTE}`" in section("Where it lies")


@pytest.mark.parametrize("line", sorted(set(re.findall(r"^elastixplus .+$", PAGE, re.M))))
def test_what_is_shown_can_be_typed(line: str):
    argument_parser().parse_args(shlex.split(line)[1:])


@pytest.mark.parametrize(("command", "title"), [("record", "Looking at it"), ("rerun", "Doing a run again")])
def test_every_option_that_is_named_is_one(command: str, title: str):
    parser = argument_parser()._subparsers._group_actions[0].choices[command]  # type: ignore[union-attr,index]
    known = {option for action in parser._actions for option in action.option_strings}
    named = set(re.findall(r"`(--[a-z-]+)", section(title))) - {"--landmark-weight"}
    assert named <= known
    assert known - named <= {"-h", "--help", "--debug", "--quiet", "--workspace", "--keep-workspace"}


def test_the_example_is_what_the_program_writes_today():
    """Every sentence, but for its numbers, is one that the program makes."""
    from dataclasses import replace

    from ElastixPlusLib.record.methods_text import methods_text
    from made_records import linear_run, spline_run

    told = methods_text(replace(spline_run(), software=replace(linear_run().software, host="slicer-core 5"))).text
    example = section("The methods section").split("```text\n")[1].split("\nReferences")[0]

    def shapes(text: str) -> set[str]:
        flat = re.sub(r"\d[\d,.]*(?<!\.)", "#", " ".join(text.split()))
        return set(re.split(r"(?<=\.) (?=[A-Z#])", flat))

    kept = ("At the # pairs of landmarks", "# pairs of landmarks were kept back", "The result is", "It started from")
    for start in (*kept, "The seed of the random samples", "The preset", "The run took"):
        of_example = {one for one in shapes(example) if one.startswith(start)}
        assert of_example
        assert of_example <= shapes(told), start
