"""The window that shows what a support file will hold, before it is written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib.steps import Steps, in_background

from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .named_texts import NamedTexts, make_window
from .run_text import error_text
from .support_lines import support_lines

if TYPE_CHECKING:
    from ElastixPlusLib.record.run_record import RunRecord
    from ElastixPlusLib.support.bundle import Bundle

    from .engine_choice import EngineSettings

WIDTH, HEIGHT = 860, 600
FILE_NAME = "elastixplus-support.zip"

Collect = Callable[[Sequence[str]], Steps["Bundle"]]
"""Collects what will be packed; gets further names to take out."""


def ask_for_support_file(parent: Any) -> str:
    """Let the user name a file to write; empty if the dialog is cancelled."""
    place = str(Path.home() / FILE_NAME)
    chosen = qt.QFileDialog.getSaveFileName(parent, _("Save support file"), place, _("Support files (*.zip)"))
    return str(chosen or "")


class SupportDialog:
    """One window for one run at a time; it stays open beside the panel.

    :param parent: the widget that the window belongs to; None for none.
    :param ask: lets the user name a file.
    """

    def __init__(self, parent: Any, ask: Callable[[Any], str] = ask_for_support_file) -> None:
        self.ask = ask
        self._bundle: Bundle | None = None
        self._collect: Collect | None = None
        self._names: tuple[str, ...] = ()
        self._work: BackgroundSteps[None, Any] | None = None
        self.window = make_window(parent, _("Support file"), (WIDTH, HEIGHT))
        self.hint_label, self.status_label, self.files = qt.QLabel(), qt.QLabel(), NamedTexts(wraps=True)
        self.save_button, self.close_button = qt.QPushButton(_("Save...")), qt.QPushButton(_("Close"))
        for label in (self.hint_label, self.status_label):
            label.textFormat = qt.Qt.PlainText
            label.wordWrap = True
        self.hint_label.text = _(
            "These texts will be packed, and nothing else: no voxels, no pictures. Names of nodes, files and people "
            "are replaced. Read them through before you send the file to somebody."
        )
        self.names_edit = qt.QLineEdit()
        self.names_edit.placeholderText = _(
            "Further words to take out, with commas between them, such as a patient's name"
        )
        self.names_edit.connect("editingFinished()", self.names_changed)
        self.save_button.connect("clicked(bool)", self.save)
        self.close_button.connect("clicked(bool)", self.close)
        buttons = qt.QHBoxLayout()
        buttons.addWidget(self.status_label, 1)
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.close_button)
        layout = self.window.layout()
        layout.addWidget(self.hint_label)
        layout.addWidget(self.names_edit)
        layout.addWidget(self.files.widget, 1)
        layout.addLayout(buttons)

    def open(self, collect: Collect) -> None:
        """Show what will be packed as soon as it is collected.

        :param collect: see :func:`support_steps`.
        """
        self._collect, self._names = collect, ()
        self.names_edit.text = ""
        self.collect()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def names_changed(self) -> None:
        """Collect once more, without the words that the user has named."""
        names = further_names(self.names_edit.text)
        if names != self._names:
            self._names = names
            self.collect()

    def collect(self) -> None:
        """Show what will be packed; what has been shown so far cannot be saved any more."""
        self.stop()
        self._bundle = None
        self.files.show(())
        self.save_button.enabled = False
        self.status_label.text = _("Collecting...")
        if self._collect is not None:
            self._start(self._collect(self._names), self._collected)

    def save(self, _is_checked: bool = False) -> None:
        """Write what is shown into a file that the user names."""
        try:
            path = self.ask(self.window)
            if path and self._bundle is not None:
                self.save_button.enabled = False
                self._start(writing_steps(self._bundle, Path(path)), self._saved)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._failed(error)

    def close(self, _is_checked: bool = False) -> None:
        """Close the window."""
        self.stop()
        self.window.close()

    def stop(self) -> None:
        """Collect, and write, no more."""
        work, self._work = self._work, None
        if work is not None:
            work.stop()

    def _start(self, steps: Generator[None, None, Any], on_done: Callable[[Any], None]) -> None:
        self._work = BackgroundSteps(steps, do_nothing, on_done, self._failed, do_nothing)
        self._work.start()

    def _collected(self, bundle: Bundle) -> None:
        self._work, self._bundle = None, bundle
        self.files.show([(one.name, one.text) for one in bundle.files])
        self.status_label.text = "\n".join(bundle.left_out)
        self.save_button.enabled = bool(bundle.files)

    def _saved(self, path: Path) -> None:
        self._work = None
        self.status_label.text = _("Saved as {path}").format(path=path)
        self.save_button.enabled = True

    def _failed(self, error: Exception) -> None:
        self._work = None
        self.status_label.text = error_text(error)
        self.save_button.enabled = self._bundle is not None


def further_names(text: str) -> tuple[str, ...]:
    """The words between commas; what has neither letter nor digit is none.

    >>> further_names("Anna Muster, 4711, ,-")
    ('Anna Muster', '4711')
    """
    words = (word.strip() for word in text.split(","))
    return tuple(word for word in words if any(map(str.isalnum, word)))


def support_steps(
    record: RunRecord | Path,
    folder: Path | None,
    engine: str,
    settings: EngineSettings,
    names: Sequence[str] = (),
) -> Steps[Bundle]:
    """Collect what a support file holds, in a thread.

    :param record: of the run, or the folder of a run that failed, which holds it.
    :param folder: of the run, if it was kept.
    :param engine: what the library takes.
    :param names: further words to take out.
    :raises RecordError: there is no record in the folder.
    """
    return (yield from in_background(lambda: collected(record, folder, engine, settings, names)))


def collected(
    record: RunRecord | Path,
    folder: Path | None,
    engine: str,
    settings: EngineSettings,
    names: Sequence[str] = (),
) -> Bundle:
    """What a support file holds; see :func:`support_steps`."""
    from ElastixPlusLib.record.record_file import read_record
    from ElastixPlusLib.support.bundle import collect_bundle

    if isinstance(record, Path):
        folder, record = record, read_record(record)
    if folder is not None and not folder.is_dir():  # the user, or the system, has cleared it away
        folder = None
    return collect_bundle(record, folder, support_lines(engine, settings), names)


def writing_steps(bundle: Bundle, path: Path) -> Steps[Path]:
    """Write a support file, in a thread.

    :raises ResultWriteError: it cannot be written.
    """
    yield from in_background(lambda: write(bundle, path))
    return path


def write(bundle: Bundle, path: Path) -> None:
    """Write a support file.

    :raises ResultWriteError: it cannot be written.
    """
    from ElastixPlusLib.support.bundle import write_bundle

    write_bundle(bundle.files, path, bundle.names)
