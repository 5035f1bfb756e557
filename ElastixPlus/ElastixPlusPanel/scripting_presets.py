"""Presets with the methods that scripts for SlicerElastix call."""

from __future__ import annotations

from dataclasses import dataclass

from ElastixPlusLib.presets import Preset, list_presets


@dataclass(frozen=True)
class ScriptingPreset:
    """A preset as ``getRegistrationPresets()`` returns it.

    :param preset: the preset itself.
    """

    preset: Preset

    def getID(self) -> str:
        """What ``registerVolumes(preset=...)`` takes."""
        return self.preset.id

    def getModality(self) -> str:
        """What it was made for."""
        return ", ".join(self.preset.modality)

    def getContent(self) -> str:
        """The anatomy that it was made for."""
        return ", ".join(self.preset.anatomy)

    def getDescription(self) -> str:
        """One sentence that says what it does."""
        return self.preset.summary

    def getPublications(self) -> str:
        """What to cite."""
        return self.preset.citation + (f" doi:{self.preset.doi}" if self.preset.doi else "")

    def getParameterFiles(self) -> list[str]:
        """The paths of its parameter files, one per stage."""
        return [str(path) for path in self.preset.parameter_paths]


def scripting_presets() -> list[ScriptingPreset]:
    """All presets, the generic one first: scripts take the first one as the default."""
    presets = sorted(list_presets(), key=lambda preset: (preset.id != "generic", preset.id))
    return [ScriptingPreset(preset) for preset in presets]
