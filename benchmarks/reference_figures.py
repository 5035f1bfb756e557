"""What ``evaluate`` says of transforms whose figures are known from elsewhere, on the real brain pair at 1 mm.

Landmarks are split as there: sorted by label, 29 and 30 left out, even places drive, odd ones check. Transforms of
other tools (any file that 3D Slicer reads) are evaluated where they are given: ``--transform TITLE=FILE``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from evaluation_time import environment
from pairs import Pair, shared_brain_pair

LEFT_OUT = {"29", "30"}
KNOWN = {  # mean distance in mm at driving and checking pairs
    "as loaded": (3.37, 3.05),
    "weight 0": (2.54, 2.20),
    "weight 0.001": (1.61, 2.11),
    "weight 0.01": (0.06, 2.15),
    "weight 0.1": (0.15, 2.04),
    "ANTs SyNQuick[s]": (2.59, 2.29),
    "greedy": (2.34, 1.96),
}
IDENTITY = "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
IDENTITY += "Parameters: 1 0 0 0 1 0 0 0 1 0 0 0\nFixedParameters: 0 0 0\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transform", action="append", default=[], metavar="TITLE=FILE")
    options = parser.parse_args()
    whole = shared_brain_pair()
    if whole is None:
        print("No real pair (ELASTIXPLUS_SHARED_DATA): nothing to measure.")
        return
    with tempfile.TemporaryDirectory(prefix="elastixplus-bench-") as name:
        folder = Path(name)
        pair, check = split(whole, folder)
        (folder / "identity.tfm").write_text(IDENTITY, encoding="utf-8")
        show("as loaded", evaluated(pair, check, folder / "identity.tfm"))
        for weight in ("0", "0.001", "0.01", "0.1"):
            path = folder / f"{weight}.h5"
            told = registered(pair, check, weight, path)
            found = evaluated(pair, check, path)
            show(f"weight {weight}", found)
            print(f"    largest difference to what register said of a pair: {largest_difference(told, found):.1e} mm")
        for given in options.transform:
            title, _, file = given.partition("=")
            show(title, evaluated(pair, check, Path(file)))


def split(pair: Pair, folder: Path) -> tuple[Pair, str]:
    """Landmark files without the pairs that are left out, and the labels that check."""
    assert pair.fixed_landmarks is not None
    assert pair.moving_landmarks is not None
    copies = []
    for path in (pair.fixed_landmarks, pair.moving_landmarks):
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.startswith("#") or line.split(",")[11] not in LEFT_OUT]
        copies.append(folder / path.name)
        copies[-1].write_text("\n".join(kept) + "\n", encoding="utf-8")
    labels = sorted({str(number) for number in range(1, 33)} - LEFT_OUT, key=int)
    return Pair(pair.title, pair.fixed, pair.moving, copies[0], copies[1]), ",".join(labels[1::2])


def registered(pair: Pair, check: str, weight: str, path: Path) -> dict[str, float]:
    more = ["--landmark-weight", weight, "--output-transform", str(path), "--force"]
    return after_mm(command("register", pair, check, *more))


def evaluated(pair: Pair, check: str, path: Path) -> dict[str, object]:
    return command("evaluate", pair, check, "--transform", str(path), "--fixed-mask", "none")


def command(name: str, pair: Pair, check: str, *more: str) -> dict[str, object]:
    words = [sys.executable, "-m", "ElastixPlusLib", name, *pair.options(), "--check-labels", check, *more]
    done = subprocess.run([*words, "--quiet", "--json", "-"], env=environment(), check=True, stdout=subprocess.PIPE)
    account: dict[str, object] = json.loads(done.stdout)["landmarks"]
    return account


def after_mm(landmarks: dict[str, object]) -> dict[str, float]:
    pairs = landmarks["pairs"]
    assert isinstance(pairs, list)
    return {pair["label"]: pair["after_mm"] for pair in pairs}


def largest_difference(told: dict[str, float], found: dict[str, object]) -> float:
    return max(abs(value - told[label]) for label, value in after_mm(found).items())


def show(title: str, landmarks: dict[str, object]) -> None:
    means = [landmarks[role]["after_mm"] for role in ("drive", "check")]  # type: ignore[index]
    known = KNOWN.get(title)
    beside = f"   known: {known[0]:.2f} {known[1]:.2f}" if known else ""
    print(f"{title:20} drive {means[0]:.2f}  check {means[1]:.2f} mm{beside}", flush=True)


if __name__ == "__main__":
    main()
