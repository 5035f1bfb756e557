"""The library keeps to the rules of the house, and the checker of these rules finds what breaks them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from architecture.rules import MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION, PACKAGE, violations_of

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY_PARENT = REPOSITORY / "ElastixPlus"
LIBRARY_FILES = sorted((LIBRARY_PARENT / PACKAGE).rglob("*.py"))
TEST_FILES = sorted((REPOSITORY / "Testing").rglob("*.py"))
HEAVY_MODULES = {"vtk", "vtkmodules", "slicer", "itk", "rich"}


@pytest.mark.parametrize("path", LIBRARY_FILES, ids=lambda path: path.relative_to(LIBRARY_PARENT).as_posix())
def test_every_file_of_the_library_keeps_the_rules(path: Path):
    relative = PurePosixPath(path.relative_to(LIBRARY_PARENT).as_posix())
    assert violations_of(relative, path.read_text(encoding="utf-8")) == []


def test_no_test_file_is_longer_than_a_file_of_the_library_may_be():
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in TEST_FILES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE} == {}


def test_importing_the_library_loads_nothing_heavy():
    script = f"import sys, {PACKAGE}; assert {PACKAGE}.__file__; print(*sorted({HEAVY_MODULES} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=LIBRARY_PARENT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * MOST_LINES_OF_A_FUNCTION

BAD_SOURCES = [
    ("elastix/a.py", "import vtk", "elastix may not import vtk"),
    ("elastix/a.py", "def f():\n    import itk", "elastix may not import itk"),
    ("elastix/a.py", "import scipy.ndimage", "elastix may not import scipy"),
    ("elastix/a.py", "from ..mrml import volumes", "wrong arrow: elastix -> mrml"),
    ("elastix/__init__.py", "from ..mrml.volumes import read", "wrong arrow: elastix -> mrml"),
    ("elastix/a.py", "from ElastixPlusLib import presets", "wrong arrow: elastix -> presets"),
    (
        "elastix/a.py",
        "import importlib\nimportlib.import_module('ElastixPlusLib.mrml')",
        "wrong arrow: elastix -> mrml",
    ),
    ("errors.py", "from . import elastix", "wrong arrow: errors -> elastix"),
    ("errors.py", "import numpy", "errors may not import numpy"),
    ("mrml/a.py", "from ..registration import register", "wrong arrow: mrml -> registration"),
    ("mrml/a.py", "from ..guidance.pairs import pair", "wrong arrow: mrml -> guidance"),
    ("accuracy/a.py", "from ElastixPlusLib import register", "wrong arrow: accuracy -> ElastixPlusLib"),
    ("request.py", "from ElastixPlusLib import register", "wrong arrow: registration -> ElastixPlusLib"),
    ("mrml/a.py", "from ..request import RegistrationRequest", "wrong arrow: mrml -> registration"),
    ("registration.py", "from .cli import main", "wrong arrow: registration -> cli"),
    ("terminal/a.py", "from ..cli import main", "wrong arrow: terminal -> cli"),
    ("registration.py", "from .terminal import progress_line", "wrong arrow: registration -> terminal"),
    ("registration.py", "import rich", "registration may not import rich"),
    ("registration.py", "import matplotlib.pyplot as plt", "registration may not import matplotlib"),
    ("__init__.py", "import vtk", "ElastixPlusLib may not import vtk"),
    ("mrml/a.py", "import qt", "mrml may not import qt"),
    ("mrml/a.py", "import ctk", "mrml may not import ctk"),
    ("mrml/a.py", "import slicer\nslicer.app.processEvents()", "slicer.app exists only inside the application"),
    ("mrml/a.py", "import slicer\nscene = slicer.mrmlScene", "slicer.mrmlScene exists only inside the application"),
    ("mrml/a.py", "import slicer as s\ns.modules.elastix", "slicer.modules exists only inside the application"),
    ("mrml/a.py", "import slicer\ngetattr(slicer, 'util')", "slicer.util exists only inside the application"),
    ("mrml/a.py", "import slicer.util", "slicer.util exists only inside the application"),
    ("mrml/a.py", "from slicer import mrmlScene", "slicer.mrmlScene exists only inside the application"),
    ("presets/a.py", "import pickle", "import of pickle: unsafe to read"),
    ("presets/a.py", "from urllib import request", "import of urllib.request: no network at run time"),
    ("elastix/a.py", "import subprocess\nsubprocess.run('elastix', shell=True)", "a child process through a shell"),
    ("elastix/a.py", "import os\nos.system('elastix')", "call of os.system"),
    ("elastix/a.py", "eval('1')", "call of eval"),
    ("elastix/a.py", "try:\n    pass\nexcept:\n    pass", "bare except"),
    ("elastix/a.py", "print(1)", "print in the library"),
    ("registration.py", "print(1)", "print in the library"),
    ("elastix/utils.py", "", "a name with 'utils'"),
    ("mrml/volume_helpers.py", "", "a name with 'helpers'"),
    ("manager/a.py", "", "a name with 'manager'"),
    ("tools.py", "", "tools.py is in no room of the house"),
    ("elastix/a.py", LONG_FUNCTION, "f has 41 lines"),
    ("elastix/a.py", "class A:\n" + LONG_FUNCTION.replace("def", "    def").replace("    x", "        x"), "f has 41"),
    ("elastix/a.py", "x = 1\n" * 401, "401 lines, more than 400"),
]

GOOD_SOURCES = [
    ("errors.py", "from pathlib import Path"),
    ("elastix/a.py", "from ..errors import InputError\nfrom .b import c\nimport numpy as np\nimport subprocess"),
    ("elastix/__init__.py", "from .command import argv"),
    ("elastix/itk_engine.py", "import itk\nprint('elastix version: 5.3')"),
    ("mrml/a.py", "import slicer\nimport vtk\nfrom ..elastix.transform_file import read\nslicer.vtkMRMLScene()"),
    ("mrml/a.py", "class A:\n    pass\nA().app.modules"),
    ("registration.py", "from .guidance import pairs\nfrom .mrml.volumes import read\nfrom .elastix import command"),
    ("preflight.py", "from .request import RegistrationRequest\nfrom .checking.preparation import check_steps"),
    ("checking/preparation.py", "from ..request import RegistrationRequest\nfrom ..mrml import volumes"),
    ("__init__.py", "from .registration import register"),
    ("cli.py", "import rich\nfrom ElastixPlusLib import register\nfrom .elastix.engine import find\nprint(1)"),
    ("cli_doctor.py", "import rich\nfrom .cli import main"),
    ("terminal/a.py", "import rich\nfrom ..registration import register\nprint(1)"),
    ("__main__.py", "from .cli import main\nmain()"),
    ("presets/a.py", "from urllib.parse import quote"),
    ("elastix/a.py", "import subprocess\nsubprocess.run(['elastix'], shell=False)\nre.compile('eval(')"),
    ("elastix/a.py", "def f():\n    '''Long.\n" + "    more\n" * 60 + "    '''\n" + "    x = 1\n" * 39),
]


@pytest.mark.parametrize(("path", "source", "what"), BAD_SOURCES, ids=[f"{p}: {w}" for p, _, w in BAD_SOURCES])
def test_the_checker_finds_what_breaks_a_rule(path: str, source: str, what: str):
    found = violations_of(PurePosixPath(PACKAGE, path), source)
    assert len([violation for violation in found if what in violation]) == 1, found


@pytest.mark.parametrize(("path", "source"), GOOD_SOURCES, ids=[f"{p} {i}" for i, (p, _) in enumerate(GOOD_SOURCES)])
def test_the_checker_lets_pass_what_keeps_the_rules(path: str, source: str):
    assert violations_of(PurePosixPath(PACKAGE, path), source) == []
