"""ElastixPlus: elastix registration of MRML volumes, guided by landmarks and masks together with the images.

Example, the same in 3D Slicer's Python console and headless::

    from ElastixPlusLib import RegistrationRequest, register
    result = register(RegistrationRequest(fixed=fixed_volume, moving=moving_volume))
    result.transform

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .errors import ElastixPlusError, RegistrationCancelled
    from .evaluation.evaluation import Evaluation, evaluate
    from .evaluation.evaluation_request import EvaluationRequest
    from .preflight import Preflight
    from .registration import RegistrationJob, register
    from .request import RegistrationRequest
    from .result import RegistrationResult

_HOMES = {
    "ElastixPlusError": ".errors",
    "Evaluation": ".evaluation.evaluation",
    "EvaluationRequest": ".evaluation.evaluation_request",
    "Preflight": ".preflight",
    "RegistrationCancelled": ".errors",
    "RegistrationJob": ".registration",
    "RegistrationRequest": ".request",
    "RegistrationResult": ".result",
    "evaluate": ".evaluation.evaluation",
    "register": ".registration",
}

__all__ = [
    "ElastixPlusError",
    "Evaluation",
    "EvaluationRequest",
    "Preflight",
    "RegistrationCancelled",
    "RegistrationJob",
    "RegistrationRequest",
    "RegistrationResult",
    "__version__",
    "evaluate",
    "register",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
