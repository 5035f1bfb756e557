"""What elastix prints, in whatever encoding: progress, the log, and why it failed."""

from __future__ import annotations

import math

from ElastixPlusLib.elastix.console_log import ConsoleLog, decode
from ElastixPlusLib.elastix.diagnosis import diagnose, failure
from ElastixPlusLib.elastix.iteration_plan import IterationPlan, StagePlan
from ElastixPlusLib.elastix.known_failures import KNOWN_TEXTS
from ElastixPlusLib.elastix.progress import ProgressEvent, ProgressReader

from ..checks import LONGEST_SENTENCE, FindingError, confined_to, fresh_folder, require_readable

TOKENS = (
    b"Resolution: ", b"\n1:ItNr\t2:Metric\t2:Metric0\tTime[ms]\n", b"\n0\t-0.5\t3.1\n", b"ELASTIX version: 5.0.1\n",
    b'Running elastix with parameter file 0: "p.txt".\n', b"Stopping condition: x\n", b"Total time elapsed: 1s\n",
    b"Creating the TransformParameterFile", b"Description: ", b"ITK ERROR: ", b"exit status ", b"exit code 0x",
    b"died with <Signals.SIGKILL: 9>", b"[in iteration 3]", b"elastix is started at ", b"See elastix log",
)  # fmt: skip
_MOST_SECONDS = 1e9


def seeds() -> list[bytes]:
    """A run that ends well, and every text by which a failure is known."""
    run = (
        'Running elastix with parameter file 0: "p.txt".\nELASTIX version: 5.0.1\nResolution: 0\n'
        "1:ItNr\t2:Metric\t2:Metric0\t2:Metric1\tTime[ms]\n0\t-1.5\t-1.6\t0.1\t12.5\n1\t-1.7\t-1.8\t0.1\t12.5\n"
        "Stopping condition: Maximum number of iterations has been reached.\n"
        "Creating the TransformParameterFile took 1s\n"
        "Total time elapsed: 3.2s.\n"
    )
    told = [known.pattern.pattern.replace("\\", "")[:200] for known in KNOWN_TEXTS]
    ends = "Description: Too many samples\nexit status -11\n"
    return [
        run.encode(),
        run.encode("utf-16"),
        (run + ends).encode(),
        *("\n".join(told[at::6]).encode() for at in range(6)),
    ]


def one_input(data: bytes) -> None:
    """Follow the output line by line, and look for the cause in it afterwards."""
    folder = fresh_folder("run")
    path = folder / "console.log"
    path.write_bytes(data)
    _follow(decode(data))
    with confined_to(folder):
        log = ConsoleLog.read(path)
        for status in (None, 0, 1, -9, -11, 0xC0000005):
            told = diagnose(log.text, status, folder)
            if len(told.what) + len(told.remedy) > LONGEST_SENTENCE or not told.what or not told.remedy:
                raise FindingError(f"a sentence of {len(told.what)} letters")
            _require_printable(told.what + told.remedy)
        error = failure(path, 1)
        require_readable(error)
        for line in error.last_lines:
            _require_printable(line)


def _follow(text: str) -> None:
    plan = IterationPlan((StagePlan("EulerTransform", (100, 50)), StagePlan("BSplineTransform", (10,), "2:Metric1")))
    reader = ProgressReader(plan)
    before = 0.0
    for line in text.splitlines():
        event = reader.feed(line)
        if event is not None:
            _require_sound(event, before)
            before = event.fraction


def _require_sound(event: ProgressEvent, before: float) -> None:
    left = event.seconds_left
    is_sound = before <= event.fraction <= 1.0 and (left is None or 0 <= left < _MOST_SECONDS)
    numbers = [one for one in (event.metric, event.image_metric, event.landmark_distance_mm) if one is not None]
    counts = (event.stage, event.stage_count, event.resolution, event.resolution_count, event.iteration)
    if not is_sound or not all(map(math.isfinite, numbers)) or not all(0 <= one < 10**12 for one in counts):
        raise FindingError(f"progress makes no sense: {event}")


def _require_printable(text: str) -> None:
    if not all(letter.isprintable() for letter in text):
        raise FindingError(f"what cannot be printed: {text!r:.200}")
