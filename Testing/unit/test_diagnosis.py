"""From what elastix printed, how it ended and what is known of the run to a cause, a remedy and a fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from ElastixPlusLib.elastix.diagnosis import diagnose, failure
from ElastixPlusLib.elastix.known_failures import KNOWN_STATUSES
from ElastixPlusLib.elastix.workspace import Workspace
from ElastixPlusLib.errors import Fix

EXCEPTION = 'itk::ExceptionObject (0x55740c47ea60)\nLocation: "ElastixTemplate - Run()" \nFile: ./x.hxx\nLine: 1006\n'

STATUSES = [
    # Linux and macOS
    (-4, "instructions", "--engine itk"),
    (-5, "gave up", "--engine itk"),
    (-6, "SIGABRT", "--engine itk"),
    (-7, "crashed", None),
    (-8, "divided by zero", None),
    (-9, "memory was full", "--crop overlap"),
    (-10, "crashed", None),
    (-11, "crashed", None),
    (-15, "ended from outside", None),
    (-24, "computing time", None),
    (-25, "larger than the system allows", None),
    (-31, "does not let elastix be run", "--engine itk"),
    # as a shell or a launcher hands them on
    (126, "does not let elastix be run", "--engine itk"),
    (127, "not found", "--engine itk"),
    (134, "SIGABRT", "--engine itk"),
    (137, "memory was full", "--crop overlap"),
    (139, "crashed", None),
    (143, "ended from outside", None),
    # elastix's own -2
    (254, "output folder", None),
    (4294967294, "output folder", None),
    (-2, "output folder", None),
    # Windows, unsigned and as the same number with a sign
    (3221225477, "crashed", None),
    (-1073741819, "crashed", None),
    (0xC0000017, "memory", "--crop overlap"),
    (0xC000001D, "instructions", "--engine itk"),
    (0xC0000022, "does not let elastix be run", "--engine itk"),
    (0xC000007B, "another kind of computer", None),
    (0xC00000FD, "crashed", None),
    (0xC000012D, "memory", "--crop overlap"),
    (3221225781, "missing", "--engine itk"),
    (-1073741515, "missing", "--engine itk"),
    (3221225785, "another version", "--engine itk"),
    (-1073741511, "another version", "--engine itk"),
    (0xC000013A, "ended from outside", None),
    (0xC0000142, "cannot be loaded", "--engine itk"),
    (0xC0000374, "crashed", None),
    (0xC0000409, "crashed", None),
    (0xC0000428, "does not let elastix be run", "--engine itk"),
    (0xE06D7363, "gave up", "--engine itk"),
]


@pytest.mark.parametrize(("status", "cause", "option"), STATUSES)
def test_an_exit_status_is_put_into_words(status: int, cause: str, option: str | None):
    diagnosis = diagnose("Sampling gradients ...\n", status)
    assert diagnosis.is_known
    assert cause in diagnosis.what
    assert str(status) not in diagnosis.what
    assert option is None or (diagnosis.fix is not None and diagnosis.fix.option == option)


def test_every_known_status_can_be_looked_up():
    for status in KNOWN_STATUSES:
        assert diagnose("", status).is_known


STARTED = "elastix is started at noon.\n\nwhich elastix:   elastix\nELASTIX version: 5.0.1\n"


@pytest.mark.parametrize(
    ("log", "cause", "option"),
    [
        ("", "before it had read the volumes", "--engine itk"),
        (STARTED, "before it had read the volumes", "--engine itk"),
        (STARTED + "Resolution: 0\n", "while it compared the volumes", None),
        (STARTED + "Resolution: 0\n\nTotal time elapsed: 2s.\n", "already finished", "--engine itk"),
    ],
)
@pytest.mark.parametrize("status", [-11, 139, 0xC0000005, -1073741819])
def test_where_a_crash_happened_says_why(log: str, cause: str, option: str | None, status: int):
    diagnosis = diagnose(log, status)
    assert cause in diagnosis.what
    assert (diagnosis.fix.option if diagnosis.fix else None) == option


def test_a_program_killed_before_it_said_anything_may_lack_its_signature():
    assert "signature" in diagnose("", -9).what
    assert "signature" not in diagnose(STARTED, -9).what


def test_an_interrupt_while_it_runs_is_no_missing_folder():
    assert "output folder" in diagnose("", -2).what
    assert "ended from outside" in diagnose(STARTED + "Resolution: 0\n0\t-1.2\n", -2).what


@pytest.mark.parametrize(
    ("reported", "cause"),
    [
        ("Command 'elastix' returned non-zero exit status 254.", "output folder"),
        ("Command 'elastix' returned non-zero exit status 3221225781.", "missing"),
        ("Process exited with code 0xC0000139", "another version"),
        ("Command 'elastix' died with <Signals.SIGSEGV: 11>.", "crashed"),
    ],
)
def test_a_status_that_an_application_reported_is_found_in_the_log(reported: str, cause: str):
    assert cause in diagnose(f"subprocess.CalledProcessError: {reported}\n", None).what


def test_what_elastix_printed_counts_more_than_how_it_ended():
    assert "memory" in diagnose("std::bad_alloc\n", -6).what


def test_an_end_right_after_reading_the_parameters_is_said():
    log = "which elastix:   elastix.exe\nCurrent time: now.\nReading the elastix parameters from file ...\n\n"
    diagnosis = diagnose(log, 1)
    assert "without a word on the cause right after it had read the parameter files" in diagnosis.what
    assert "itk-elastix" in diagnosis.remedy
    assert diagnosis.fix == Fix("Use itk-elastix", {"engine": "itk"}, "--engine itk")


@pytest.mark.parametrize("log", ["", "\n\n", "WARNING: The parameter is not there.\n", "\x00\x01\x02", "0\t1\t2\n"])
@pytest.mark.parametrize("status", [1, 3, 77, None])
def test_an_empty_log_does_not_end_in_a_bare_status(log: str, status: int | None):
    diagnosis = diagnose(log, status)
    assert diagnosis.what == "Elastix ended without a word on the cause."
    assert "engine" in diagnosis.remedy


def test_a_cause_that_the_wheel_hides_is_said_to_be_hidden_and_a_told_one_is_told():
    hidden = "ITK ERROR: M(0x5): Internal elastix error: See elastix log (use LogToConsoleOn() or LogToFileOn())."
    assert "kept the reason to itself" in diagnose(hidden, 1).what
    assert 'said: "the moon is full"' in diagnose(f"ERROR: the moon is full\n{hidden}", 1).what


def test_an_end_without_error_and_without_result_is_explained():
    diagnosis = diagnose(STARTED + "Resolution: 0\nTotal time elapsed: 2s.\n", 0)
    assert "missing or incomplete" in diagnosis.what
    assert "disk is full" in diagnose("MetaImage: M_WriteElementsData: file stream is fail after write\n", 0).what


def test_an_unknown_error_is_quoted_without_addresses_and_closing_words():
    log = f"Reading images...\n{EXCEPTION}Description: ITK ERROR: New(0x55f): the moon is full\n\nErrors occurred!\n"
    diagnosis = diagnose(log, 1)
    assert not diagnosis.is_known
    assert diagnosis.fix is None
    assert 'said: "New: the moon is full"' in diagnosis.what


def test_where_nothing_was_wrong_until_the_end_the_last_doing_is_named():
    diagnosis = diagnose(STARTED + "Resolution: 0\n  Sampling gradients ...\n0\t-1.2\n", 77)
    assert diagnosis.what == 'Elastix ended without a word on the cause; the last it wrote is: "Sampling gradients".'


def test_warnings_that_users_take_for_the_error_are_not():
    warnings = (
        'WARNING: The option "UseDirectionCosines" was not found in your parameter file.\n'
        "  From elastix 4.8 it defaults to true!\nThis may change the behavior of your registrations considerably.\n"
        "WARNING: the fixed pyramid schedule is not fully specified!\n  A default pyramid schedule is used.\n"
        "ERROR: NumberOfResolutions not specified!\nWARNING: LBFGSB optimizer does not support scaling\n"
        "loadVolume 'returnNode' argument is deprecated.\nUnused parameter: ErodeMask\n"
    )
    assert "crashed" in diagnose(warnings, -11).what
    assert diagnose(warnings, 1).what == "Elastix ended without a word on the cause."
    assert 'said: "the moon is full"' in diagnose(f"ERROR: the moon is full\n{warnings}", 1).what


def test_the_stage_that_failed_is_named_by_both_engines():
    error = "Too many samples map outside moving image buffer: 1 / 10\n"
    native = 'Running elastix with parameter file 0: "a.txt".\nRunning elastix with parameter file 1: "b.txt".\n'
    assert diagnose(native + error, 1).what.startswith("Stage 2: Only 1 of 10")
    assert diagnose("ELASTIX version: 5.3.1\n" * 3 + error, 1).what.startswith("Stage 3: Only")
    assert diagnose("ELASTIX version: 5.3.1\n" + error, 1).what.startswith("Only")


def test_a_complaint_of_an_earlier_stage_is_not_the_cause():
    log = "ELASTIX version: 5.3.1\nMetaImage: M_WriteElementsData: x\nELASTIX version: 5.3.1\nERROR: new moon\n"
    assert diagnose(log, 1).what == 'Stage 2: Elastix stopped and said: "new moon".'


def test_transformix_is_not_called_elastix():
    assert diagnose("transformix is started at noon.\nDescription: something new\n", 1).what.startswith("Transformix")


# What is known of the run besides its log


NO_VOXELS = "No valid voxels (0/1000) found to estimate\n"
OUTSIDE = "Too many samples map outside moving image buffer: 0 / 10\n"


def test_a_mask_that_was_not_eroded_is_not_said_to_be(tmp_path: Path):
    files = Workspace.create(tmp_path, keep=True)
    files.parameter_file(0).write_text('(ErodeMask "false")\n')
    files.parameter_file(1).write_text('(ErodeFixedMask "true")\n')
    first = diagnose(NO_VOXELS, 1, files.folder)
    assert "erode" not in first.what + first.remedy
    assert first.fix is None
    second = diagnose("ELASTIX version: 5.3.1\n" * 2 + NO_VOXELS, 1, files.folder)
    assert "was eroded away" in second.what
    assert second.fix is not None
    assert second.fix.changes == {"mask_edge": "region"}


def test_what_is_not_known_of_a_run_is_said_to_be_possible(tmp_path: Path):
    for diagnosis in (diagnose(NO_VOXELS, 1), diagnose(NO_VOXELS, 1, tmp_path)):
        assert "was eroded away" in diagnosis.what
        assert diagnosis.fix is not None
    assert "or leave out the moving mask if there is one" in diagnose(OUTSIDE, 1).remedy


@pytest.mark.parametrize("has_mask", [False, True])
def test_a_moving_mask_is_mentioned_where_there_is_one(has_mask: bool, tmp_path: Path):
    files = Workspace.create(tmp_path, keep=True)
    files.parameter_file(0).touch()
    if has_mask:
        files.moving_mask.touch()
    option = "-mMask    mask.mha\n" if has_mask else "-mMask    unspecified, so no moving mask used\n"
    for diagnosis in (diagnose(OUTSIDE, 1, files.folder), diagnose(option + OUTSIDE, 1)):
        assert ("inside the moving volume and inside its mask" in diagnosis.what) == has_mask
        assert ("or leave out the moving mask." in diagnosis.remedy) == has_mask


def test_the_engine_that_failed_is_not_recommended():
    lacks = "The following component could not be created: X\n"
    native, in_wheel = diagnose(STARTED + lacks, 1), diagnose("ELASTIX version: 5.3.1\n" + lacks, 1)
    assert "such as itk-elastix" in native.remedy
    assert native.fix is not None
    assert "such as an elastix executable" in in_wheel.remedy
    assert in_wheel.fix is None


def test_the_error_to_raise_carries_what_a_report_needs(tmp_path: Path):
    log = tmp_path / "console.txt"
    log.write_bytes(b"Reading \xff images\nDescription: ITK ERROR: M(0x5): something new\n")
    error = failure(log, 1)
    assert (error.exit_status, error.log_path, error.exit_code) == (1, log, 4)
    assert error.last_lines[-1] == "M: something new"
    assert error.fix is None
    log.write_text("std::bad_alloc\n")
    assert failure(log, 1).fix == Fix("Crop to what both volumes show", {"crop": "overlap"}, "--crop overlap")


def test_a_missing_log_is_still_an_error_with_a_cause(tmp_path: Path):
    assert failure(tmp_path / "none.txt", -11).what.startswith("Elastix crashed")
