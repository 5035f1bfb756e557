"""`elastixplus presets`: find presets, see everything about one, and make one's own."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Answer
from ElastixPlusLib.presets import builtin_preset_folder, find_preset, list_presets
from ElastixPlusLib.terminal import preset_list_command
from ElastixPlusLib.terminal.arguments import argument_parser

Call = Callable[..., Answer]


@pytest.fixture
def presets(elastixplus) -> Call:
    """Call `elastixplus presets` in this process."""
    return lambda *words: elastixplus("presets", *words)


@pytest.fixture
def knee(presets) -> Path:
    """The folder of a preset of the user's own."""
    answer = presets("copy", "rigid", "knee", "--title", "Knee, quick", "--set", "MaximumNumberOfIterations=50")
    assert answer.code == 0, answer.err
    return find_preset("knee").folder


def listed(answer: Answer) -> list[str]:
    assert answer.code == 0, answer.err
    return [line.split()[0] for line in answer.out.splitlines()]


def refused(answer: Answer, what: str, remedy: str) -> None:
    """Exit code 2, nothing on standard output, one line what and one line what to do."""
    assert answer.code == 2
    assert answer.out == ""
    first, second = answer.err.rstrip().split("\n")
    assert first.startswith("Error: ")
    assert what in first
    assert remedy in second


# ---- list


def test_every_preset_is_listed_in_one_line_with_what_it_does(presets):
    answer = presets("list")
    assert listed(answer) == [preset.id for preset in list_presets()]
    (line,) = [line for line in answer.out.splitlines() if line.startswith("landmarks-rigid ")]
    assert line.split(maxsplit=1)[1] == (
        "Rigid fit of the landmarks; the images are not looked at. For any anatomy; any modality. Needs landmarks."
    )


def test_words_and_filters_are_all_met_by_what_is_listed(presets):
    found = listed(presets("list", "--anatomy", "lung", "--modality", "CT", "--modality", "CBCT"))
    assert found
    for preset in map(find_preset, found):
        assert "lung" in preset.anatomy
        assert {"CT", "CBCT"} <= set(preset.modality)
    found = listed(presets("list", "mutual", "information", "--transform", "affine"))
    assert "affine" in found
    assert {find_preset(one).parameter_files()[-1].first("Transform", "") for one in found} == {"AffineTransform"}
    assert {find_preset(one).subject for one in listed(presets("list", "--subject", "different"))} == {"different"}


def test_general_presets_are_named_below_and_not_among_those_for_an_anatomy(presets):
    answer = presets("list", "--anatomy", "lung")
    assert "generic" not in listed(answer)
    last = answer.err.splitlines()[-1]
    assert last.startswith("For everything")
    assert "generic" in last
    assert "For everything" not in presets("list", "rigid").err


def test_general_presets_that_another_filter_leaves_out_are_not_named(presets):
    last = presets("list", "--anatomy", "lung", "--transform", "affine").err
    assert "affine" in last
    assert "generic" not in last


def test_an_anatomy_that_no_preset_names_is_told_with_those_that_there_are(presets):
    answer = presets("list", "--anatomy", "lnug")
    assert (answer.code, answer.out) == (0, "")
    assert 'anatomy "lnug"' in answer.err
    assert "lung" in answer.err
    assert 'modality "CTT"' in presets("list", "--modality", "CTT").err


def test_only_ones_own_are_listed_where_that_is_wanted(presets, request):
    empty = presets("list", "--mine")
    assert (empty.code, empty.out) == (0, "")
    assert "copy" in empty.err
    request.getfixturevalue("knee")
    assert listed(presets("list", "--mine")) == ["knee"]
    assert "knee" in listed(presets("list"))


def test_a_list_as_json_has_everything_that_is_known(presets):
    answer = presets("list", "--json", "--anatomy", "lung")
    account = json.loads(answer.out)
    assert [one["id"] for one in account] == listed(presets("list", "--anatomy", "lung"))
    assert {"does", "origin", "folder", "anatomy", "needs", "citation"} <= set(account[0])
    assert json.loads(presets("list", "--json", "xylophone").out) == []


def test_a_faulty_preset_of_the_user_is_told_and_does_not_hide_the_others(presets, knee):
    (knee / "preset.json").write_text("{", encoding="utf-8")
    answer = presets("list")
    assert "knee" not in listed(answer)
    assert "Warning: " in answer.err
    assert str(knee) in answer.err


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_of_a_terminal_fits_and_shows_whole_ids(presets, monkeypatch, width):
    ids = listed(presets("list", "--anatomy", "lung"))
    monkeypatch.setattr(preset_list_command, "_is_wide_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    lines = presets("list", "--anatomy", "lung").out.splitlines()
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    assert set(ids) <= {line.split()[0] for line in lines if line.strip()}


def test_texts_of_a_preset_of_others_do_not_command_the_terminal(presets, knee, monkeypatch):
    path = knee / "preset.json"
    path.write_text(path.read_text().replace('"any"', '"knee \\u001b[2J [red]"'))
    assert "\x1b" not in presets("list", "--mine").out + presets("show", "knee").out
    monkeypatch.setattr(preset_list_command, "_is_wide_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    table = presets("list", "--mine").out
    assert "\x1b" not in table
    assert "[red]" in table


# ---- show


def test_everything_about_a_preset_is_shown(presets):
    answer = presets("show", "guided")
    assert answer.code == 0, answer.err
    guided = find_preset("guided")
    text = " ".join(answer.out.split())
    for expected in (guided.title, guided.summary, guided.citation, f"https://doi.org/{guided.doi}"):
        assert expected in text
    assert "3 bspline (2-bspline.txt): 4 resolutions, 250 400 500 450 iterations, 2048 2048 2048 1500 samples" in text
    assert "starts from: landmarks, else gravity" in text
    assert "20 10 4 1" in text
    assert max(map(len, answer.out.splitlines())) <= 100


def test_what_was_measured_here_is_shown_and_a_copy_does_not_claim_it(presets, knee):
    description = json.loads((knee / "preset.json").read_text())
    description["measured"] = [{"case": "brain-pair", "engine": "elastix 5.0.1", "seconds": 12.34, "check_mm": 1.999}]
    (knee / "preset.json").write_text(json.dumps(description))
    shown = presets("show", "knee").out
    assert "brain-pair, elastix 5.0.1: 12.3 s, 2.00 mm at the check landmarks" in " ".join(shown.split())
    assert presets("copy", "knee", "other").code == 0
    assert "Measured" not in presets("show", "other").out


def test_the_parameter_files_of_a_preset_are_printed_as_they_are(presets):
    out = presets("show", "generic", "--files").out
    for stage, file in zip(find_preset("generic").stages, find_preset("generic").parameter_files(), strict=True):
        assert f"// ======== {stage.name}\n{file.text.rstrip()}\n" in out


def test_a_preset_as_json_has_its_stages_and_components(presets):
    account = json.loads(presets("show", "generic", "--json", "--files").out)
    assert [stage["kind"] for stage in account["stages"]] == ["rigid", "bspline"]
    assert {"EulerTransform", "BSplineTransform", "AdvancedMattesMutualInformation"} <= set(account["components"])
    assert account["texts"]["1-bspline.txt"] == find_preset("generic").parameter_files()[1].text


@pytest.mark.native_engine
def test_what_the_engine_here_has_is_said(presets):
    assert "has all of them" in " ".join(presets("show", "generic").out.split())
    assert json.loads(presets("show", "generic", "--json").out)["missing_components"] == []


def test_without_an_engine_a_preset_is_shown_all_the_same(presets, monkeypatch):
    monkeypatch.setattr("ElastixPlusLib.terminal.preset_show_command._engine", lambda: None)
    answer = presets("show", "generic")
    assert answer.code == 0
    assert "no elastix here" in answer.out
    assert json.loads(presets("show", "generic", "--json").out)["missing_components"] is None


@pytest.mark.parametrize("action", [("show",), ("copy", "mine"), ("delete",), ("export", "x.json")])
def test_a_preset_that_is_not_there_is_refused_with_the_closest_one(presets, action):
    words = (action[0], "genric", *action[1:])
    refused(presets(*words), 'no preset "genric"', 'Did you mean "generic"?')


# ---- copy, delete, folder


def test_a_copy_is_the_users_own_with_the_changes_made(presets, knee, user_presets):
    copy, rigid = find_preset("knee"), find_preset("rigid")
    assert copy.folder == user_presets / "knee"
    assert (copy.title, copy.origin, copy.citation) == ("Knee, quick", "user", rigid.citation)
    text = copy.parameter_files()[0].text
    assert "(MaximumNumberOfIterations 50)" in text
    assert text.count("\n") == rigid.parameter_files()[0].text.count("\n")


def test_a_copy_over_another_one_needs_to_be_asked_for(presets, knee):
    refused(presets("copy", "generic", "knee"), 'preset "knee" already', "(--replace)")
    assert len(find_preset("knee").stages) == 1
    assert presets("copy", "generic", "knee", "--replace").code == 0
    assert len(find_preset("knee").stages) == 2


def test_a_built_in_preset_is_neither_replaced_nor_deleted(presets):
    before = sorted(path.stat().st_mtime_ns for path in builtin_preset_folder().rglob("*"))
    refused(presets("copy", "rigid", "generic", "--replace"), "built in", "another id")
    refused(presets("delete", "generic"), "built-in", "your own")
    assert sorted(path.stat().st_mtime_ns for path in builtin_preset_folder().rglob("*")) == before


def test_a_copy_with_a_change_that_cannot_be_made_is_not_made(presets, user_presets):
    refused(
        presets("copy", "generic", "mine", "--set", "bspline.FinalGridSpacingInPhysicalUnit=8"),
        "bspline.FinalGridSpacingInPhysicalUnit=8",
        'Did you mean "FinalGridSpacingInPhysicalUnits"?',
    )
    refused(presets("copy", "generic", "My Copy"), '"My Copy"', '"my-copy"')
    refused(presets("copy", "landmarks-rigid", "mine", "--set", "SP_a=1"), "landmarks alone", "Leave the change out")
    assert not user_presets.exists()


def test_a_preset_of_ones_own_is_deleted_also_a_faulty_one(presets, knee, user_presets):
    assert presets("copy", "rigid", "other").code == 0
    (knee / "preset.json").write_text("{")
    assert presets("delete", "knee").code == 0
    assert [path.name for path in user_presets.iterdir()] == ["other"]


@pytest.mark.parametrize("identifier", ["..", ".", "../user", "/"])
def test_nothing_but_a_preset_can_be_deleted(presets, user_presets, identifier):
    user_presets.mkdir(parents=True)
    (user_presets / "preset.json").write_text("{}")
    (user_presets.parent / "preset.json").write_text("{}")
    assert presets("delete", identifier).code == 2
    assert user_presets.is_dir()
    (user_presets.parent / "preset.json").unlink()


def test_the_folder_of_ones_own_presets_is_printed(presets, user_presets):
    assert presets("folder") == Answer(0, f"{user_presets}\n", "")


# ---- export and import


def test_an_exported_preset_comes_back_as_it_was(presets, knee, tmp_path):
    before = find_preset("knee")
    texts = [file.text for file in before.parameter_files()]
    path = tmp_path / "knee.elastixplus.json"
    assert presets("export", "knee", path).code == 0
    assert presets("delete", "knee").code == 0
    assert presets("import", path).code == 0
    after = find_preset("knee")
    assert [file.text for file in after.parameter_files()] == texts
    assert (after.title, after.summary, after.anatomy) == (before.title, before.summary, before.anatomy)


def test_an_import_never_replaces_a_preset_unasked(presets, knee, tmp_path):
    path = tmp_path / "knee.elastixplus.json"
    presets("export", "knee", path)
    assert presets("import", path).code == 0
    assert listed(presets("list", "--mine")) == ["knee", "knee-2"]
    refused(presets("import", path, "--id", "knee"), 'preset "knee" already', "(--replace)")
    assert presets("import", path, "--id", "knee", "--replace").code == 0
    refused(presets("import", path, "--id", "generic", "--replace"), "built in", "another id")


def test_parameter_files_become_one_preset_with_a_stage_for_each(presets, tmp_path):
    for number, (stage, name) in enumerate([("rigid", "0-rigid.txt"), ("generic", "1-bspline.txt")]):
        shutil.copy(builtin_preset_folder() / stage / name, tmp_path / f"{number}.txt")
    answer = presets("import", tmp_path / "0.txt", tmp_path / "1.txt", "--id", "mine")
    assert answer.code == 0, answer.err
    assert [file.first("Transform", "") for file in find_preset("mine").parameter_files()] == [
        "EulerTransform",
        "BSplineTransform",
    ]


def test_one_id_for_several_presets_is_refused_before_any_is_saved(presets, tmp_path, user_presets):
    for name in ("rigid", "affine"):
        shutil.copytree(builtin_preset_folder() / name, tmp_path / "both" / name)
    refused(presets("import", tmp_path / "both", "--id", "mine"), "2 presets", "--id")
    assert not user_presets.exists()


def test_an_export_over_a_file_needs_to_be_asked_for(presets, tmp_path):
    path = tmp_path / "rigid.json"
    path.write_text("mine")
    refused(presets("export", "rigid", path), "exists", "(--replace)")
    assert path.read_text() == "mine"
    assert presets("export", "rigid", path, "--replace").code == 0
    assert json.loads(path.read_text())
    refused(presets("export", "rigid", tmp_path / "rigid.txt"), "ending", ".json")
    refused(presets("export", "rigid", tmp_path / "none" / "rigid.json"), "does not exist", "Create it")


# ---- lint


@pytest.mark.native_engine
def test_sound_files_presets_and_folders_are_found_to_be_sound(presets):
    folder = builtin_preset_folder() / "rigid"
    answer = presets("lint", "generic", folder, folder / "0-rigid.txt", "landmarks-rigid")
    assert (answer.code, answer.out) == (0, ""), answer.out
    assert "in 4 files" in answer.err


def test_findings_are_told_by_file_and_line_and_an_error_ends_with_2(presets, tmp_path):
    path = tmp_path / "mine.txt"
    text = find_preset("rigid").parameter_files()[0].text
    path.write_text(text.replace("(MaximumNumberOfIterations", "(MaximumNumberOfIteration"))
    line = 1 + path.read_text()[: path.read_text().index("(MaximumNumberOfIteration")].count("\n")
    answer = presets("lint", path)
    assert answer.code == 2
    (told,) = answer.out.splitlines()
    assert told.startswith(f"{path}:{line}: error: ")
    assert "MaximumNumberOfIterations" in told
    assert "1 error in 1 file" in answer.err


def test_every_fault_of_the_syntax_is_told_in_a_preset_as_well(presets, knee):
    path = knee / "0-rigid.txt"
    path.write_text(path.read_text() + "(SP_a 1\nSP_A 1\n")
    lines = path.read_text().count("\n")
    answer = presets("lint", "knee", "--json")
    assert answer.code == 2
    (account,) = json.loads(answer.out)
    assert account["file"] == str(path)
    found = [(one["line_number"], one["severity"]) for one in account["findings"]]
    assert found == [(lines - 1, "error"), (lines, "error")]


def test_a_toml_file_is_checked_by_its_own_lines(presets, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('# TOML\nTransform = "EulerTransform"\nNumberOfResolution = 3\n')
    assert f"{path}:3: error: " in presets("lint", path).out
    path.write_text('Transform = "EulerTransform"\nSP_a = = 3\n')
    assert presets("lint", path).code == 2


@pytest.mark.parametrize("target", ["none.txt", "folder/none", "."])
def test_what_is_no_parameter_file_is_refused(presets, tmp_path, monkeypatch, target):
    monkeypatch.chdir(tmp_path)
    refused(presets("lint", target), f"{target} is neither", "Check its name")


def test_an_engine_that_is_asked_for_has_to_be_there(presets, tmp_path):
    assert presets("lint", "rigid", "--engine", tmp_path / "none").code == 3


# ---- suggest


def test_presets_are_suggested_with_a_reason_and_the_command_to_go_on_with(presets, user):
    inputs = ["--fixed", str(user.fixed), "--moving", str(user.moving), *user.landmarks(), "--mask-margin", "2"]
    answer = presets("suggest", *inputs, "--anatomy", "xylophone", "--fixed-modality=MR", "--subject", "same")
    assert answer.code == 0, answer.err
    suggested = [line.split(": ") for line in answer.out.splitlines() if not line.startswith(" ")]
    assert "8 landmark pairs" in suggested[0][1]
    command = shlex.split(answer.err.split(": ", 1)[1])
    assert command[:2] == ["elastixplus", "register"]
    options = argument_parser().parse_args(command[1:])
    assert (options.preset, options.fixed, options.mask_margin) == (suggested[0][0], user.fixed, 2.0)
    assert options.fixed_landmarks == user.fixed_landmarks
    account = json.loads(presets("suggest", *inputs, "--json").out)
    assert {"id", "reason", "does", "command"} == set(account[0])


def test_what_the_user_says_of_the_volumes_counts_for_a_suggestion(presets, user):
    inputs = ["--fixed", str(user.fixed), "--moving", str(user.moving), "--subject", "same"]
    hints = ["--anatomy", "lung", "--fixed-modality", "CT", "--moving-modality", "CT"]
    account = json.loads(presets("suggest", *inputs, *hints, "--json").out)
    assert "lung" in find_preset(account[0]["id"]).anatomy
    assert "lung" in account[0]["reason"]
    assert "--anatomy" not in account[0]["command"]
    assert "modality" not in account[0]["command"]


def test_a_volume_that_cannot_be_read_gets_no_suggestion(presets, user):
    user.moving.write_text("no volume")
    answer = presets("suggest", "--fixed", user.fixed, "--moving", user.moving)
    assert (answer.code, answer.out) == (2, "")
