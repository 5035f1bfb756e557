"""The user's own presets: saved and copied without a built-in or another one of theirs coming to harm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.errors import InputError, PresetError
from ElastixPlusLib.presets import find_preset, list_presets, user_preset_folder
from ElastixPlusLib.presets.preset import MeasuredHere, Preset, PresetStage
from ElastixPlusLib.presets.preset_json import is_identifier
from ElastixPlusLib.presets.user_presets import duplicate_of, free_identifier, save_user_preset

RIGID = '// mine\n(Transform "EulerTransform")\n'


@pytest.fixture
def knee():
    stages = (PresetStage("0-rigid.txt", text=RIGID),)
    return Preset("knee", "Knie, früh", citation="Me 2020", stages=stages, measured=(MeasuredHere("a", "b", 1.0),))


def test_the_tests_have_a_folder_of_presets_of_their_own(user_presets, tmp_path_factory):
    assert user_preset_folder() == user_presets
    assert user_presets.is_relative_to(tmp_path_factory.getbasetemp())
    assert not user_presets.exists()


def test_a_saved_preset_is_found_by_its_id_and_is_the_users_own(knee, user_presets):
    saved = save_user_preset(knee)
    assert saved == find_preset("knee")
    assert (saved.origin, saved.folder) == ("user", user_presets / "knee")
    assert (saved.title, saved.citation) == ("Knie, früh", "Me 2020")
    assert (user_presets / "knee" / "0-rigid.txt").read_bytes() == RIGID.encode()
    assert "knee" in [preset.id for preset in list_presets()]


def test_an_id_that_is_taken_is_refused_and_the_older_preset_stays(knee):
    save_user_preset(knee)
    with pytest.raises(PresetError) as caught:
        save_user_preset(replace(knee, title="Another knee"))
    assert "knee" in caught.value.what
    assert caught.value.remedy
    assert find_preset("knee").title == "Knie, früh"


def test_a_preset_is_replaced_where_that_is_wanted(knee, user_presets):
    save_user_preset(knee)
    other = replace(knee, title="Another knee", stages=(PresetStage("only.txt", text=RIGID),))
    assert save_user_preset(other, replace=True).title == "Another knee"
    assert sorted(path.name for path in (user_presets / "knee").iterdir()) == ["only.txt", "preset.json"]
    assert [path.name for path in user_presets.iterdir()] == ["knee"]


def test_a_preset_can_be_saved_over_itself(knee):
    saved = save_user_preset(knee)
    again = save_user_preset(replace(saved, summary="Now with a summary."), replace=True)
    assert again.parameter_files()[0].text == RIGID


@pytest.mark.parametrize("is_replacing", [False, True])
def test_a_built_in_preset_is_never_hidden_by_one_of_the_user(knee, user_presets, is_replacing):
    with pytest.raises(PresetError, match="built in"):
        save_user_preset(replace(knee, id="generic"), is_replacing)
    assert not user_presets.exists()


@pytest.mark.parametrize("identifier", ["Knee", "../knee", "", "con", "knee mr", "k" * 65])
def test_an_id_that_is_no_name_of_a_folder_everywhere_is_refused_with_one_that_is(knee, user_presets, identifier):
    with pytest.raises(PresetError) as caught:
        save_user_preset(replace(knee, id=identifier))
    assert is_identifier(caught.value.remedy.split('"')[1])
    assert not user_presets.exists()


def test_a_preset_with_a_file_that_cannot_be_read_leaves_nothing_behind(knee, user_presets):
    with pytest.raises(InputError):
        save_user_preset(replace(knee, stages=(PresetStage("0-rigid.txt", text="(Transform"),)))
    assert not user_presets.exists()


def test_a_copy_says_the_same_as_the_preset_but_not_what_was_measured_with_it():
    generic = find_preset("generic")
    copy = duplicate_of(generic, taken=["copy-of-generic-rigid-then-b-spline"])
    assert (copy.id, copy.title) == ("copy-of-generic-rigid-then-b-spline-2", "Copy of Generic: rigid, then B-spline")
    assert [file.text for file in copy.parameter_files()] == [file.text for file in generic.parameter_files()]
    assert all(stage.path is None for stage in copy.stages)
    same = ("summary", "anatomy", "modality", "needs", "expects", "citation", "doi", "recipe", "used_for")
    assert all(getattr(copy, field) == getattr(generic, field) for field in same)
    assert (copy.measured, copy.origin, copy.folder) == ((), "user", None)


def test_a_copy_drops_the_figures_of_the_preset(knee):
    copy = duplicate_of(knee, "my-knee", "My knee")
    assert (copy.id, copy.title, copy.measured, copy.citation) == ("my-knee", "My knee", (), "Me 2020")


def test_a_copy_of_a_latin_1_file_keeps_its_letters(tmp_path, knee):
    path = tmp_path / "0-rigid.txt"
    path.write_bytes('(Transform "EulerTransform") // Drehung und Größe\n'.encode("latin-1"))
    saved = save_user_preset(duplicate_of(replace(knee, stages=(PresetStage(path.name, path),)), "knie"))
    assert "Größe" in saved.parameter_files()[0].text


@pytest.mark.parametrize(
    ("title", "identifier"),
    [
        ("Lunge: Ein- und Ausatmung", "lunge-ein-und-ausatmung"),
        ("Fuß, Ödem (schnell!)", "fuss-odem-schnell"),
        ("  Łódź Øre  ", "lodz-ore"),
        ("膝", "preset"),
        ("", "preset"),
        ("../../etc", "etc"),
        ("NUL", "preset-nul"),
    ],
)
def test_a_title_becomes_an_id_that_can_be_read(title, identifier):
    assert free_identifier(title, ()) == identifier


@given(st.text(max_size=80), st.integers(0, 12))
def test_every_title_gives_an_id_that_is_free_and_fits_every_system(title, others):
    taken: list[str] = []
    for _ in range(others):
        taken.append(free_identifier(title, taken))
    identifier = free_identifier(title, taken)
    assert identifier not in taken
    assert is_identifier(identifier)
