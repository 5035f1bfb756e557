"""The text of the preset editor: its colours, the remarks below it, and the cursor."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from panel.editing_presets import (
    TEXT_TAB,
    Look,
    color_at,
    find_preset,
    findings,
    is_underlined,
    look_at,
    replace_text,
    type_value,
)
from panel.evaluation_seen import loaded

# what is wrong


def test_a_misspelt_name_is_found_coloured_and_corrected(
    editor: Any, look: Look, form: Any, wait_until: Callable[..., None]
):
    right = color_at(editor, "NumberOfHistogramBins")
    replace_text(editor, "NumberOfHistogramBins", "NumberOfHistogramBin")
    wait_until(lambda: form.findingList.count > 0, 5.0)
    assert "0-rigid.txt, line 18" in findings(editor)[0]
    assert "NumberOfHistogramBins" in findings(editor)[0]
    assert color_at(editor, "NumberOfHistogramBin") != right
    assert is_underlined(editor, "NumberOfHistogramBin ")
    replace_text(editor, "NumberOfHistogramBin ", "NumberOfHistogramBins ")
    look()
    assert findings(editor) == []
    assert color_at(editor, "NumberOfHistogramBins") == right
    assert not is_underlined(editor, "NumberOfHistogramBins")


def test_what_the_engine_at_hand_cannot_create_is_told_as_soon_as_that_is_known(
    editor: Any, look: Look, wait_until: Callable[..., None]
):
    look()
    assert findings(editor) == []
    available = loaded("ElastixPlusLib.elastix.parameter_names").component_names()
    every = frozenset(name for names in available.values() for name in names)
    try:
        editor.know_components(every - {"RandomCoordinate"})
        wait_until(lambda: editor.is_checked and findings(editor) != [], 5.0)
        assert "RandomCoordinate" in findings(editor)[0]
    finally:
        editor.know_components(None)
        wait_until(lambda: editor.is_checked)
    assert findings(editor) == []


def test_remarks_about_what_stood_there_before_are_not_shown(editor: Any, form: Any, wait_until: Callable[..., None]):
    wait_until(lambda: editor.is_checked)
    replace_text(editor, "NumberOfHistogramBins", "NumberOfHistogramBin")
    editor.look()
    replace_text(editor, "NumberOfHistogramBin ", "NumberOfHistogramBins ")
    wait_until(lambda: not editor.check.is_running)
    assert (findings(editor), editor.is_checked) == ([], True)


def test_of_several_drafts_that_come_while_one_is_looked_at_the_last_one_follows(
    slicer_bench: Any, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    module = loaded("ElastixPlusPanel.draft_check")
    monkeypatch.setattr(module, "find_in_stages", lambda draft, _components: time.sleep(0.02) or (draft,))
    seen: list[Any] = []
    check = module.DraftCheck(lambda found, draft: seen.append((found, draft)), lambda error: pytest.fail(str(error)))
    for draft in ("a", "b", "c"):
        check.look(draft, None)
    wait_until(lambda: not check.is_running, 5.0)
    assert seen == [(("a",), "a"), (("c",), "c")]


def test_a_defect_of_the_check_is_told_and_the_text_coloured_all_the_same(
    editor: Any, form: Any, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    def fail(*_asked: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(loaded("ElastixPlusPanel.draft_check"), "find_in_stages", fail)
    replace_text(editor, "(NumberOfResolutions 4)", "(NumberOfResolutions 3)")
    wait_until(lambda: "broken" in form.statusLabel.text, 5.0)
    assert look_at(editor, "NumberOfResolutions").font().bold()


def test_a_click_on_a_remark_goes_to_its_line(editor: Any, look: Look, form: Any):
    form.stageList.setCurrentRow(1)
    replace_text(editor, "(NumberOfHistogramBins 32)", '(NumberOfHistogramBins "many")')
    form.stageList.setCurrentRow(0)
    look()
    form.findingList.setCurrentRow(0)
    form.findingList.itemActivated.emit(form.findingList.item(0))
    assert (form.stageList.currentRow, form.stageTabs.currentIndex) == (1, TEXT_TAB)
    assert form.textEdit.textCursor().selectedText() == '(NumberOfHistogramBins "many")'


def test_a_remark_with_a_proposal_is_corrected_by_a_button(editor: Any, look: Look, form: Any):
    assert not form.correctButton.enabled
    replace_text(editor, '(ErodeMask "false")', '(ErodeMask "False")')
    look()
    row = next(row for row, text in enumerate(findings(editor)) if "ErodeMask" in text)
    form.findingList.setCurrentRow(row)
    assert form.correctButton.enabled
    form.correctButton.click()
    assert '(ErodeMask "false")' in form.textEdit.plainText
    look()
    assert findings(editor) == []
    assert not form.correctButton.enabled
    form.undoButton.click()
    assert '(ErodeMask "False")' in form.textEdit.plainText


def test_comments_names_and_values_differ_and_follow_the_background(editor: Any):
    import qt

    looks = {color_at(editor, part) for part in ("// Rigid", "NumberOfResolutions", "250 200 150 150")}
    assert len(looks) == 3
    for base, text in (
        (qt.QColor(30, 30, 30), qt.QColor(240, 240, 240)),
        (qt.QColor(255, 255, 255), qt.QColor(0, 0, 0)),
    ):
        palette = qt.QPalette()
        palette.setColor(qt.QPalette.Base, base)
        palette.setColor(qt.QPalette.Text, text)
        for part, drawn in loaded("ElastixPlusPanel.text_colors").text_formats(palette).items():
            assert contrast(drawn.foreground().color(), base) > 4.5, part  # as WCAG asks of texts


def contrast(one: Any, other: Any) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: Any) -> float:
    parts = [part / 255 for part in (color.red(), color.green(), color.blue())]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_text_that_is_pasted_over_itself_is_coloured_again(editor: Any, look: Look, form: Any):
    drawn = [color_at(editor, part) for part in ("// Rigid", "NumberOfResolutions", "250 200", "DefaultPixel")]
    text = form.textEdit.plainText.replace("(NumberOfHistogramBins 32)", "(NumberOfHistogramBins 33)")
    form.textEdit.selectAll()
    form.textEdit.insertPlainText(text)
    look()
    assert [color_at(editor, part) for part in ("// Rigid", "NumberOfResolutions", "250 200", "DefaultPixel")] == drawn


def test_line_ends_of_windows_stay_when_something_is_typed(editor: Any, form: Any):
    preset = find_preset("rigid")
    text = preset.stages[0].read().text.replace("\n", "\r\n")
    editor.open(replace(preset, stages=(replace(preset.stages[0], path=None, text=text),)), editor.kept.append)
    assert not editor.is_changed
    replace_text(editor, "(NumberOfResolutions 4)", "(NumberOfResolutions 3)")
    assert editor.draft.stages[0].text == text.replace("Resolutions 4", "Resolutions 3")


def test_letters_that_qt_counts_twice_shift_neither_colours_nor_changes(editor: Any, look: Look, form: Any):
    replace_text(editor, "// Rigid: ", "// 🧠🧠 Rigid: ")
    look()
    type_value(editor, "Resolutions", "3")
    look()
    assert form.textEdit.plainText == editor.draft.stages[0].text
    for front, name, back in (("(NumberOfRes", "NumberOfRes", " 3)"), ("(MaximumN", "MaximumN", " 200 150 150)")):
        assert [look_at(editor, text).font().bold() for text in (front, name, back)] == [False, True, False]


def test_cursor_and_view_stay_where_they_are_when_another_line_changes(
    editor: Any, look: Look, form: Any, slicer_bench: Any
):
    form.stageTabs.currentIndex = TEXT_TAB
    slicer_bench.process_events()
    editor.text.go_to_line(46)
    scrolled = form.textEdit.verticalScrollBar().value
    marked = form.textEdit.textCursor().selectedText()
    assert scrolled > 0
    type_value(editor, "Resolutions", "5")  # the list of iterations above becomes longer
    look()
    assert form.textEdit.textCursor().selectedText() == marked != ""
    editor.save()
    assert editor.kept
    assert form.textEdit.textCursor().selectedText() == marked
    assert form.textEdit.verticalScrollBar().value == scrolled
