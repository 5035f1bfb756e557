"""What ctest runs in a real Slicer: the module's own test, from the build tree in which the files lie as installed.

``slicer.testing.runUnitTest`` loads every test case that it finds here by name, so importing the class is enough.
"""

from __future__ import annotations

import unittest
from pathlib import Path

import slicer

import ElastixPlus
from ElastixPlus import ElastixPlusTest
from ElastixPlusLib.presets import list_presets

__all__ = ["ElastixPlusTest", "InstalledFilesTest"]


class InstalledFilesTest(unittest.TestCase):
    """The files that CMake copied are where the module looks for them."""

    def test_the_application_has_loaded_the_module(self) -> None:
        """Without its path on the command line Slicer would not know the module, and its own test would mean little."""
        self.assertTrue(hasattr(slicer.modules, "elastixplus"))

    def test_the_presets_lie_beside_the_library(self) -> None:
        """The preset library finds every preset with all its parameter files."""
        self.assertIn("generic", [preset.id for preset in list_presets()])

    def test_the_form_and_the_icons_lie_beside_the_module(self) -> None:
        """The module asks for them by these paths."""
        resources = Path(ElastixPlus.__file__).parent / "Resources"
        for name in ("UI/ElastixPlus.ui", "Icons/ElastixPlus.png", "Icons/phantom_pair.png"):
            self.assertTrue((resources / name).is_file(), name)
