"""How long the check before a run takes on the real brain pair at 1 mm, with its 32 landmarks."""

from __future__ import annotations

import statistics
import time

import slicer
from pairs import shared_brain_pair

from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.mrml.files import read_landmarks, read_volume
from ElastixPlusLib.preflight import preflight

ROUNDS = 5


def check_seconds(preset: str, moving_mask: str | None = None) -> tuple[float, float] | None:
    """Median and longest time of five checks; None without the real pair. The first one finds the engine.

    :param moving_mask: "body" or "field-of-view", which are found in the volume each time.
    """
    pair = shared_brain_pair()
    if pair is None or pair.fixed_landmarks is None or pair.moving_landmarks is None:
        return None
    scene = slicer.vtkMRMLScene()
    request = RegistrationRequest(
        read_volume(scene, pair.fixed, "fixed"),
        read_volume(scene, pair.moving, "moving"),
        preset=preset,
        fixed_landmarks=read_landmarks(scene, pair.fixed_landmarks, "fixed"),
        moving_landmarks=read_landmarks(scene, pair.moving_landmarks, "moving"),
        moving_mask=moving_mask,
    )
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        preflight(request)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), max(seconds)


def show_check_time() -> None:
    """Print the time for a few ways to ask."""
    for title, preset, mask in (
        ("generic", "generic", None),
        ("guided", "guided", None),
        ("generic, moving mask: body", "generic", "body"),
    ):
        seconds = check_seconds(preset, mask)
        if seconds is not None:
            print(f"Check of the 1 mm brain pair, {title}: median {seconds[0]:.2f} s, longest {seconds[1]:.2f} s")
