"""Logs of failures on other systems and in other programs, see failure_logs/README.md: cause, remedy and fix."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.diagnosis import diagnose, failure
from failing_runs import option_of

LOGS = Path(__file__).with_name("failure_logs")

# log, how the run ended, what the cause has to say, what the remedy has to say, the fix
RECORDED = [
    ("brains_all_outside", 1, "volumes do not overlap", "Align the volumes", "--initial gravity"),
    ("brains_no_overlap", 1, "volumes do not overlap", "check the intensities", "--initial gravity"),
    ("hidden_by_the_wheel", 1, "kept the reason to itself", "log switched on", None),
    ("letter_for_a_file", 1, "letter g as the name of a file", "list of parameter files", None),
    ("linux_missing_library", 127, "library libITKConvolution-5.3.so.1 is missing", "from within it", "--engine itk"),
    ("linux_symbol_lookup", 127, "library of another version", "settings of other programs", "--engine itk"),
    ("macos_missing_library", -6, "library @rpath/libomp.dylib is missing", "another one", "--engine itk"),
    ("macos_sigabrt", None, "gave up (SIGABRT)", "choose another one", "--engine itk"),
    ("macos_signature", -6, "does not accept the signature", "choose another one", "--engine itk"),
    ("single_slice", 1, "single slice", "several slices", None),
    ("windows_bad_allocation", 1, "ran out of memory", "Crop the volumes", "--crop overlap"),
    ("windows_conflicting_dll", None, "library (DLL) of another version", "search path", "--engine itk"),
    ("windows_executable_removed", None, "no elastix any more", "leave the choice", "--engine auto"),
    ("windows_powershell", 1, "Only 473 of 2048 sample points", "crop both", "--initial gravity"),
    ("windows_silent_after_parameters", 1, "without a word", "such as itk-elastix", "--engine itk"),
    ("windows_silent_after_parameters", 0xC0000005, "before it had read the volumes", "search path", "--engine itk"),
    ("windows_umlaut_folder", 0xFFFFFFFE, r"C:\Users\Übung\AppData", "plain letters", None),
    ("windows_wheel_without_dll", 1, "itk-elastix could not be loaded", "pip install", None),
]


@pytest.mark.parametrize(("name", "status", "cause", "remedy", "option"), RECORDED)
def test_a_recorded_failure_is_put_into_the_words_of_its_cause(
    name: str, status: int | None, cause: str, remedy: str, option: str | None, tmp_path: Path
):
    log = shutil.copy(LOGS / f"{name}.txt", tmp_path / "console.txt")
    error = failure(Path(log), status)
    assert cause in error.what
    assert remedy in error.remedy
    assert option_of(error) == option


def test_every_recorded_log_is_looked_at():
    assert {name for name, *_ in RECORDED} == {path.stem for path in LOGS.glob("*.txt")}


@pytest.mark.parametrize("path", sorted(LOGS.glob("*.txt")), ids=lambda path: path.stem)
def test_no_log_needs_its_exit_status_to_be_more_than_a_number(path: Path):
    """The worst case: somebody shows the log alone."""
    diagnosis = diagnose(path.read_bytes().decode("cp1252", errors="replace"), None)
    assert "status" not in diagnosis.what
    assert len(diagnosis.what) > 20
