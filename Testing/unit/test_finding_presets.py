"""Presets are found by the words that people type, and by what the presets say of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.presets import Preset, PresetStage, list_presets
from ElastixPlusLib.presets.finding import (
    Filter,
    PresetIndex,
    anatomies,
    found,
    general,
    modalities,
    names,
    plain_words,
    regions_of,
)
from ElastixPlusLib.presets.recipe import Recipe


def preset(identifier: str, title: str = "A title", transform: str = "EulerTransform", **fields: object) -> Preset:
    stage = PresetStage("0.txt", text=f'(Transform "{transform}")\n(Metric "AdvancedMattesMutualInformation")')
    return Preset(identifier, title, stages=(stage,), **fields)  # type: ignore[arg-type]


LUNG = preset("lung", "Breathing", anatomy=("lung",), modality=("CT",), subject="same")
PELVIS = preset("pelvis", "Radiotherapy", "BSplineTransform", anatomy=("pelvis",), modality=("CT", "CBCT"))
NECK = preset("neck", "Two scanners", anatomy=("head and neck",), modality=("MR T1", "CT"), subject="different")
MINE = preset("mine", "Überführung", "AffineTransform", origin="user", summary="Used for structures that direct.")
ALL = (LUNG, PELVIS, NECK, MINE)


def ids(presets: tuple[Preset, ...]) -> list[str]:
    return [one.id for one in presets]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["lung", "pelvis", "neck", "mine"]),
        ("  ", ["lung", "pelvis", "neck", "mine"]),
        ("CT", ["lung", "pelvis", "neck"]),
        ("ct lungs", ["lung"]),
        ("MRI", ["neck"]),
        ("MR-CT", ["neck"]),
        ("cone beam", ["pelvis"]),
        ("Cone-Beam CT", ["pelvis"]),
        ("CT to CBCT of the prostate", ["pelvis"]),
        ("pelvic", ["pelvis"]),
        ("head & neck", ["neck"]),
        ("head-neck", ["neck"]),
        ("deformable", ["pelvis"]),
        ("non-rigid", ["pelvis"]),
        ("nonrig", ["pelvis"]),
        ("bspline", ["pelvis"]),
        ("b-spl", ["pelvis"]),
        ("uberfuhrung", ["mine"]),
        ("ÜBERF", ["mine"]),
        ("inter-subject", ["neck"]),
        ("us", []),
        ("thorax", ["lung"]),
        ("lung rigid mutual", ["lung"]),
        ("lung affine", []),
        ("the of", ["lung", "pelvis", "neck", "mine"]),
    ],
)
def test_words_find_what_people_mean(words: str, expected: list[str]):
    assert ids(found(ALL, Filter(words))) == expected


def test_short_words_are_no_parts_of_others():
    assert ids(found((MINE,), Filter("ct"))) == []
    assert ids(found((MINE,), Filter("direct"))) == ["mine"]


def test_who_looks_for_a_region_does_not_find_every_organ_in_it():
    prostate = preset("p", anatomy=("prostate",))
    assert ids(found((prostate, PELVIS), Filter("pelvis"))) == ["pelvis"]
    assert ids(found((prostate, PELVIS), Filter("prostate"))) == ["p", "pelvis"]
    assert regions_of("Prostate") == ("prostate", "pelvis")


def test_presets_that_have_the_words_in_their_names_come_first():
    other, named = preset("a", summary="Like affine."), preset("b", "Affine")
    assert ids(found((other, named), Filter("affine"))) == ["b", "a"]
    assert ids(found((other, named), Filter())) == ["a", "b"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(anatomy="lung"), ["lung"]),
        (Filter(anatomy="Lungs"), ["lung"]),
        (Filter(anatomy="prostate"), []),
        (Filter(anatomy="head and neck"), ["neck"]),
        (Filter(anatomy="neck"), ["neck"]),
        (Filter(modality="CT"), ["lung", "pelvis", "neck"]),
        (Filter(modality="cone-beam CT"), ["pelvis"]),
        (Filter(modality=("CT", "CBCT")), ["pelvis"]),
        (Filter(modality="MRI"), ["neck"]),
        (Filter(modality=("any", "MR")), ["neck"]),
        (Filter(subject="same"), ["lung"]),
        (Filter(subject="different"), ["neck"]),
        (Filter(transform="B-spline"), ["pelvis"]),
        (Filter(transform="affine"), ["mine"]),
        (Filter(only_mine=True), ["mine"]),
        (Filter("ct", anatomy="lung", modality="CT", subject="same", transform="rigid"), ["lung"]),
        (Filter("ct", anatomy="lung", transform="affine"), []),
    ],
)
def test_filters_are_strict_and_all_of_them_count(wanted: Filter, expected: list[str]):
    assert ids(found(ALL, wanted)) == expected
    assert wanted.narrows


def test_nothing_narrows_an_empty_filter():
    assert not Filter().narrows
    assert not Filter("  ").narrows
    assert Filter("a").narrows


def test_the_last_stage_is_the_kind_of_transform_also_of_a_fit_of_landmarks():
    presets = [Preset(kind, "Fit", recipe=Recipe(landmark_fit=kind)) for kind in ("rigid", "similarity")]
    assert ids(found(presets, Filter(transform="rigid"))) == ["rigid"]
    assert ids(found(presets, Filter(transform="similarity"))) == ["similarity"]
    generic = next(one for one in list_presets() if one.id == "generic")
    assert found((generic,), Filter(transform="rigid")) == ()
    assert found((generic,), Filter(transform="bspline")) == (generic,)


def test_a_preset_that_cannot_be_read_is_found_by_its_words_but_by_no_transform():
    broken = Preset("knee", "Knee", stages=(PresetStage("0.txt", text="(Transform"),))
    assert found((broken,), Filter("knee")) == (broken,)
    assert found((broken,), Filter(transform="rigid")) == ()


def test_choices_are_sorted_each_once_and_any_is_the_first():
    presets = (*ALL, preset("x", anatomy=("Lungs", "brain"), modality=("MRI", "ct")), preset("y", modality=("MR",)))
    assert anatomies(presets) == ("any", "brain", "head and neck", "lung", "pelvis")
    assert modalities(presets) == ("any", "CBCT", "CT", "MR", "MR T1")
    assert anatomies(()) == modalities(()) == ("any",)


def test_every_choice_finds_something():
    presets = list_presets()
    index = PresetIndex(presets)
    assert len(anatomies(presets)) > 1
    for anatomy in anatomies(presets):
        assert index.found(Filter(anatomy=anatomy)), anatomy
        assert index.found(Filter(anatomy)) or anatomy == "any", anatomy
    for modality in modalities(presets):
        assert index.found(Filter(modality=modality)), modality


def test_general_presets_are_for_everything():
    presets = list_presets()
    assert {"generic", "rigid", "guided"} <= set(ids(general(presets))) < set(ids(presets))
    assert general(ALL) == (MINE,)


@given(st.text(max_size=30))
def test_no_text_breaks_the_search_and_plain_words_stay_as_they_are(text: str):
    plain = plain_words(text)
    assert plain_words(plain) == plain
    assert set(found(ALL, Filter(text))) <= set(ALL)
    assert names((text,), text) == bool(plain)
