"""What is known of a run besides its log, so that a remedy does not name what was not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import ElastixPlusError, Fix
from .console_log import ConsoleLog
from .parameter_file import ParameterFile
from .workspace import Workspace

_MOVING_MASK = re.compile(r"(?m)^-mMask\d*\s+(.*)$")


@dataclass(frozen=True)
class RunCircumstances:
    """Facts of a run; None where they are not known.

    :param is_wheel: it was the engine in the itk-elastix wheel.
    :param has_moving_mask: there was a moving mask.
    :param erodes_masks: the stage that failed takes the edges of masks away.
    """

    is_wheel: bool | None = None
    has_moving_mask: bool | None = None
    erodes_masks: bool | None = None

    @property
    def words(self) -> Mapping[str, str]:
        """The words in the sentences of known failures that depend on the run."""
        has_mask, erodes = self.has_moving_mask, self.erodes_masks
        return {
            "such_as_engine": "such as an elastix executable" if self.is_wheel else "such as itk-elastix",
            "or_mask": {None: ", or inside its mask", True: " and inside its mask", False: ""}[has_mask],
            "or_drop_mask": {
                None: ", or leave out the moving mask if there is one",
                True: ", or leave out the moving mask",
                False: "",
            }[has_mask],
            "or_eroded": "" if erodes is False else ", was eroded away",
            "and_keep_edge": (
                "" if erodes is False else ", and declare its edge a region of interest so that it is not eroded"
            ),
        }

    def allows(self, fix: Fix) -> bool:
        """Whether a fix would change anything about this run."""
        if fix.changes.get("engine") == "itk" and self.is_wheel:
            return False
        return not ("mask_edge" in fix.changes and self.erodes_masks is False)


def circumstances_of(log: ConsoleLog, folder: Path | None = None) -> RunCircumstances:
    """Find out from the log, and from the files of the run, what the circumstances were.

    :param folder: the run folder, if it is still there; see :class:`.workspace.Workspace` for its files.
    """
    named = _MOVING_MASK.findall(log.text)
    has_mask = None if not named else "unspecified" not in " ".join(named)
    if folder is None:
        return RunCircumstances(log.is_wheel, has_mask)
    files = Workspace(folder, keep=True)
    parameters = files.parameter_file(log.stage - 1)
    if has_mask is None and parameters.is_file():
        has_mask = files.moving_mask.is_file()
    return RunCircumstances(log.is_wheel, has_mask, _erodes_masks(parameters))


def _erodes_masks(path: Path) -> bool | None:
    """Whether a parameter file lets elastix erode masks, which it does unless it is told not to."""
    try:
        parameters = ParameterFile.read(path)
    except ElastixPlusError:
        return None
    names = ("ErodeMask", "ErodeFixedMask", "ErodeMovingMask")
    given = [value for name in names for value in parameters.get(name) or ()]
    return "true" in given or "ErodeMask" not in parameters
