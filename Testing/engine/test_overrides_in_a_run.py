"""Changes of parameters for one run reach elastix, before what the run adds itself, and no file is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import Answer, UserFiles, elastixplus, temporary_folder, user  # noqa: F401 - fixtures
from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import InputError, ParameterFileError, PresetError
from ElastixPlusLib.evaluation.settings import settings_in_words
from ElastixPlusLib.presets import find_preset
from ElastixPlusLib.registration import RegistrationJob
from phantoms import add_anatomy, add_points

pytestmark = pytest.mark.native_engine

PLACES = [[12, 3, -8], [-11, 6, 4], [2, -13, 9], [5, 9, 14], [-6, -8, -12]]


@pytest.fixture
def guided_request(scene) -> RegistrationRequest:
    """A small pair with landmarks, for the preset whose landmarks pull less with each resolution."""
    return RegistrationRequest(
        add_anatomy(scene, name="fixed"),
        add_anatomy(scene, name="moving"),
        preset="guided",
        fixed_landmarks=add_points(scene, PLACES),
        moving_landmarks=add_points(scene, PLACES),
    )


def parameters_of(request: RegistrationRequest) -> tuple[ParameterFile, ...]:
    """As elastix would get them."""
    with RegistrationJob(request) as job:
        return job.check().parameter_files


def test_a_change_reaches_elastix_and_leaves_the_users_files_alone(
    user: UserFiles,  # noqa: F811
    elastixplus: Callable[..., Answer],  # noqa: F811
):
    before, runs, account = user.parameters.read_bytes(), user.out / "runs", user.out / "run.json"
    runs.mkdir()
    answer = elastixplus(
        *("register", *user.volumes(), *user.landmarks(), "--workspace", runs, "--keep-workspace", "--json", account),
        *("--set", "MaximumNumberOfIterations=9", "--set", "rigid.NumberOfResolutions=1", "--seed", "3"),
    )
    assert answer.code == 0, answer.err
    (run,) = runs.iterdir()
    (got,) = [ParameterFile.read(path) for path in run.rglob("*.txt") if path.read_text().startswith("\n(Registration")]
    assert (got.get("MaximumNumberOfIterations"), got.get("NumberOfResolutions")) == (("9",), ("1",))
    assert got.get("RandomSeed") == ("3",)
    assert "CorrespondingPointsEuclideanDistanceMetric" in got.get("Metric")
    (iterations,) = run.rglob("IterationInfo.0.R0.txt")
    assert len(iterations.read_text().splitlines()) == 1 + 9
    assert json.loads(account.read_text())["overrides"] == [
        "MaximumNumberOfIterations=9",
        "rigid.NumberOfResolutions=1",
    ]
    assert user.parameters.read_bytes() == before


@pytest.mark.parametrize("command", ["register", "check"])
def test_a_misspelt_change_is_refused_before_a_volume_is_read(
    user: UserFiles,  # noqa: F811
    elastixplus: Callable[..., Answer],  # noqa: F811
    temporary_folder: Path,  # noqa: F811
    command: str,
):
    user.fixed.write_text("no volume")
    answer = elastixplus(command, *user.volumes(), "--set", "MaximumNumberOfIteration=9")
    assert (answer.code, answer.out) == (2, "")
    assert "MaximumNumberOfIteration=9" in answer.err
    assert 'Did you mean "MaximumNumberOfIterations"?' in answer.err
    assert not list(temporary_folder.iterdir())


def test_a_check_tells_which_lists_were_fitted(
    user: UserFiles,  # noqa: F811
    elastixplus: Callable[..., Answer],  # noqa: F811
):
    user.parameters.write_text(user.parameters.read_text().replace("Iterations 100", "Iterations 100 50"))
    answer = elastixplus("check", *user.volumes(), "--set", "NumberOfResolutions=1")
    assert answer.code == 0, answer.err
    assert "Note: Stage 1 has 1 resolution now" in answer.err
    assert "MaximumNumberOfIterations" in answer.err


def test_the_landmarks_pull_at_the_end_as_without_a_change_of_the_resolutions(guided_request: RegistrationRequest):
    weights = [
        parameters_of(replace(guided_request, overrides=overrides))[2].get("Metric1Weight")
        for overrides in ((), ("bspline.NumberOfResolutions=2",), ("bspline.NumberOfResolutions=5",))
    ]
    assert weights[1] == weights[0][-2:]
    assert weights[2] == (weights[0][0], *weights[0])


def test_a_preset_stays_as_it_is_on_disk(guided_request: RegistrationRequest):
    before = [path.read_bytes() for path in find_preset("guided").parameter_paths]
    changed = parameters_of(replace(guided_request, overrides=("bspline.FinalGridSpacingInPhysicalUnits=21",)))
    assert changed[2].get("FinalGridSpacingInPhysicalUnits") == ("21",)
    assert [path.read_bytes() for path in find_preset("guided").parameter_paths] == before


@pytest.mark.parametrize(
    ("overrides", "kind"),
    [
        (("Metrics=AdvancedMeanSquares",), PresetError),
        (("rigid.MaximumNumberOfIterations=none",), ParameterFileError),
        (("4.MaximumNumberOfIterations=5",), PresetError),
        ("MaximumNumberOfIterations=5", InputError),
    ],
)
def test_a_script_gets_an_error_before_the_run(guided_request: RegistrationRequest, overrides, kind):
    with pytest.raises(kind) as caught:
        parameters_of(replace(guided_request, overrides=overrides))
    assert caught.value.remedy


def test_a_report_says_what_was_changed(guided_request: RegistrationRequest):
    overrides = ("SP_a=1", "rigid.MaximumNumberOfIterations=5")
    told = dict(settings_in_words(replace(guided_request, overrides=overrides)))
    assert told["Changed for this run"] == "SP_a=1; rigid.MaximumNumberOfIterations=5"
    assert "Changed for this run" not in dict(settings_in_words(guided_request))
