"""Hundreds of parameter files as people keep them: every way that one can take here keeps every value.

How they are written is in :mod:`wild_parameter_files`; that elastix reads the same from them is tested with elastix.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.toml_parameters import parameter_file_of_toml, toml_of_parameter_file
from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.presets import Preset, PresetStage, read_preset, write_preset
from ElastixPlusLib.presets.archive import SUFFIX, export_preset, preset_as_text, preset_of_text
from ElastixPlusLib.presets.draft import draft_of, faults, preset_of
from ElastixPlusLib.presets.importing import import_presets
from wild_parameter_files import BLANKS, NUMBERS, SEPARATORS, WildFile, spelled, statement, wild_files, with_duplicate

STAGES_OF_A_PRESET = 40
Values = list[tuple[str, tuple[str, ...] | None]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """All of the wild files on disk."""
    folder = tmp_path_factory.mktemp("wild")
    for file in wild_files():
        path_of(file, folder).write_bytes(file.content)
    return folder


def path_of(file: WildFile, folder: Path) -> Path:
    return folder / f"{file.name}.txt"


def values_of(file: ParameterFile) -> Values:
    """Names and values, in the order of the file."""
    return [(name, file.get(name)) for name in file.names]


def said_by(file: WildFile) -> Values:
    return list(file.values.items())


def groups() -> list[tuple[WildFile, ...]]:
    """The wild files, in handfuls that make one preset each."""
    files = wild_files()
    return [files[start : start + STAGES_OF_A_PRESET] for start in range(0, len(files), STAGES_OF_A_PRESET)]


def preset_on_disk(files: Iterable[WildFile], folder: Path) -> Preset:
    """A preset of the user's own with these files as its stages."""
    stages = tuple(PresetStage(path_of(file, folder).name, path_of(file, folder)) for file in files)
    return Preset("wild", "Wild", stages=stages, origin="user")


def require_every_value(preset: Preset, files: Iterable[WildFile]) -> None:
    for stage, file in zip(preset.stages, files, strict=True):
        assert values_of(stage.read()) == said_by(file), file.name


def test_the_files_are_many_and_of_every_kind():
    traits = Counter(trait for file in wild_files() for trait in file.traits)
    assert len(wild_files()) >= 300
    assert len({file.content for file in wild_files()}) == len(wild_files())
    assert len(traits) == 14
    assert min(traits.values()) >= 30, traits
    spellings = {value for file in wild_files() for values in file.values.values() for value in values}
    assert set(NUMBERS) <= spellings
    for way in (r"\+[0-9]+", r"[0-9]+\.0{6}", r"[0-9.]+e[+-][0-9]+", r"\.[0-9]+", r"0[0-9]+", r"[0-9]+\."):
        assert len([value for value in spellings if re.fullmatch(way, value)]) >= 5, way


def test_every_value_is_read_and_every_byte_is_written_back(folder, tmp_path):
    for file in wild_files():
        read = ParameterFile.read(path_of(file, folder))
        assert values_of(read) == said_by(file), file.name
        read.write(tmp_path / "back.txt")
        assert (tmp_path / "back.txt").read_bytes() == file.content, file.name


def test_a_change_of_any_parameter_changes_the_bytes_of_its_line_only(folder, tmp_path):
    for number, file in enumerate(wild_files()):
        read = ParameterFile.read(path_of(file, folder))
        name = random.Random(number).choice(read.names)
        read.with_values(name, 7, "seven é").write(tmp_path / "changed.txt")
        line = read.line_number(name) - 1
        changed = ParameterFile.read(tmp_path / "changed.txt")
        assert values_of(changed) == [(n, ("7", "seven é") if n == name else v) for n, v in said_by(file)], file.name
        before, after = file.content.split(b"\n"), (tmp_path / "changed.txt").read_bytes().split(b"\n")
        assert before[line] != after[line], file.name
        assert before[:line] + before[line + 1 :] == after[:line] + after[line + 1 :], file.name


def test_removing_a_parameter_and_setting_it_again_keeps_all_others(folder):
    for number, file in enumerate(wild_files()):
        read = ParameterFile.read(path_of(file, folder))
        name = random.Random(number).choice(read.names)
        others = [pair for pair in said_by(file) if pair[0] != name]
        assert values_of(read.without(name)) == others, file.name
        again = read.without(name).with_values(name, *file.values[name])
        assert values_of(again) == [*others, (name, file.values[name])], file.name


def test_a_file_in_toml_keeps_every_value(folder, tmp_path):
    for file in wild_files():
        ParameterFile.read(path_of(file, folder)).write(tmp_path / "same.toml")
        assert values_of(ParameterFile.read(tmp_path / "same.toml")) == said_by(file), file.name


def test_a_preset_in_one_file_keeps_every_value(folder):
    for files in groups():
        sent = preset_of_text(preset_as_text(preset_on_disk(files, folder)), "here")
        require_every_value(sent, files)
        assert [stage.text for stage in sent.stages] == ["".join(file.lines) for file in files]


def test_a_preset_folder_keeps_every_byte(folder, tmp_path):
    for files in groups():
        place = write_preset(preset_on_disk(files, folder), tmp_path)
        kept = read_preset(place)
        require_every_value(kept, files)
        assert [stage.path.read_bytes() for stage in kept.stages] == [file.content for file in files]


def test_a_draft_of_the_editor_keeps_every_value(folder):
    for files in groups():
        draft = draft_of(preset_on_disk(files, folder))
        assert faults(draft) == ()
        require_every_value(preset_of(draft), files)


def test_files_that_are_imported_keep_every_value(folder, tmp_path):
    as_text, as_toml, in_one_file = groups()[:3]  # an import looks up every name that elastix does not know
    (preset,) = import_presets([path_of(file, folder) for file in as_text]).presets
    require_every_value(preset, as_text)
    paths = [tmp_path / f"{file.name}.toml" for file in as_toml]
    for file, path in zip(as_toml, paths, strict=True):
        ParameterFile.read(path_of(file, folder)).write(path)
    (preset,) = import_presets(paths).presets
    require_every_value(preset, as_toml)
    sent = export_preset(preset_on_disk(in_one_file, folder), tmp_path / f"wild{SUFFIX}")
    (preset,) = import_presets(sent).presets
    require_every_value(preset, in_one_file)


def test_a_file_that_says_something_twice_is_refused_with_both_lines(tmp_path):
    path = tmp_path / "twice.txt"
    for number, file in enumerate(wild_files()):
        content, name, first, second = with_duplicate(file, number)
        path.write_bytes(content)
        with pytest.raises(ParameterFileError) as caught:
            ParameterFile.read(path)
        assert caught.value.line_number == second, file.name
        assert f"line {second} sets {name} again, after line {first}." in caught.value.what, file.name


def test_the_editor_opens_a_file_that_says_something_twice_and_nothing_else_takes_it(tmp_path):
    content, _, _, second = with_duplicate(wild_files()[0], 1)
    path = tmp_path / "twice.txt"
    path.write_bytes(content)
    preset = Preset("wild", "Wild", stages=(PresetStage(path.name, path),), origin="user")
    (fault,) = faults(draft_of(preset))
    assert (fault.stage, fault.error.line_number) == (0, second)
    for way in (
        lambda: preset_of(draft_of(preset)),
        lambda: import_presets(path),
        lambda: export_preset(preset, tmp_path / "sent.json"),
        lambda: write_preset(preset, tmp_path / "presets"),
    ):
        with pytest.raises(ParameterFileError, match=f"line {second} sets"):
            way()
    assert [place.name for place in tmp_path.iterdir()] == ["twice.txt"]


names = st.from_regex(r"[A-Za-z]([A-Za-z0-9_~-]|/(?!/)){0,20}", fullmatch=True)
texts = st.text(
    st.characters(codec="utf-8", exclude_characters='"\n\r“”„‟«»', exclude_categories=["Cc"]), min_size=1, max_size=12
).filter(lambda text: "//" not in text)
numbers = st.one_of(
    st.integers().map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr), st.sampled_from(NUMBERS)
)
comments = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=20).map("//".__add__)
chances = st.integers(0, 2**32).map(random.Random)


@st.composite
def said_and_written(draw) -> tuple[Values, str]:
    """What a file says, and one of the ways to write it."""
    said = draw(st.dictionaries(names, st.lists(texts | numbers, max_size=4).map(tuple), min_size=1, max_size=5))
    chance, lines = draw(chances), []
    for name, values in said.items():
        lines.append(draw(st.sampled_from(BLANKS) | comments))
        lines.append(
            f"{statement(name, values, chance)}{draw(st.sampled_from(SEPARATORS))}{draw(st.just('') | comments)}"
        )
    ends = [draw(st.sampled_from(["\n", "\r\n"])) for _ in lines]
    ends[-1] = draw(st.sampled_from(["", ends[-1]]))
    return list(said.items()), "".join(line + end for line, end in zip(lines, ends, strict=True))


@settings(max_examples=70, deadline=None)
@given(case=said_and_written())
def test_whatever_a_file_says_and_however_it_is_written_every_way_keeps_it(case):
    said, text = case
    file = ParameterFile.parse(text)
    assert values_of(file) == said
    preset = Preset("wild", "Wild", stages=(PresetStage("wild.txt", text=text),), origin="user")
    sent = preset_of_text(preset_as_text(preset), "here")
    drafted = preset_of(draft_of(preset))
    assert sent.stages == drafted.stages == preset.stages
    assert values_of(parameter_file_of_toml(toml_of_parameter_file(file))) == said


@settings(max_examples=40, deadline=None)
@given(case=said_and_written(), values=st.lists(texts | st.integers() | st.booleans(), max_size=3))
def test_a_change_of_whatever_a_file_says_is_read_back_beside_everything_else(case, values):
    said, text = case
    name = said[0][0]
    changed = ParameterFile.parse(text).with_values(name, *values)
    expected = tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    assert values_of(ParameterFile.parse(changed.text)) == [(name, expected), *said[1:]]


@given(value=st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,4})?", fullmatch=True), chance=chances)
@settings(max_examples=40, deadline=None)
def test_the_spellings_of_a_number_here_are_the_same_number(value, chance):
    assert float(spelled(value, chance)) == float(value)
