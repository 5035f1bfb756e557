"""What elastix prints and leaves is data too, and may have been written by anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.console_log import ConsoleLog
from ElastixPlusLib.elastix.diagnosis import diagnose, failure
from ElastixPlusLib.elastix.iteration_plan import IterationPlan, StagePlan
from ElastixPlusLib.elastix.point_file import read_mapped_points
from ElastixPlusLib.elastix.progress import ProgressEvent, ProgressReader
from ElastixPlusLib.elastix.transform_file import BSplineStep, LinearStep, linear_text, read_transform_chain
from ElastixPlusLib.errors import TransformImportError
from ElastixPlusLib.presets.library import find_preset

START = '(InitialTransformParametersFileName "{}")\n(HowToCombineTransforms "Compose")\n(FixedImageDimension 3)\n'
TRANSLATION = '(Transform "TranslationTransform")\n(TransformParameters {})\n'


def events_of(*lines: str) -> list[ProgressEvent]:
    plan = IterationPlan((StagePlan("EulerTransform", (100, 50)), StagePlan("BSplineTransform", (10,), "2:Metric1")))
    reader = ProgressReader(plan)
    return [event for event in map(reader.feed, lines) if event is not None]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "-1", "1e9", "²", "99999999999"])
def test_a_line_of_progress_with_an_absurd_number_is_no_progress(number: str):
    head = ["ELASTIX version: 5.0.1", "Resolution: 0", "1:ItNr\t2:Metric\tTime[ms]"]
    stage = f'Running elastix with parameter file {number}: "p.txt".'
    assert len(events_of(*head, f"{number}\t-0.5\t3.1", f"Resolution: {number}", stage)) == len(events_of(*head))


@pytest.mark.parametrize("metric", ["nan", "inf", "1e999", "", "x", "\x1b[2J"])
def test_a_metric_that_is_no_number_is_not_shown(metric: str):
    events = events_of("Resolution: 0", "1:ItNr\t2:Metric\tTime[ms]", f"0\t{metric}\t3.1")
    assert events[-1].metric is None
    assert events[-1].iteration == 1


def test_imitated_progress_never_ends_a_run_nor_leaves_its_bounds():
    lines = ["1:ItNr\t2:Metric\tTime[ms]", "Resolution: 999", "999999998\t1\t1", "Resolution: 0", "0\t1\t1"]
    events = events_of(*lines, *(f'Running elastix with parameter file {n}: "p".' for n in (999, 0, 1)), *lines)
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert max(fractions) < 1.0
    assert all(event.stage <= event.stage_count == 2 for event in events)
    assert all(event.seconds_left is None or 0 <= event.seconds_left < 1e9 for event in events)


@pytest.mark.parametrize(
    "said",
    [
        "exit status 007", "exit status " + "9" * 5000, "exit code 0x" + "f" * 5000, "exit code -" + "0" * 40,
        "died with <Signals.SIGX: 99999999999>", "exited with code 08",
    ],
)  # fmt: skip
def test_an_imitated_exit_status_is_no_more_than_a_text(said: str):
    diagnosis = diagnose(f"elastix is started at x\n{said}\n", None)
    assert diagnosis.what
    assert len(diagnosis.what) < 1000


@pytest.mark.parametrize(
    "letters",
    ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b2J", "\u202eright to left", "a\rb", "\x00", "\x08\x08", "\x7f"],
)
def test_what_a_terminal_would_obey_is_in_no_sentence_on_a_failure(letters: str, tmp_path: Path):
    path = tmp_path / "console.log"
    path.write_bytes(f"Description: the cause {letters} is here\nERROR: {letters} failed\n".encode())
    error = failure(path, 1)
    for text in (error.what, error.remedy, *error.last_lines, *ConsoleLog.read(path).last_meaningful_lines()):
        assert text.isprintable(), text


@pytest.mark.parametrize("template", ["{0}", "{what}", "{", "}", "{x.__class__.__mro__}", "%s%n", "{path!r:>9999}"])
def test_braces_and_percent_signs_in_what_elastix_prints_are_only_letters(template: str):
    for line in (f"Description: {template} failed", f'The file "{template}" does not exist', f"ITK ERROR: {template}"):
        assert template in diagnose(f"{line}\n", 1).what or diagnose(f"{line}\n", 1).is_known


def put(folder: Path, *texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"TransformParameters.{number}.txt").write_text(text)
    return folder / f"TransformParameters.{len(texts) - 1}.txt"


@pytest.mark.parametrize(
    "link", ["../secret.txt", "{secret}", "inner/../../secret.txt", "link.txt", "/dev/zero", "pipe"]
)
def test_a_transform_that_builds_on_a_file_elsewhere_is_refused(link: str, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text(linear_text(np.eye(4)))
    folder = tmp_path / "run"
    (folder / "inner").mkdir(parents=True)
    (folder / "link.txt").symlink_to(secret)
    last = put(folder, TRANSLATION.format("1 2 3") + START.format(link.format(secret=secret)))
    with pytest.raises(TransformImportError, match="that it builds on is missing"):
        read_transform_chain(last, folder)


@pytest.mark.parametrize(
    "text",
    [
        TRANSLATION.format("1e308 1e308 1e308"),
        '(Transform "AffineTransform")\n(CenterOfRotationPoint 1e308 1e308 1e308)\n'
        "(TransformParameters 1e308 1e308 1e308 1e308 1e308 1e308 1e308 1e308 1e308 0 0 0)\n",
        '(Transform "SimilarityTransform")\n(TransformParameters 1e200 1e200 1e200 0 0 0 1e200)\n'
        "(CenterOfRotationPoint 0 0 0)\n",
        '(Transform "EulerTransform")\n(TransformParameters 1e308 1e308 1e308 0 0 0)\n'
        "(CenterOfRotationPoint 0 0 1e308)\n",
        '(Transform "BSplineTransform")\n(TransformParameters ' + "0 " * 24 + ")\n"
        "(GridSize 2 2 2)\n(GridIndex 1e308 0 0)\n"
        "(GridSpacing 1e308 1 1)\n(GridOrigin 0 0 0)\n(GridDirection 1 0 0 0 1 0 0 0 1)\n",
        '(Transform "BSplineTransform")\n(TransformParameters 0)\n(GridSize 100000 100000 100000)\n(GridIndex 0 0 0)\n'
        "(GridSpacing 1 1 1)\n(GridOrigin 0 0 0)\n(GridDirection 1 0 0 0 1 0 0 0 1)\n",
    ],
)  # fmt: skip
def test_numbers_that_are_finite_alone_never_make_an_infinite_transform(text: str, tmp_path: Path):
    last = put(tmp_path / "run", text + START.format("NoInitialTransform"))
    try:
        chain = read_transform_chain(last)
    except TransformImportError:
        return
    for step in chain.steps:
        assert isinstance(step, LinearStep | BSplineStep)
        assert np.isfinite(step.matrix_lps if isinstance(step, LinearStep) else step.origin_lps).all()


def test_a_kind_of_transform_of_any_name_is_told_in_short_and_printable(tmp_path: Path):
    text = '(Transform "' + "\x1b[2J" * 2000 + '")\n' + START.format("NoInitialTransform")
    (step,) = read_transform_chain(put(tmp_path / "run", text)).steps
    assert len(step.reason) < 200
    assert step.reason.isprintable()


@pytest.mark.parametrize("number", ["1e999", "nan", "inf", "-inf", "9" * 400, "x", "1 2", ""])
def test_a_mapped_point_that_is_none_is_refused(number: str, tmp_path: Path):
    (tmp_path / "outputpoints.txt").write_text(f"Point\t0\t; OutputPoint = [ 1 2 {number} ]\n")
    with pytest.raises(TransformImportError):
        read_mapped_points(tmp_path / "outputpoints.txt")


def test_the_plan_of_a_preset_is_what_bounds_its_progress():
    plan = IterationPlan.from_parameter_files(find_preset("generic").parameter_files())
    assert all(len(stage.iterations) <= 10 for stage in plan.stages)
