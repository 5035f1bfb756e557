"""What the application and `slicer.util` answer.

The answers of the real application stand in ``Testing/bench/facts/behaviours.json``.
"""

from __future__ import annotations

import slicer

from .recording import probe

probe("tempDirectory")(lambda: slicer.util.tempDirectory().startswith(slicer.app.temporaryPath))
probe("settingsValue")(
    lambda: (
        slicer.util.settingsValue("parity/none", 3, converter=int),
        slicer.util.settingsValue("parity/none", True, converter=slicer.util.toBool),
    )
)
probe("mainWindow")(lambda: slicer.util.mainWindow())
probe("app props")(
    lambda: (
        type(slicer.app.temporaryPath).__name__,
        type(slicer.app.slicerHome).__name__,
        type(slicer.app.applicationVersion).__name__,
        slicer.app.majorVersion,
        slicer.app.applicationName,
    )
)
probe("app.layoutManager()")(lambda: type(slicer.app.layoutManager()).__name__)
probe("app.moduleManager()")(lambda: type(slicer.app.moduleManager()).__name__)
probe("app.ioManager()")(lambda: type(slicer.app.ioManager()).__name__)
probe("app.pythonConsole()")(lambda: type(slicer.app.pythonConsole()).__name__)
probe("app.mrmlScene() is")(lambda: slicer.app.mrmlScene() is slicer.mrmlScene)
probe("app.commandOptions().testingEnabled")(lambda: slicer.app.commandOptions().testingEnabled)
probe("app.testingEnabled()")(lambda: slicer.app.testingEnabled())
probe("slicer.modules type")(lambda: type(slicer.modules).__name__)
probe("tryWithErrorDisplay no error")(lambda: slicer.util.tryWithErrorDisplay("x").__enter__())
