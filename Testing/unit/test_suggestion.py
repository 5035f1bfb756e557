"""A preset is suggested with a reason, and never one that cannot run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.presets import Preset, list_presets
from ElastixPlusLib.presets.preset import MeasuredHere
from ElastixPlusLib.presets.recipe import Recipe
from ElastixPlusLib.presets.suggestion import Situation, Suggestion, runs_in, suggest

ALL = list_presets()
BUILT_IN = tuple(one for one in ALL if one.id in ("generic", "guided", "rigid", "affine"))
FITS = tuple(one for one in ALL if one.recipe.landmark_fit)
BRAIN = Situation("MR", "CT", anatomy="brain", same_subject=True)
LUNG = Situation("CT", "CT", anatomy="lung")
HARD = Situation(overlap=0.2, landmark_pairs=5)


def made_for(identifier: str, anatomy: str, *modality: str, subject: str = "same", **fields: object) -> Preset:
    return Preset(identifier, identifier.title(), "", (anatomy,), modality, subject=subject, **fields)  # type: ignore[arg-type]


def ids(suggestions: tuple[Suggestion, ...]) -> list[str]:
    return [one.preset.id for one in suggestions]


def best(situation: Situation, *more: Preset) -> str:
    return suggest((*BUILT_IN, *FITS, *more), situation)[0].preset.id


# what suits


def test_where_nothing_is_known_the_generic_one_is_suggested():
    first, second = suggest(BUILT_IN, Situation())
    assert (first.preset.id, second.preset.id) == ("generic", "rigid")
    assert first.reason == "Nothing speaks for a special preset; this preset suits most pairs of volumes."


def test_a_head_in_two_modalities_is_rigid():
    assert best(BRAIN) == "rigid"
    assert best(replace(BRAIN, same_subject=None)) == "rigid"
    assert "If these are MR and CT of one head" in suggest(BUILT_IN, replace(BRAIN, same_subject=None))[0].reason
    assert "If these are" in suggest(BUILT_IN, replace(BRAIN, guessed=frozenset({"anatomy"})))[0].reason
    assert best(replace(BRAIN, anatomy="skull")) == "rigid"


@pytest.mark.parametrize(
    "change",
    [
        {"same_subject": False},
        {"moving_modality": "MR"},
        {"moving_modality": None},
        {"anatomy": None},
        {"anatomy": "liver"},
    ],
)
def test_what_is_no_head_in_two_modalities_is_not_taken_for_one(change: dict[str, object]):
    assert best(replace(BRAIN, **change)) == "generic"  # type: ignore[arg-type]


def test_landmarks_bring_volumes_together_that_hardly_overlap_or_are_far_apart():
    assert best(HARD) == "guided"
    assert suggest(BUILT_IN, HARD)[0].reason.startswith(
        "Only 20% of the fixed volume lies on the moving one as loaded;"
    )
    assert suggest(BUILT_IN, replace(HARD, overlap=0.0))[0].reason.startswith(
        "Hardly anything of the fixed volume lies"
    )
    far = Situation(overlap=0.9, apart_mm=90.0, landmark_pairs=3)
    assert best(far) == "guided"
    assert "90 mm apart" in suggest(BUILT_IN, far)[0].reason
    assert best(replace(far, apart_mm=30.0)) == "generic"
    assert best(replace(HARD, overlap=0.6)) == "generic"


def test_a_bad_start_comes_before_everything_else_but_without_landmarks_behind_what_is_made_for_it():
    lung = made_for("lung", "lung", "CT")
    assert best(replace(LUNG, overlap=0.1, landmark_pairs=3), lung) == "guided"
    assert ids(suggest((*BUILT_IN, lung), replace(LUNG, overlap=0.1, landmark_pairs=2)))[:2] == ["lung", "guided"]
    alone = suggest(BUILT_IN, Situation(overlap=0.1))[0]
    assert alone.preset.id == "guided"
    assert "centres of gravity" in alone.reason


def test_a_preset_for_the_anatomy_and_the_modalities_comes_first_with_the_facts_as_reason():
    lung = made_for("lung", "lung", "CT")
    first = suggest((*BUILT_IN, lung), replace(LUNG, landmark_pairs=12, guessed=frozenset({"anatomy"})))[0]
    assert first.preset is lung
    assert first.reason == (
        "Both volumes are CT, their names say lung and 12 landmark pairs drive; "
        "this preset is made for CT of the lung in the same subject."
    )
    guess = replace(LUNG, landmark_pairs=1, guessed=frozenset({"fixed_modality"}))
    assert suggest((lung,), guess)[0].reason.startswith(
        "Both volumes look like CT of the lung and 1 landmark pair drives;"
    )


@pytest.mark.parametrize(
    "situation",
    [
        Situation("CT", "CT"),
        Situation("CT", None, anatomy="lung"),
        Situation("CT", "MR", anatomy="lung"),
        Situation("CT", "CT", anatomy="liver"),
        Situation("CT", "CT", anatomy="lung", same_subject=False),
        Situation("CT", "CT", anatomy="lung", image_pairs=2),
    ],
)
def test_a_special_preset_is_not_suggested_where_one_of_its_terms_does_not_fit(situation: Situation):
    assert "lung" not in ids(suggest((*BUILT_IN, made_for("lung", "lung", "CT")), situation, most=9))


def test_an_organ_is_served_by_a_preset_of_its_region_but_its_own_comes_first():
    pelvis, prostate = made_for("pelvis", "pelvis", "CT", "CBCT"), made_for("prostate", "prostate", "CBCT", "CT")
    situation = Situation("CBCT", "CT", anatomy="prostate")
    assert ids(suggest((pelvis, prostate), situation)) == ["prostate", "pelvis"]
    assert "of the pelvis" in suggest((pelvis,), situation)[0].reason
    assert suggest((prostate,), replace(situation, anatomy="pelvis")) == ()


def test_the_closest_of_several_presets_comes_first():
    figures = MeasuredHere("case", "elastix 5.0.1", 20.0, check_mm=2.0)
    better = replace(figures, check_mm=1.5)
    situation = replace(LUNG, has_fixed_mask=True)
    ordered = [
        made_for("masked", "lung", "CT", needs=("fixed-mask",)),
        made_for("better", "lung", "CT", measured=(figures, better)),
        made_for("measured", "lung", "CT", measured=(figures,)),
        made_for("plain", "lung", "CT"),
        made_for("own", "lung", "CT", origin="user"),
        made_for("others", "lung", "CT", subject="different"),
    ]
    assert ids(suggest(ordered[::-1], situation, most=9)) == [one.id for one in ordered]
    known = replace(situation, same_subject=True)
    general = made_for("general", "lung", "CT", subject="any")
    assert ids(suggest((general, ordered[3]), known)) == ["plain", "general"]


def test_the_brain_of_an_animal_is_not_that_of_a_patient():
    mouse = Preset("mouse", "Mouse", "", ("mouse", "brain"), ("MR",))
    assert "mouse" not in ids(suggest((*BUILT_IN, mouse), Situation("MR", "MR", anatomy="brain"), most=9))
    assert ids(suggest((mouse,), Situation("MR", "MR", anatomy="mouse"))) == ["mouse"]


def test_two_modalities_are_enough_for_a_preset_that_is_made_for_just_them():
    pet = Preset("pet", "PET", modality=("PET", "MR"))
    assert best(Situation("MR", "PET"), pet) == "pet"
    assert best(Situation("MR", "MR"), pet) == "generic"


def test_ultrasound_is_left_to_the_landmarks_and_many_of_them_may_bend_it():
    assert best(Situation("MR", "US", landmark_pairs=5)) == "landmarks-rigid"
    assert best(Situation("MR", "US", landmark_pairs=10)) == "landmarks-bspline"
    assert best(Situation("MR", "US", landmark_pairs=2)) == "generic"
    assert best(Situation("US", "US", landmark_pairs=5)) == "generic"
    assert "US" in suggest(FITS, Situation("MR", "US", landmark_pairs=5))[0].reason


# what can run


@pytest.mark.parametrize(
    ("needs", "recipe", "given", "can_run"),
    [
        ((), Recipe(), {}, True),
        (("fixed-mask",), Recipe(), {}, False),
        (("fixed-mask",), Recipe(), {"has_moving_mask": True}, False),
        (("fixed-mask",), Recipe(), {"has_fixed_mask": True}, True),
        (("fixed-mask",), Recipe(fixed_mask="body"), {}, True),
        (("moving-mask",), Recipe(fixed_mask="body"), {}, False),
        (("moving-mask",), Recipe(), {"has_moving_mask": True}, True),
        (("moving-mask",), Recipe(moving_mask="body"), {}, True),
        (("landmarks",), Recipe(), {}, False),
        (("landmarks",), Recipe(), {"landmark_pairs": 1}, True),
        (("landmarks",), Recipe(landmark_fit="rigid"), {"landmark_pairs": 2}, False),
        (("landmarks",), Recipe(landmark_fit="rigid"), {"landmark_pairs": 3}, True),
        (("landmarks",), Recipe(landmark_fit="thin-plate"), {"landmark_pairs": 3}, False),
        ((), Recipe(), {"dimension": 2}, False),
        ((), Recipe(), {"image_pairs": 2}, False),
    ],
)
def test_what_a_preset_needs_has_to_be_there(
    needs: tuple[str, ...], recipe: Recipe, given: dict[str, object], can_run: bool
):
    one = made_for("lung", "lung", "CT", needs=needs, recipe=recipe)
    situation = replace(LUNG, **given)  # type: ignore[arg-type]
    assert runs_in(one, situation) is can_run
    assert ("lung" in ids(suggest((*BUILT_IN, one), situation, most=9))) is can_run


def test_nothing_is_suggested_for_a_single_slice():
    assert suggest(list_presets(), Situation(dimension=2)) == ()


def test_a_copy_that_took_the_name_of_a_general_preset_is_not_taken_for_it():
    assert suggest([replace(one, origin="scene") for one in BUILT_IN], Situation()) == ()


situations = st.builds(
    Situation,
    fixed_modality=st.sampled_from([None, "CT", "MR", "CBCT", "US", ""]),
    moving_modality=st.sampled_from([None, "CT", "MR", "PET", "?"]),
    has_fixed_mask=st.booleans(),
    has_moving_mask=st.booleans(),
    landmark_pairs=st.integers(0, 12),
    overlap=st.none() | st.floats(0, 1),
    anatomy=st.sampled_from([None, "lung", "brain", "prostate", "head and neck", "", "x"]),
    same_subject=st.sampled_from([None, True, False]),
    apart_mm=st.none() | st.floats(0, 1e4),
    guessed=st.frozensets(st.sampled_from(["anatomy", "fixed_modality"])),
)


@given(situations, st.integers(0, 4))
def test_every_suggestion_can_run_comes_once_and_has_one_sentence_as_reason(situation: Situation, most: int):
    suggested = suggest(ALL, situation, most)
    assert len(set(ids(suggested))) == len(suggested) <= most
    assert most == 0 or suggested
    for one in suggested:
        assert runs_in(one.preset, situation)
        assert one.reason[0].isupper() or one.reason[0].isdigit()
        assert one.reason.endswith(".")
        assert ". " not in one.reason
        assert "any" not in one.reason.split()
        assert "None" not in one.reason


def test_many_landmarks_are_deformed_to_after_the_volumes_have_been_aligned():
    at_hand = [one for one in ALL if one.anatomy == ("any",)]
    assert suggest(at_hand, Situation("MR", "MR", landmark_pairs=10))[0].preset.id == "generic-landmarks"
    assert suggest(at_hand, Situation("MR", "MR", landmark_pairs=9))[0].preset.id == "generic"


def test_a_preset_for_two_modalities_is_not_suggested_for_volumes_of_one():
    joins = made_for("joins", "lung", "CT", "MR")
    assert joins.id not in ids(suggest([joins, *BUILT_IN], LUNG))
    assert best(replace(LUNG, moving_modality="MR"), joins) == "joins"


def test_beside_several_special_presets_the_generic_one_is_suggested_as_well():
    special = [made_for(name, "lung", "CT") for name in "abc"]
    assert ids(suggest([*special, *BUILT_IN], LUNG)) == ["a", "b", "generic"]
    assert ids(suggest([*special, *BUILT_IN], LUNG, most=2)) == ["a", "b"]
