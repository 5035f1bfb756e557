"""What the engine at hand can create, for the lint while a preset is edited."""

from __future__ import annotations

from ElastixPlusLib.elastix.components import available_components
from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.errors import EngineNotFoundError

from .engine_choice import EngineSettings


def components_at_hand(settings: EngineSettings) -> frozenset[str] | None:
    """The class names that the engine which a run would take knows; None if there is no engine or it cannot be told.

    Takes up to a second the first time: call it in the background.
    """
    try:
        engine = find_engine(
            settings.own_path or "auto",
            bundled_folders=settings.bundled_folders,
            host_environment=settings.host_environment,
        )
    except EngineNotFoundError:
        return None
    return available_components(engine)
