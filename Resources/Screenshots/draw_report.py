"""Draw the first two screens of the demo's report for the README, with Chromium: after `make demo`, run this script."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
WIDTH, SCREEN, SCREENS = 1000, 1500, 2


def main() -> None:
    """Draw the page of the folder that is given, or of `demo-output/report`."""
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "demo-output" / "report"
    picture = Path(__file__).resolve().parent / "report.png"
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("No chromium on PATH.")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                chromium,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--window-size={WIDTH},{SCREEN * SCREENS}",
                f"--screenshot={picture}",
                (given / "report.html").resolve().as_uri(),
            ],
            check=True,
        )
    side_by_side(picture)


def side_by_side(picture: Path) -> None:
    """Put one screen beside the other, in a file a fraction as large."""
    from PIL import Image

    page = Image.open(picture).convert("RGB")
    both = Image.new("RGB", (WIDTH * SCREENS, SCREEN), "white")
    for number in range(SCREENS):
        top = number * SCREEN
        both.paste(page.crop((0, top, WIDTH, top + SCREEN)), (number * WIDTH, 0))
    both.resize((both.width * 3 // 4, both.height * 3 // 4)).quantize(256).save(picture, optimize=True)


if __name__ == "__main__":
    main()
