"""Load a pair, call ``register()`` and print time and peak memory as JSON. Started by ``variants.py``."""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("preset")
    parser.add_argument("threads", type=int)
    for role in ("fixed", "moving"):
        parser.add_argument(f"--{role}", type=Path, required=True)
        parser.add_argument(f"--{role}-landmarks", type=Path)
    options = parser.parse_args()
    from slicer import vtkMRMLScene

    from ElastixPlusLib import RegistrationRequest, register
    from ElastixPlusLib.mrml.files import read_landmarks, read_volume

    scene = vtkMRMLScene()
    nodes = {role: read_volume(scene, getattr(options, role), role) for role in ("fixed", "moving")}
    for role in ("fixed", "moving"):
        path = getattr(options, f"{role}_landmarks")
        nodes[f"{role}_landmarks"] = None if path is None else read_landmarks(scene, path, role)
    request = RegistrationRequest(
        **nodes,
        preset=options.preset,
        threads=options.threads,
        output_volume=True,
        skip_unusable_landmarks=True,
    )
    started = time.perf_counter()
    result = register(request)
    seconds = time.perf_counter() - started
    assert result.volume is not None
    child, parent = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
    )
    print(json.dumps({"seconds": seconds, "child_mib": child, "parent_mib": parent}))


if __name__ == "__main__":
    main()
