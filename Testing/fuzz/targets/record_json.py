"""The record of a run, as it lies in a scene and beside files."""

from __future__ import annotations

from ElastixPlusLib.record.record_json import record_from_text, record_text
from ElastixPlusLib.record.run_record import Choices, EngineIdentity, RunRecord, Software

from ..checks import FindingError, confined_to, fresh_folder, must_succeed

TOKENS = (
    b'"format": "ElastixPlus record of a run"', b'"version": 1', b'"inputs": [', b'"landmarks": [', b'"software": {',
    b'"engine": {', b'"choices": {', b"NaN", b"Infinity", b"null", b"true", b"[]", b"{}", b"\\u0000", b"\\ud800",
    b"1.0",
)  # fmt: skip


def seeds() -> list[bytes]:
    """The smallest record."""
    software = Software("1", "3D Slicer 5.10.0", "3.11", "Linux", 2)
    record = RunRecord("2026-11-28T13:05:00Z", software, EngineIdentity("elastix", "5.0.1"), Choices("a & b"), ())
    return [record_text(record).encode()]


def one_input(data: bytes) -> None:
    """Read it; what was read is written and read again."""
    with confined_to(fresh_folder("record")):
        record = record_from_text(data.decode("utf-8", "replace"))
    with must_succeed("a record that was written is not read"):
        if record_from_text(record_text(record)) != record:
            raise FindingError("another record came back")
