"""What makes the repository an extension of 3D Slicer: lists in CMake, the catalog entry, icons."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "ElastixPlus"
PACKAGES = ("ElastixPlusLib", "ElastixPlusPanel")

# slicer-extension-catalog-entry-schema-v1.0.2.json of Slicer: properties, all that are required, and nothing besides
CATALOG_KEYS = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "dicom_support_rule": str,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
REQUIRED_CATALOG_KEYS = {"$schema", "category", "scm_url"}

ICON_SIZES = {
    "ElastixPlus.png": (128, 128),
    "ElastixPlus/Resources/Icons/ElastixPlus.png": (64, 64),
    "ElastixPlus/Resources/Icons/phantom_pair.png": (260, 280),
    "ElastixPlus/Resources/Icons/warning.png": (32, 32),
    "ElastixPlus/Resources/Icons/error.png": (32, 32),
    "ElastixPlus/Resources/Icons/check.png": (32, 32),
    "ElastixPlus/Resources/Icons/swap.png": (32, 32),
    "ElastixPlus/Resources/Icons/place_fixed.png": (32, 32),
    "ElastixPlus/Resources/Icons/place_moving.png": (32, 32),
}
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
RAW_FILES = "https://raw.githubusercontent.com/ElastixPlus/SlicerElastixPlus/main/"


def cmake_values(path: Path, name: str) -> list[str]:
    """Return the values of ``set(name ...)``, comments left out and MODULE_NAME filled in."""
    text = re.sub(r"(?m)#.*$", "", path.read_text(encoding="utf-8"))
    match = re.search(rf"set\(\s*{name}\s+(.*?)\)\s*$", text, re.DOTALL | re.MULTILINE)
    assert match, f"no set({name} ...) in {path}"
    values = re.findall(r'"([^"]*)"|(\S+)', match[1])
    return [(quoted or bare).replace("${MODULE_NAME}", "ElastixPlus") for quoted, bare in values]


def installed_files() -> set[str]:
    """Return every file of the module that has to be in the extension, relative to its folder."""
    found = {"ElastixPlus.py"}
    for folder in (*PACKAGES, "Resources"):
        found |= {path.relative_to(MODULE).as_posix() for path in (MODULE / folder).rglob("*") if path.is_file()}
    return {name for name in found if "__pycache__" not in name and not Path(name).name.startswith(".")}


@pytest.fixture(scope="module")
def scripts() -> list[str]:
    return cmake_values(MODULE / "CMakeLists.txt", "MODULE_PYTHON_SCRIPTS")


@pytest.fixture(scope="module")
def resources() -> list[str]:
    return cmake_values(MODULE / "CMakeLists.txt", "MODULE_PYTHON_RESOURCES")


@pytest.fixture(scope="module")
def catalog_entry() -> dict[str, object]:
    entry = json.loads((REPOSITORY / "ElastixPlus.json").read_text(encoding="utf-8"))
    assert isinstance(entry, dict)
    return entry


def extension(name: str) -> str:
    return " ".join(cmake_values(REPOSITORY / "CMakeLists.txt", f"EXTENSION_{name}"))


def test_every_file_of_the_module_is_in_the_lists_of_cmake(scripts, resources):
    missing = sorted(installed_files() - {*scripts, *resources})
    assert missing == [], "add these to ElastixPlus/CMakeLists.txt"


def test_the_lists_of_cmake_name_no_file_that_is_gone(scripts, resources):
    gone = sorted({*scripts, *resources} - installed_files() | {n for n in scripts if not (MODULE / n).is_file()})
    assert gone == [], "remove these from ElastixPlus/CMakeLists.txt"


def test_no_file_is_listed_twice_and_the_lists_are_in_order(scripts, resources):
    assert scripts[0] == "ElastixPlus.py"
    assert scripts[1:] == sorted(set(scripts[1:]))
    assert resources == sorted(set(resources))


def test_only_python_is_a_script_since_cmake_would_append_py_to_other_names(scripts, resources):
    assert [name for name in scripts if not name.endswith(".py")] == []
    assert [name for name in resources if name.endswith(".py")] == []


def test_every_package_that_is_installed_has_its_init_file(scripts):
    folders = {Path(name).parent for name in scripts if "/" in name}
    assert [folder for folder in sorted(folders) if f"{folder.as_posix()}/__init__.py" not in scripts] == []


def test_the_module_test_is_registered_with_ctest():
    assert "add_subdirectory(Testing)" in (MODULE / "CMakeLists.txt").read_text(encoding="utf-8")
    registration = (MODULE / "Testing" / "Python" / "CMakeLists.txt").read_text(encoding="utf-8")
    names = re.findall(r"SCRIPT (\S+)", registration.replace("${MODULE_NAME}", "ElastixPlus"))
    assert names == ["ElastixPlusModuleTest.py"]
    assert all((MODULE / "Testing" / "Python" / name).is_file() for name in names)


def test_the_catalog_entry_has_the_keys_of_the_schema_and_no_others(catalog_entry):
    assert set(catalog_entry) >= REQUIRED_CATALOG_KEYS
    assert [key for key, value in catalog_entry.items() if type(value) is not CATALOG_KEYS.get(key)] == []
    assert str(catalog_entry["$schema"]).endswith("slicer-extension-catalog-entry-schema-v1.0.2.json#")
    assert catalog_entry["category"] == "Registration"
    assert catalog_entry["tier"] in range(1, 6)


def test_the_catalog_entry_and_cmake_name_the_same_repository_and_the_same_extensions(catalog_entry):
    assert catalog_entry["build_dependencies"] == extension("DEPENDS").split()
    assert catalog_entry["scm_url"] == extension("HOMEPAGE") + ".git"
    assert extension("HOMEPAGE").rsplit("/", 1)[1] == "Slicer" + (REPOSITORY / "ElastixPlus.json").stem
    assert "project(ElastixPlus)" in (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["ICONURL", "SCREENSHOTURLS"])
def test_the_pictures_of_the_catalog_are_files_of_this_repository(name):
    urls = extension(name).split()
    assert urls
    for url in urls:
        assert url.startswith(RAW_FILES)
        assert (REPOSITORY / url.removeprefix(RAW_FILES)).is_file(), url


@pytest.mark.parametrize(("name", "size"), ICON_SIZES.items())
def test_every_icon_is_a_png_of_its_size(name: str, size: tuple[int, int]):
    data = (REPOSITORY / name).read_bytes()
    assert data.startswith(PNG_SIGNATURE)
    assert struct.unpack(">II", data[16:24]) == size


@pytest.mark.parametrize("name", [name for name, size in ICON_SIZES.items() if size[0] == size[1]])
def test_icons_are_transparent_so_that_they_fit_light_and_dark_styles(name: str):
    color_type = (REPOSITORY / name).read_bytes()[25]
    assert color_type == 6  # red, green, blue and alpha
