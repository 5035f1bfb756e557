"""The page about presets names every built-in one, and what it shows can be typed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.parameter_lint import lint_text
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.presets import PresetStage, builtin_preset_folder, find_preset, list_presets
from ElastixPlusLib.presets.overrides import overridden, parse_override
from ElastixPlusLib.presets.preset import NEEDS, SUBJECTS, MeasuredHere
from ElastixPlusLib.presets.preset_json import preset_of_description
from ElastixPlusLib.presets.recipe import AUTOMATIC_MASKS, LANDMARK_FITS, STARTS, Recipe
from ElastixPlusLib.terminal.arguments import argument_parser
from ElastixPlusLib.terminal.preset_words import needs_in_words

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "Docs" / "presets.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "Docs/presets.md", "Docs/user-guide.md")
BUILT_IN = {preset.id: preset for preset in list_presets([builtin_preset_folder()])}


def section(title: str) -> str:
    """What stands under a heading of the page, with what is below it."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(text: str, language: str = "") -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for kind, block in found if kind == language]


def rows(text: str) -> Iterator[tuple[str, str]]:
    """The rows of tables that begin with one name in code: the name, and the rest."""
    yield from re.findall(r"^\| `([^`]+)` \|(.*)\|$", text, re.MULTILINE)


def commands() -> Iterator[tuple[str, str]]:
    """Every command line of elastixplus, in blocks and within sentences, with the document that shows it."""
    for document in DOCUMENTS:
        text = (REPOSITORY / document).read_text(encoding="utf-8")
        for block in blocks(text):
            lines = block.replace("\\\n", " ").splitlines()
            yield from ((document, line) for line in lines if line.startswith("elastixplus "))
        yield from ((document, line) for line in re.findall(r"(?<!`)`(elastixplus [a-z]+ [^`]+)`", text))


COMMANDS = sorted(set(commands()))


def test_every_built_in_preset_has_its_row_with_needs_and_publication_and_no_other_has():
    listed = list(rows(section("All built-in presets")))
    assert sorted(identifier for identifier, _ in listed) == sorted(BUILT_IN)
    for identifier, rest in listed:
        preset = BUILT_IN[identifier]
        assert needs_in_words(preset) in [cell.strip() for cell in rest.split("|")], identifier
        is_general = preset.anatomy == ("any",) and bool(preset.stages)  # their publication stands above the table
        expected = [preset.doi] if preset.doi and not is_general else []
        assert re.findall(r"\(https://doi\.org/([^)]+)\)", rest) == expected, identifier


def test_every_preset_that_the_advice_names_is_there():
    advised = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`", section("Which one to take")))
    assert advised <= set(BUILT_IN)
    assert {"generic", "rigid", "guided"} <= advised


def test_command_lines_are_found():
    assert len(COMMANDS) > 20
    assert {document for document, _ in COMMANDS} >= {"README.md", "Docs/presets.md"}


@pytest.mark.parametrize(("document", "line"), COMMANDS, ids=[line[:70] for _, line in COMMANDS])
def test_a_command_line_can_be_typed_as_it_is_shown(document: str, line: str, capsys: pytest.CaptureFixture[str]):
    try:
        options = argument_parser().parse_args(shlex.split(line)[1:])
    except SystemExit:
        pytest.fail(f"{document}: {line}\n{capsys.readouterr().err}")
    name = getattr(options, "preset", None) or getattr(options, "identifier", None) or "generic"
    preset = BUILT_IN.get(name)
    if preset is not None and preset.stages:
        overridden(
            preset.parameter_files(), [parse_override(text) for text in getattr(options, "overrides", None) or ()]
        )


def test_changes_can_be_made_or_are_refused_in_the_words_that_are_shown():
    changes = {text: rest.strip() for text, rest in rows(section("Changing")) if "=" in text}
    assert len(changes) > 8
    files = find_preset("generic", [builtin_preset_folder()]).parameter_files()
    for text, said in changes.items():
        if said.startswith("The change"):
            with pytest.raises(InputError) as caught:
                overridden(files, [parse_override(text)])
            assert f"{caught.value.what} {caught.value.remedy}" == said
        else:
            overridden(files, [parse_override(text)])


def test_the_description_that_is_shown_is_that_of_a_preset():
    (example,) = blocks(section("Changing"), "json")
    described = json.loads(example)
    preset = preset_of_description(described, [PresetStage(name) for name in described["files"]], "the page")
    assert preset.id + "/" in section("Changing")
    assert preset.recipe.landmark_stages == (2,)


def test_every_field_of_a_description_has_its_row_with_the_words_that_it_takes():
    told = dict(rows(section("Changing")))
    names = {name for cell in re.findall(r"^\| (`[^|]+) \|", section("Changing"), re.MULTILINE) for name in words(cell)}
    fields = set(vars(BUILT_IN["generic"])) - {"stages", "origin", "folder"}
    assert fields | {"files"} | set(Recipe.__dataclass_fields__) <= names
    for name, known in (
        *(("needs", NEEDS), ("subject", SUBJECTS), ("initial", STARTS), ("landmark_fit", LANDMARK_FITS)),
        ("measured", tuple(MeasuredHere.__dataclass_fields__)),
    ):
        assert set(known) <= set(words(told[name])), name
    assert all(f'"{mask}"' in section("Changing") for mask in AUTOMATIC_MASKS)


def words(text: str) -> list[str]:
    """What is written in code, without the quotes of JSON."""
    return [word.strip('"') for word in re.findall(r"`([^`]+)`", text)]


def test_the_findings_that_are_shown_are_those_of_the_file_above_them():
    file, found, *_ = (
        block for block in blocks(section("Checking parameter files")) if "(Transform" in block or ":" in block
    )
    lines = [f"spline.txt:{one.line_number}: {one.severity}: {one.what} {one.remedy}" for one in lint_text(file)]
    assert found.splitlines() == lines


def test_measured_tables_have_their_places():
    for name in ("brain pair", "known deformations"):
        begin, end = (re.findall(rf"^<!-- {name}: {word} -->$", PAGE, re.MULTILINE) for word in ("begin", "end"))
        assert len(begin) == len(end) == 1
        assert PAGE.index(begin[0]) < PAGE.index(end[0])


def test_links_of_the_page_lead_somewhere():
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    for place, anchor in re.findall(r"\]\(((?!https?:)[^)#]*)#?([^)]*)\)", PAGE):
        assert not place or (REPOSITORY / "Docs" / place).is_file(), place
        assert place or anchor in anchors, anchor
