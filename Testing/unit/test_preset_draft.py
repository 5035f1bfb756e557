"""A preset that is being changed: every change can be undone, and what is saved is what was drafted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import ParameterFileError, PresetError
from ElastixPlusLib.presets import Preset, PresetStage, find_preset, read_preset, write_preset
from ElastixPlusLib.presets.draft import DraftHistory, PresetDraft, draft_of, faults, preset_of
from ElastixPlusLib.presets.preset import MeasuredHere
from ElastixPlusLib.presets.preset_folder import is_plain_file_name
from ElastixPlusLib.presets.recipe import Recipe
from ElastixPlusLib.presets.stage_kinds import STAGE_KINDS
from ElastixPlusLib.presets.stage_names import stage_kind, stage_names
from ElastixPlusLib.presets.stage_templates import stage_template

RIGID = (
    '// mine\r\n(Transform "EulerTransform")\r\n(NumberOfResolutions 3)\r\n(MaximumNumberOfIterations 300 200 100)\r\n'
)
SPLINE = '(Transform "BSplineTransform")\n(NumberOfResolutions 2)\n'
PULLING = Preset(
    "pulling",
    "Pulling",
    stages=(PresetStage("0-rigid.txt", text=RIGID), PresetStage("1-bspline.txt", text=SPLINE)),
    recipe=Recipe(initial=("gravity",), landmark_pull=((1.0, 0.5, 0.1), (2.0, 3.0))),
    measured=(MeasuredHere("case", "elastix", 3.0),),
)

typed_lines = st.lists(
    st.sampled_from(
        ["(NumberOfResolutions 4)", "(NumberOfResolutions 1)", "(Transform", "// ä", "", '(Metric "X" "Y")', "a\0b"]
    ),
    max_size=4,
)
numbers, words = st.integers(0, 9), st.text("abz Äß,", max_size=6)
edits = st.one_of(
    st.tuples(st.just("text"), numbers, typed_lines.map("\n".join)),
    st.tuples(st.just("add"), numbers, st.sampled_from([*STAGE_KINDS, "(A 1)\n"])),
    st.tuples(st.just("remove"), numbers),
    st.tuples(st.just("move"), numbers, numbers),
    st.tuples(st.just("resolutions"), numbers, st.integers(1, 5)),
    st.tuples(st.just("title"), words),
    st.tuples(st.just("summary"), words),
    st.tuples(st.just("anatomy"), st.lists(st.sampled_from(["lung", "knee"]), max_size=2)),
)


def edited(draft: PresetDraft, edit: tuple) -> PresetDraft:
    """What a user could do next; nothing where there is no such stage."""
    what, *given = edit
    if what in ("title", "summary", "anatomy"):
        return getattr(draft, f"with_{what}")(*given)
    if what == "add":
        return draft.with_stage_added(given[0] % (len(draft.stages) + 1), given[1])
    if not draft.stages:
        return draft
    number = given[0] % len(draft.stages)
    if what == "text":
        return draft.with_stage_text(number, given[1])
    if what == "remove":
        return draft.without_stage(number)
    if what == "move":
        return draft.with_stage_moved(number, given[1] % len(draft.stages))
    try:
        return draft.with_values(number, "NumberOfResolutions", given[1])
    except ParameterFileError:
        return draft


@given(st.lists(st.tuples(edits, st.sampled_from(["", "a", "b"])), max_size=12))
def test_undoing_all_gives_the_start_and_redoing_all_the_end(steps):
    start = draft_of(PULLING)
    history = DraftHistory(start)
    for edit, field in steps:
        history = history.changed(edited(history.now, edit), field)
    end, steps_back = history.now, len(history.before)
    for _ in range(steps_back):
        history = history.undone()
    assert history.now == start
    assert history.undone() is history
    for _ in range(steps_back):
        history = history.redone()
    assert history.now == end
    assert history.redone() is history


@settings(max_examples=40)
@given(steps=st.lists(edits, max_size=10))
def test_a_saved_draft_read_back_equals_it(steps, tmp_path_factory):
    draft = draft_of(PULLING)
    for edit in steps:
        draft = edited(draft, edit)
    if faults(draft):
        with pytest.raises((ParameterFileError, PresetError)):
            preset_of(draft)
        return
    read = draft_of(read_preset(write_preset(preset_of(draft), tmp_path_factory.mktemp("presets"))))
    assert read == draft_of(preset_of(draft))
    assert [(stage.name, stage.text) for stage in read.stages] == [(one.name, one.text) for one in draft.stages]
    assert read.described == replace(draft.described, measured=preset_of(draft).measured)


@given(st.lists(edits, max_size=10))
def test_file_names_are_plain_and_occur_once_and_every_stage_that_pulls_has_a_factor_per_resolution(steps):
    draft = draft_of(PULLING)
    for edit in steps:
        draft = edited(draft, edit)
    names = [stage.name for stage in draft.stages]
    assert len(set(names)) == len(names)
    assert all(is_plain_file_name(name) and name.endswith(".txt") for name in names)
    if not faults(draft):
        pull = preset_of(draft).recipe.landmark_pull
        assert len(pull) in (0, len(names))
        counts = [int(stage.file().first("NumberOfResolutions", "3")) for stage in draft.stages]
        assert all(len(of_stage) in (1, count) for of_stage, count in zip(pull, counts, strict=False))


def test_every_built_in_preset_comes_back_from_its_draft_as_it_was():
    for identifier in ("generic", "guided", "affine", "landmarks-affine"):
        preset = find_preset(identifier)
        back = preset_of(draft_of(preset))
        assert [stage.read().text for stage in back.stages] == [stage.read().text for stage in preset.stages]
        assert replace(back, stages=(), origin="built-in") == replace(preset, stages=(), folder=None)


def test_the_pull_of_the_landmarks_goes_with_its_stage():
    draft = draft_of(PULLING)
    assert preset_of(draft.with_stage_moved(0, 1)).recipe.landmark_pull == ((2.0, 3.0), (1.0, 0.5, 0.1))
    assert preset_of(draft.without_stage(0)).recipe.landmark_pull == ((2.0, 3.0),)
    assert preset_of(draft.with_stage_added(1, "affine")).recipe.landmark_pull == ((1.0, 0.5, 0.1), (1.0,), (2.0, 3.0))
    assert preset_of(draft.without_stage(0)).recipe.initial == ("gravity",)


def test_fewer_resolutions_keep_the_factors_of_the_finest_and_typing_through_another_number_loses_none():
    draft = draft_of(PULLING)
    assert preset_of(draft.with_values(0, "NumberOfResolutions", 2)).recipe.landmark_pull[0] == (0.5, 0.1)
    assert preset_of(draft.with_values(0, "NumberOfResolutions", 4)).recipe.landmark_pull[0] == (1.0, 1.0, 0.5, 0.1)
    typed = draft.with_stage_text(0, "(NumberOfResolutions 1)").with_stage_text(0, RIGID)
    assert preset_of(typed).recipe.landmark_pull == PULLING.recipe.landmark_pull


def test_a_stage_for_landmarks_stays_one_wherever_it_goes():
    described = replace(PULLING, recipe=replace(PULLING.recipe, landmark_stages=(1,)))
    draft = draft_of(described)
    assert preset_of(draft).recipe.landmark_stages == (1,)
    assert preset_of(draft.with_stage_moved(1, 0)).recipe.landmark_stages == (0,)
    assert preset_of(draft.with_stage_added(1, "affine")).recipe.landmark_stages == (2,)
    assert preset_of(draft.without_stage(1)).recipe.landmark_stages == ()
    assert faults(draft.without_stage(0))


def test_the_number_of_resolutions_takes_the_lists_along_and_keeps_line_ends():
    text = draft_of(PULLING).with_values(0, "NumberOfResolutions", 2).stages[0].text
    assert text == RIGID.replace("3)", "2)").replace("300 200 100", "200 100")


def test_a_second_metric_brings_the_kind_of_registration_that_takes_several():
    draft = draft_of(PULLING).with_values(1, "Metric", "A", "B").with_values(0, "Metric", "A")
    assert draft.stages[1].file().get("Registration") == ("MultiMetricMultiResolutionRegistration",)
    assert draft.stages[0].file().get("Registration") is None


def test_a_half_typed_text_is_a_draft_but_no_preset():
    draft = draft_of(PULLING).with_stage_text(1, "// fine\n(Transform")
    (fault,) = faults(draft)
    assert (fault.stage, fault.error.line_number) == (1, 2)
    with pytest.raises(ParameterFileError, match=r"1-bspline\.txt cannot be used: line 2"):
        preset_of(draft)
    with pytest.raises(ParameterFileError):
        draft.with_values(1, "NumberOfResolutions", 2)


@pytest.mark.parametrize(
    "spoil",
    [lambda draft: draft.with_title("  "), lambda draft: draft.without_stage(0).without_stage(0)],
    ids=["no title", "no stage"],
)
def test_a_description_that_nobody_could_read_back_cannot_be_saved(spoil):
    (fault,) = faults(spoil(draft_of(PULLING)))
    assert fault.stage is None
    assert isinstance(fault.error, PresetError)


def test_figures_that_were_measured_hold_as_long_as_the_stages_are_those_that_were_measured():
    draft = draft_of(PULLING)
    assert preset_of(draft.with_title("Mine")).measured == PULLING.measured
    assert preset_of(draft.with_stage_text(0, RIGID + "// x\n")).measured == ()
    assert preset_of(draft.with_stage_moved(0, 1)).measured == ()
    assert preset_of(draft.with_stage_moved(0, 1).with_stage_moved(1, 0)).measured == PULLING.measured
    assert draft.with_stage_text(0, RIGID) is draft


def test_a_faulty_file_can_be_opened_to_be_corrected(tmp_path: Path):
    folder = write_preset(PULLING, tmp_path)
    (folder / "0-rigid.txt").write_bytes(b"\xef\xbb\xbf(Transform EulerTransform\r\n")
    draft = draft_of(read_preset(folder))
    assert draft.stages[0].text == "(Transform EulerTransform\r\n"
    assert [fault.stage for fault in faults(draft)] == [0]
    (folder / "0-rigid.txt").write_bytes(b"\0")
    with pytest.raises(ParameterFileError, match="not a text file"):
        draft_of(read_preset(folder))


def test_a_fit_of_the_landmarks_alone_takes_no_stage():
    draft = draft_of(find_preset("landmarks-rigid"))
    assert not draft.has_stages
    with pytest.raises(PresetError):
        draft.with_stage_added(0, "rigid")


@pytest.mark.parametrize("kind", STAGE_KINDS)
def test_every_kind_of_stage_begins_with_a_file_that_has_its_transform_and_is_named_after_it(kind: str):
    draft = draft_of(PULLING).with_stage_added(2, kind)
    assert draft.stages[2].name == f"2-{kind}.txt"
    file = ParameterFile.parse(stage_template(kind))
    assert file.first("Transform", "") in STAGE_KINDS[kind]
    assert stage_kind(file.text) == kind
    assert file.first("Metric", "")
    assert file.text.lower().startswith(f"// {kind}") or kind == "bspline"


def test_a_stage_of_an_unknown_kind_is_refused():
    with pytest.raises(PresetError, match='"squeeze"'):
        stage_template("squeeze")


def test_a_name_follows_the_transform_only_where_it_says_another_one():
    spline = '(Transform "BSplineTransform")'
    assert stage_names([("4_rigid.txt", spline), ("COPD fine.txt", spline), ("..txt", "")]) == (
        "0-bspline.txt",
        "1-copd-fine.txt",
        "2-stage.txt",
    )


def test_typing_in_one_field_is_one_step_and_another_field_begins_another():
    history = DraftHistory(draft_of(PULLING))
    for title in ("A", "AB", "ABC"):
        history = history.changed(history.now.with_title(title), "title")
    history = history.changed(history.now.with_summary("S"), "summary")
    back = history.undone()
    assert (back.now.described.title, back.now.described.summary) == ("ABC", "")
    assert back.undone().now == draft_of(PULLING)
    retyped = back.changed(back.now.with_title("ABCD"), "title")
    assert retyped.undone().now.described.title == "ABC"
    assert retyped.after == ()


def test_the_oldest_steps_are_forgotten():
    history = DraftHistory(draft_of(PULLING))
    for number in range(300):
        history = history.changed(history.now.with_title(str(number)))
    assert len(history.before) == 200
    assert history.before[0].described.title == "99"
