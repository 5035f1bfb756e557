"""Names, paths and days are taken out of texts and records, however they are written; the rest stays."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.record.record_json import record_from_text, record_text
from ElastixPlusLib.record.run_record import RunRecord
from ElastixPlusLib.support.bundle import BundleFile, collect_bundle, left_over_names
from ElastixPlusLib.support.geometry_text import geometry_text
from ElastixPlusLib.support.hidden_names import HiddenName, Names
from ElastixPlusLib.support.log_text import joined, read_text
from ElastixPlusLib.support.names_removed import parameters_without_names, record_without_names, text_without_names
from support.conftest import AROUND, FORBIDDEN

LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z"), max_codepoint=0x24F) | st.sampled_from(
    "李小龍안녕ЖдÄßøŁ .*+?[](){}^$|\\/-_'\""
)
WORDS = st.text(LETTERS, min_size=2, max_size=24)
WRITTEN = (
    str,
    str.upper,
    str.lower,
    quote,
    lambda name: json.dumps(name)[1:-1],
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: name.replace("/", "\\"),
    lambda name: re.sub(r"[^\w]", "_", name),
)


def hidden(*names: str) -> Names:
    return Names.of([HiddenName(name, "?") for name in names])


def is_hidden_at_all(name: str) -> bool:
    return HiddenName(name, "?").tells_something


@settings(max_examples=150, deadline=None)
@given(WORDS.filter(is_hidden_at_all), st.sampled_from(WRITTEN), st.sampled_from(("~ {} ~", '"{}"', "7\t{}\n", "({})")))
def test_no_name_survives_in_a_text(name, write, around):
    text = around.format(write(name))
    names = hidden(name)
    shown = text_without_names(text, names)
    assert "?" in shown or "<" in shown
    assert write(name) not in shown
    assert not left_over_names([BundleFile("log", shown)], names)


@settings(max_examples=80, deadline=None)
@given(st.lists(WORDS, max_size=6), st.text(LETTERS | st.just("\n"), max_size=200))
def test_whatever_the_text_the_last_look_finds_nothing(given_names, text):
    names = hidden(*given_names)
    shown = text_without_names(text + " ".join(given_names), names)
    assert not left_over_names([BundleFile("log", shown)], names)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("elastix is started at Sat Nov 28 13:18:31 2026.", "elastix is started at <date>."),
        ("Git revision date: Thu Jul 9 17:08:43 2026 +0200", "Git revision date: <date>"),
        ("on 2026-11-28T13:05:00Z, 28.11.2026, 11/28/2026 and 20261128", "on <date>, <date>, <date> and <date>"),
        ("at 13:05 and 1:05:22 PM", "at <time> and <time>"),
        ("elastix runs at: PC-OF-GRETE.hospital", "elastix runs at: <computer>"),
        ("which elastix:   /opt/a b/elastix", "which elastix:   <folder>/elastix"),
        ('Could not open "C:\\Grete\\old scans\\mr 7.nii.gz"', 'Could not open "<folder>/<file>.nii.gz"'),
        ("File: \\\\server\\share\\x\\elxMainBase.cxx", "File: <folder>/elxMainBase.cxx"),
        ("see file:///data/x/y.nrrd here and a/b", "see <folder>/<file>.nrrd here and a/b"),
        ("x=/a/b/c.txt:/d/e/f", "x=<folder>/<file>.txt:<folder>/<file>"),
        ("reading grete_01.dcm and fixed.mha", "reading <file>.dcm and fixed.mha"),
        ("mail grete@hospital.example", "mail <address>"),
        ("series 1.2.840.113619.2.55.3.42", "series <uid>"),
        ("see http://elastix.dev/a for elastix 5.0.1, slicer-core 5.13.31053.0", None),
        ("0\t-1.419573\t0.20261128\t12345678", None),
        ("( SP_a 159.61598789014251359 )", None),
        ('result/TransformParameters.0.txt, "parameters.0.txt"', None),
    ],
)
def test_days_paths_and_addresses_go_and_numbers_stay(text, shown):
    assert text_without_names(text, Names()) == (text if shown is None else shown)


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        (
            "Müller",
            "MÃ¼ller, M\u00fcller, Mu\u0308ller, M%FCller, M&uuml;ller, MUELLER, Muller, M?ller, M\\xfcller",
            "?, ?, ?, ?, ?, ?, ?, ?, ?",
        ),
        ("Eric", "generic numeric Eric's KneeEric eric2", "generic numeric ?'s Knee? ?2"),
        ("Martin", "Martinique", "?ique"),
        ("Metric", "the Metric", "the Metric"),
        ("Transform", "(Transform 1)", "(Transform 1)"),
        ("Stochas", "AdaptiveStochasticGradientDescent", "AdaptiveStochasticGradientDescent"),
        ("T1", "T1 T12", "T1 T12"),
        ("Wu", "Wu, Wurm", "?, Wurm"),
        ("4711", "4711 14711 0.4711", "? 14711 0.?"),
        ("李", "volume 李小", "volume ?小"),
        ("de la Cruz", "DE_LA.CRUZ cruz", "? ?"),
        ("Bjørn", "bjorn Bjoern BJØRN", "? ? ?"),
        ("Strauß", "STRAUSS strauss", "? ?"),
        ("Müller^Hans", "MUELLER_hans", "?"),
        ("HansMaier_7", "Maier, Hans", "?, ?"),
        ("Hans", "Ha\u200bns H\u0301ans", "? ?"),
    ],
)
def test_a_name_is_known_again_and_other_words_are_left_alone(name, text, shown):
    assert text_without_names(text, hidden(name)) == shown


def test_a_word_that_somebody_names_goes_even_if_elastix_says_it_too():
    names = Names.of(
        [HiddenName("Metric", "<removed>", is_certain=True), HiddenName("B", "<removed>", is_certain=True)]
    )
    assert text_without_names("Metric B Metric0Weight BSpline", names) == "<removed> <removed> Metric0Weight BSpline"


def test_a_record_tells_the_fault_and_no_name(made_record):
    bundle = collect_bundle(made_record, surroundings=AROUND)
    text = next(file.text for file in bundle.files if file.name == "record.json")
    assert not [name for name in FORBIDDEN if name.lower() in text.lower()]
    shown = record_from_text(text)
    assert shown.made_at == "2026-11"
    assert [one.name for one in shown.inputs] == ["fixed volume", "moving volume", "fixed mask"]
    assert [one.file for one in shown.inputs] == ["<folder>/fixed volume.nii.gz", "<folder>/moving volume.nrrd", ""]
    assert [one.node_id for one in shown.inputs] == ["vtkMRMLScalarVolumeNode1", "", ""]
    assert [one.label for one in shown.landmarks] == ["landmark 1", "landmark 2", "landmark 3"]
    assert shown.choices.check_labels == ("landmark 2",)
    assert shown.choices.fixed_mask_segments == ("segment 1", "segment 2")
    assert shown.choices.moving_exclude_segments == ("segment 2",)
    assert shown.choices.preset == "own preset"
    assert shown.command[0] == shown.engine.path == "<folder>/elastix"
    assert shown.engine.sha256 == made_record.engine.sha256
    assert shown.parameter_files[0].name == "stage 0"
    assert shown.parameter_files[0].text == '(Transform "EulerTransform")\n'
    assert shown.warnings == ("The landmark landmark 2 lies outside of moving volume since <date>.",)
    assert shown.ending.what == "No file <folder>/fixed volume.nii.gz on <computer>."
    assert shown.inputs[0].geometry == made_record.inputs[0].geometry
    assert shown.landmarks[0].fixed_ras == made_record.landmarks[0].fixed_ras
    assert shown.start.matrix_ras == made_record.start.matrix_ras


def test_users_of_other_computers_and_own_presets_are_known_from_the_record(made_record):
    record = replace(
        made_record,
        choices=replace(made_record.choices, preset="wagner-lieblings"),
        inputs=(replace(made_record.inputs[0], file="D:\\Users\\homunculus\\x.nrrd"),),
        warnings=("Homunculus likes wagner-lieblings.",),
    )
    shown = record_from_text(collect_bundle(record, surroundings=AROUND).files[2].text)
    assert shown.warnings == ("<user> likes own preset.",)


def test_a_builtin_preset_keeps_its_name_files_and_comments(made_record):
    text = "// Rigid: three rotations and three shifts, from coarse to fine.\n(A 1) // of Grete\n"
    files = (replace(made_record.parameter_files[0], name="0-rigid.txt", text=text),)
    record = replace(made_record, choices=replace(made_record.choices, preset="rigid"), parameter_files=files)
    shown = record_from_text(collect_bundle(record, surroundings=AROUND).files[2].text)
    assert (shown.choices.preset, shown.parameter_files[0].name) == ("rigid", "0-rigid.txt")
    assert shown.parameter_files[0].text == text.replace(" // of Grete", "")


@pytest.mark.parametrize("field", ["host", "python", "platform", "elastixplus"])
def test_a_name_in_any_field_of_a_hostile_record_goes(field, made_record):
    record = replace(made_record, software=replace(made_record.software, **{field: "of Grete"}))
    assert (
        "grete" not in record_text(record_from_text(collect_bundle(record, surroundings=AROUND).files[2].text)).lower()
    )


def test_which_preview_build_it_was_can_be_told(made_record):
    for host, shown in (("3D Slicer 5.13.0-2026-08-01", None), ("3D Slicer of 2026-08-01", "3D Slicer of <date>")):
        record = replace(made_record, software=replace(made_record.software, host=host))
        assert record_without_names(record, Names()).software.host == (shown or host)


def test_comments_in_own_parameter_files_go():
    text = '// Grete\n(A "x//Grete")\n\n(B 1) // Grete\n  // Grete // Grete\n(C 2)'
    assert parameters_without_names(text, Names()) == '(A "x\n\n(B 1)\n(C 2)\n'


def test_geometry_says_how_the_volumes_lie(made_record):
    text = geometry_text(made_record)
    assert re.search(r"spacing +1\.000 +2\.000 +3\.000", text)
    assert "10 x 11 x 12, int16" in text
    assert "as loaded: 100 %" in text
    assert "The same at the start: 69 %" in text
    assert "2 driving, 1 checking" in text


@pytest.mark.parametrize("matrix", [(), ((1.0, 2.0),), ((0.0,) * 4,) * 4, ((1.0, 0.0), (1.0,))])
def test_a_matrix_that_is_none_is_no_fault(matrix, made_record):
    inputs = tuple(
        replace(one, geometry=replace(one.geometry, ijk_to_world_ras=matrix) if one.geometry else None)
        for one in made_record.inputs
    )
    assert "fixed volume" in collect_bundle(replace(made_record, inputs=inputs), surroundings=AROUND).files[1].text


def test_a_long_log_is_cut_between_lines_and_says_so(tmp_path):
    path = tmp_path / "console.txt"
    path.write_text("".join(f"{number} of Hans Müller\n" for number in range(200)), encoding="utf-8")
    text = read_text(path, 1000, 500).text
    assert text.startswith("0 of Hans Müller\n")
    assert text.endswith("199 of Hans Müller\n")
    assert "left out here" in text
    assert all(line.endswith("Hans Müller") for line in text.splitlines() if line and not line.startswith("["))
    assert len(text) < 1600


def test_a_line_without_end_is_cut_far_from_where_a_name_could_be_cut():
    text = joined(b"(P " + b"1.5 " * 4000 + b"Hans Mue", b"ller Hans " + b"2.5 " * 4000 + b")", 10**7)
    assert "Mue" not in text
    assert "ller" not in text
    assert text.startswith("(P 1.5")
    assert text.endswith("2.5 )")


def test_a_record_of_nothing_is_still_a_record(made_record):
    empty = RunRecord("", made_record.software, made_record.engine, made_record.choices, ())
    assert record_from_text(collect_bundle(empty, surroundings=AROUND).files[2].text).inputs == ()
