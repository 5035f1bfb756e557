"""How a child ended, as Windows tells it, is told to the user in the same words as a signal of POSIX."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ElastixPlusLib.elastix import engine_probe
from ElastixPlusLib.elastix.diagnosis import diagnose, start_failure
from ElastixPlusLib.elastix.engine_probe import ProbeFailure, read_version
from ElastixPlusLib.elastix.known_statuses import KNOWN_STATUSES, WINDOWS_START_ERRORS

STATUSES_OF_WINDOWS = sorted(status for status in KNOWN_STATUSES if status >= 2**31)

# As far as what is said to the user goes, these are the same.
TWINS = [
    (0xC0000005, -11, "crashed while it compared the volumes"),
    (0xC000001D, -4, "instructions that this processor does not have"),
    (0xC0000094, -8, "divided by zero"),
    (0xC000013A, -2, "ended from outside"),
    (0x80000003, -5, "gave up"),
]


@pytest.mark.parametrize("status", STATUSES_OF_WINDOWS, ids=hex)
def test_a_status_of_windows_is_the_same_with_and_without_a_sign(status: int):
    unsigned, signed = diagnose("Reading images...\n", status), diagnose("Reading images...\n", status - 2**32)
    assert unsigned == signed
    assert unsigned.is_known
    assert str(status) not in unsigned.what


@pytest.mark.parametrize(("windows", "posix", "words"), TWINS, ids=[hex(one) for one, _, _ in TWINS])
def test_a_crash_has_the_same_words_on_every_system(windows: int, posix: int, words: str):
    log = "Sampling gradients ...\n"
    told = diagnose(log, windows)
    assert words in told.what
    # -2 is both Ctrl-C and the missing output folder of elastix itself, which only the log tells apart
    assert posix == -2 or told == diagnose(log, posix)


class WindowsError(OSError):
    """What Python raises on Windows: with the code of the system, and an errno made of it."""

    def __init__(self, code: int, number: int, text: str, name: str | None = None) -> None:
        super().__init__(number, text, name)
        self.winerror = code


START_ERRORS = [
    (2, 2, "Das System kann die angegebene Datei nicht finden", "no elastix"),
    (5, 13, "Zugriff verweigert", "does not let elastix be run"),
    (193, 8, "%1 ist keine zulässige Win32-Anwendung", "another kind of computer"),
    (216, 22, "Diese Version ist nicht kompatibel", "another kind of computer"),
    (225, 22, "Die Datei enthält einen Virus", "does not let elastix be run"),
    (740, 22, "Der angeforderte Vorgang erfordert erhöhte Rechte", "does not let elastix be run"),
    (1260, 22, "Durch eine Gruppenrichtlinie blockiert", "does not let elastix be run"),
    (4551, 22, "Von einer Richtlinie der Anwendungssteuerung blockiert", "does not let elastix be run"),
    (14001, 22, "Die Side-by-Side-Konfiguration ist ungültig", "library (DLL)"),
]


@pytest.mark.parametrize(("code", "number", "text", "words"), START_ERRORS, ids=[str(one[0]) for one in START_ERRORS])
def test_a_program_that_windows_does_not_start_is_explained_in_any_language(code, number, text, words):
    error = start_failure(r"C:\Program Files\elastix\elastix.exe", WindowsError(code, number, text))
    assert words in error.what
    assert r"C:\Program Files\elastix\elastix.exe" in error.what


def test_every_start_error_of_windows_has_a_remedy():
    for code in WINDOWS_START_ERRORS:
        assert start_failure("elastix.exe", WindowsError(code, 22, "?")).remedy


@pytest.fixture
def elastix_that_ends_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An executable that says nothing and ends with a given status."""
    program = tmp_path / "elastix.exe"
    program.touch(mode=0o755)

    def made(status: int) -> Path:
        ended = subprocess.CompletedProcess([str(program)], status, b"")
        monkeypatch.setattr(engine_probe.subprocess, "run", lambda *_, **__: ended)
        engine_probe._run_once.cache_clear()
        return program

    yield made
    engine_probe._run_once.cache_clear()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0xC0000135, "a DLL that it needs is missing"),
        (0xC0000139, "a DLL that it needs is of another version"),
        (0xC000007B, "of another kind of computer"),
        (0xC0000142, "a DLL that it needs cannot be loaded"),
        (0xC000001D, "instructions that this processor does not have"),
        (0xC0000005, "it crashes"),
    ],
)
@pytest.mark.parametrize("sign", [0, 2**32], ids=["unsigned", "signed"])
def test_an_engine_that_cannot_start_on_windows_is_refused_with_the_reason(status, sign, words, elastix_that_ends_with):
    with pytest.raises(ProbeFailure, match="cannot start") as caught:
        read_version(elastix_that_ends_with(status - sign), {})
    assert words in str(caught.value)
    assert "signal" not in str(caught.value)


def test_an_engine_that_a_signal_ended_is_refused_with_the_number_of_the_signal(elastix_that_ends_with):
    with pytest.raises(ProbeFailure, match="signal 11"):
        read_version(elastix_that_ends_with(-11), {})
