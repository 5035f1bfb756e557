"""The report in a real browser without network: it opens, nothing is broken, nothing of a user's text is run."""

from __future__ import annotations

import base64
import io
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ElastixPlusLib.report.html_report import html_report
from report.made_contents import EMPTY, HOSTILE, complete_contents, hostile_contents

pytestmark = pytest.mark.browser

Driver = Any
_HARMLESS_LEVELS = {"DEBUG", "INFO"}
_SOURCES = "return [...document.images].map(image => image.src)"
_DECODE_ALL = """
const done = arguments[arguments.length - 1];
Promise.all([...document.images].map(image => image.decode().then(() => null, () => image.alt || image.src)))
  .then(broken => done(broken.filter(name => name !== null)));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """Chromium with a profile of its own, which finds no host on any network."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_script_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page() -> str:
    """A report with everything in it."""
    return html_report(complete_contents(scale=0.3))


@pytest.fixture
def opened(browser: Driver, page: str, tmp_path: Path) -> Driver:
    """The browser with that report."""
    show(browser, page, tmp_path)
    return browser


def show(browser: Driver, page: str, folder: Path) -> str:
    """Open a page from a file; return its address."""
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(path.as_uri())
    return path.as_uri()


def faults(browser: Driver, page: str, folder: Path) -> list[str]:
    """Open a page and say everything that is broken or that reaches beyond the file."""
    address = show(browser, page, folder)
    broken = [f"broken picture: {name}" for name in browser.execute_async_script(_DECODE_ALL)]
    empty = browser.execute_script("return [...document.images].filter(i => !(i.naturalWidth > 0)).length")
    cut = [f"cut picture: {why}" for why in map(why_cut, browser.execute_script(_SOURCES)) if why]
    requested = re.findall(r'"request":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*?"url":"([^"]+)"', performance_log(browser))
    resources = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    elsewhere = {url for url in (*requested, *resources) if url != address and not url.startswith("data:")}
    logged = [entry["message"] for entry in browser.get_log("browser") if entry["level"] not in _HARMLESS_LEVELS]
    return [*broken, *cut, *(["empty picture"] * empty), *(f"asked for {url}" for url in sorted(elsewhere)), *logged]


def why_cut(source: str) -> str | None:
    """Why a PNG picture is not whole; a browser shows the part that is there without a word."""
    from PIL import Image

    if not source.startswith("data:image/png;base64,"):
        return None
    try:
        Image.open(io.BytesIO(base64.b64decode(source.split(",")[1] + "=="))).load()
    except (OSError, SyntaxError, ValueError) as error:
        return str(error)
    return None


def performance_log(browser: Driver) -> str:
    messages = [entry["message"] for entry in browser.get_log("performance")]
    return "\n".join(message for message in messages if "Network.requestWillBeSent" in message)


def visible_text(browser: Driver) -> str:
    """All that a reader can see or unfold."""
    return str(
        browser.execute_script(
            "document.querySelectorAll('details').forEach(one => one.open = true);"
            "return document.body.innerText + [...document.querySelectorAll('svg text')].map(t => t.textContent);"
        )
    )


def opacity(browser: Driver) -> float:
    return float(browser.execute_script("return getComputedStyle(document.querySelector('img.over')).opacity"))


def places(browser: Driver, selector: str) -> list[dict[str, float]]:
    """Where elements lie on the page."""
    found: list[dict[str, float]] = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect().toJSON())", selector
    )
    return found


def test_a_report_opens_without_network_and_nothing_is_broken(browser: Driver, page: str, tmp_path: Path):
    assert faults(browser, page, tmp_path) == []
    assert len(browser.execute_script("return [...document.images]")) == 3 * 6 + 3 + 2 + 1


def test_a_report_of_nothing_opens_too(browser: Driver, tmp_path: Path):
    assert faults(browser, html_report(EMPTY), tmp_path) == []


def cut_picture(page: str) -> str:
    return re.sub(r"(data:image/png;base64,.{200})[^\"]+", r"\1", page, count=1)


def picture_without_its_end(page: str) -> str:
    return re.sub(r"(data:image/png;base64,[^\"]+)[^\"]{200}", r"\1", page, count=1)


def picture_of_its_head(page: str) -> str:
    return re.sub(r"(data:image/png;base64,.{16})[^\"]+", r"\1", page, count=1)


def cut_chart(page: str) -> str:
    return re.sub(r"(data:image/svg\+xml;base64,.{200})[^\"]+", r"\1", page, count=1)


def remote_picture(page: str) -> str:
    return page.replace("<main>", '<main><img src="https://example.org/x.png" alt="remote">')


def remote_picture_without_policy(page: str) -> str:
    return re.sub(r"<meta http-equiv=[^\n]+", "", remote_picture(page))


def foreign_script(page: str) -> str:
    return page.replace("<main>", "<main><script>window.hacked = 1</script>")


def script_of_an_event(page: str) -> str:
    return page.replace("<main>", '<main><img src="data:image/png;base64,x" onerror="window.hacked = 1">')


def changed_script(page: str) -> str:
    return page.replace('"use strict";', '"use strict"; ')


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_picture, "cut picture"),
        (picture_without_its_end, "cut picture"),
        (picture_of_its_head, "broken picture"),
        (cut_chart, "broken picture"),
        (remote_picture, "broken picture: remote"),
        (remote_picture, "Content Security Policy"),
        (remote_picture_without_policy, "asked for https://example.org/x.png"),
        (foreign_script, "Content Security Policy"),
        (script_of_an_event, "Content Security Policy"),
        (changed_script, "Content Security Policy"),
    ],
)
def test_what_is_broken_is_found(browser: Driver, page: str, tmp_path: Path, damage: Callable[[str], str], said: str):
    damaged = damage(page)
    assert damaged != page
    found = faults(browser, damaged, tmp_path)
    assert any(said in fault for fault in found), found
    assert browser.execute_script("return window.hacked") is None


@pytest.fixture(scope="module")
def hostile_page() -> str:
    """A report whose every name tries to be more than a name."""
    return html_report(hostile_contents())


def test_names_that_try_to_be_more_are_shown_as_they_are(browser: Driver, hostile_page: str, tmp_path: Path):
    show(browser, hostile_page, tmp_path)
    text = visible_text(browser)
    for start in (
        "Colin27",
        "MNI152",
        "Colin27 to MNI152",
        "inside the mask brain",
        "through check landmark 23",
        "2 pairs of landmarks lie outside the mask",
        "7",
        "left hippocampus",
        "ventricles",
        "seed 1",
        "preset",
        "generic: rigid, then B-spline",
        "0-rigid.txt",
        "//",
        "--moving Colin27.nii.gz",
        "elastix",
        "5.0.1",
    ):
        assert f"{start} {HOSTILE}" in text
    assert f"A,{HOSTILE},P,R" in text  # at the edges of the pictures
    assert browser.title == f"How good is it? Colin27 {HOSTILE} on MNI152 {HOSTILE}"


def test_names_that_try_to_be_more_make_no_element_and_run_nothing(browser: Driver, hostile_page: str, tmp_path: Path):
    from selenium.common.exceptions import NoAlertPresentException

    assert faults(browser, hostile_page, tmp_path) == []
    elements = "return [...document.querySelectorAll('*')].map(e => e.tagName + ' ' + e.getAttributeNames().join(' '))"
    hostile = browser.execute_script(elements)
    assert browser.execute_script("return window.hacked") is None
    with pytest.raises(NoAlertPresentException):
        _ = browser.switch_to.alert.text
    show(browser, html_report(complete_contents(scale=0.1)), tmp_path)
    assert hostile == browser.execute_script(elements)


def test_the_slider_fades_from_the_fixed_to_the_moving_volume(opened: Driver):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    assert opacity(opened) == 0.5
    slider = opened.find_element(By.CSS_SELECTOR, ".compare input")
    slider.send_keys(Keys.HOME)
    assert opacity(opened) == 0.0
    slider.send_keys(Keys.END)
    assert opacity(opened) == 1.0


def test_flicker_shows_both_in_turn_until_it_is_stopped(opened: Driver):
    from selenium.webdriver.common.by import By

    button = opened.find_element(By.CSS_SELECTOR, ".compare button")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    seen = set()
    end = time.monotonic() + 10
    while seen != {0.0, 1.0} and time.monotonic() < end:
        seen.add(opacity(opened))
        time.sleep(0.05)
    assert seen == {0.0, 1.0}
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    time.sleep(0.7)
    assert opacity(opened) == 0.5


def test_the_slider_ends_the_flicker(opened: Driver):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    button = opened.find_element(By.CSS_SELECTOR, ".compare button")
    button.click()
    opened.find_element(By.CSS_SELECTOR, ".compare input").send_keys(Keys.HOME)
    assert button.get_attribute("aria-pressed") == "false"
    time.sleep(0.7)
    assert opacity(opened) == 0.0


def test_both_volumes_lie_on_each_other_only_where_one_can_fade(opened: Driver):
    assert places(opened, ".compare .over") == places(opened, ".compare .under")
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert beside_each_other(opened)
        assert opacity(opened) == 1.0
        assert {place["width"] for place in places(opened, ".controls")} == {0}
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_script_both_volumes_lie_beside_each_other(browser: Driver, page: str, tmp_path: Path):
    show(browser, page.replace("</script>", "/**/</script>"), tmp_path)  # not what the policy allows
    assert beside_each_other(browser)
    assert {place["width"] for place in places(browser, ".controls")} == {0}


def beside_each_other(browser: Driver) -> bool:
    pairs = zip(places(browser, ".compare .under"), places(browser, ".compare .over"), strict=True)
    return all(under["right"] <= over["left"] and over["width"] > 20 for under, over in pairs)


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("text", ["page", "hostile_page"])
def test_the_page_fits_a_window(browser: Driver, request: pytest.FixtureRequest, text: str, width: int, tmp_path: Path):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        show(browser, request.getfixturevalue(text), tmp_path)
        assert browser.execute_script("return innerWidth") == width
        visible_text(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_slices_are_drawn_at_one_scale_and_in_the_shape_of_their_millimetres(opened: Driver):
    axial, coronal, sagittal = (places(opened, ".slice .picture")[start] for start in (0, 4, 8))
    scale = sagittal["width"] / 70.0
    assert axial["width"] / 59.0 == pytest.approx(scale, rel=0.02)
    assert axial["height"] / 70.0 == pytest.approx(scale, rel=0.02)
    assert coronal["height"] / 57.0 == pytest.approx(scale, rel=0.02)
