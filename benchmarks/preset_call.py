"""Register a pair with one preset and print what came of it as JSON; a process of its own, so that memory counts."""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("preset")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--weight", default="balanced")
    parser.add_argument("--check-labels", default="")
    parser.add_argument("--without-landmarks", action="store_true", help="all pairs only measure")
    for role in ("fixed", "moving"):
        parser.add_argument(f"--{role}", type=Path, required=True)
        parser.add_argument(f"--{role}-landmarks", type=Path, required=True)
    options = parser.parse_args()
    from slicer import vtkMRMLScene

    from ElastixPlusLib import EvaluationRequest, RegistrationRequest, evaluate, register
    from ElastixPlusLib.mrml.files import read_landmarks, read_volume

    scene = vtkMRMLScene()
    volumes = {role: read_volume(scene, getattr(options, role), role) for role in ("fixed", "moving")}
    points = {
        f"{role}_landmarks": read_landmarks(scene, getattr(options, f"{role}_landmarks"), role)
        for role in ("fixed", "moving")
    }
    labels = tuple(options.check_labels.split(","))
    guided = {} if options.without_landmarks else {**points, "check_labels": labels}
    request = RegistrationRequest(
        **volumes,
        **guided,
        preset=options.preset,
        landmark_weight=options.weight,
        engine=options.engine,
        threads=options.threads,
        seed=options.seed,
    )
    began = time.perf_counter()
    result = register(request)
    seconds = time.perf_counter() - began
    child_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    evidence = evaluate(EvaluationRequest(result.transform, **volumes, **points, check_labels=labels)).evidence
    assert evidence.deformation is not None
    told = {
        "engine": f"{result.engine.name} {result.engine.version}".strip(),
        "seconds": seconds,
        "drive_mm": evidence.landmarks.summary("drive").after_mm,
        "check_mm": evidence.landmarks.summary("check").after_mm,
        "folded_percent": evidence.deformation.folded_percent,
        "memory_mib": child_mib,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
