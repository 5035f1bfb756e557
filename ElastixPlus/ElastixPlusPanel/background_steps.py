"""Take the steps of long work while the application stays usable: a timer takes one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

import qt

READER_SECONDS = 0.002  # for the thread that works or reads meanwhile
WAITING_MS = 25  # between two looks at what others have done
WORK_SECONDS = 0.005  # a step that takes longer was work, not a look

News = TypeVar("News")
Answer = TypeVar("Answer")


class BackgroundSteps(Generic[News, Answer]):
    """Work that goes on while the user does something else.

    Exactly one of ``on_done`` and ``on_error`` is called, once; neither after :meth:`stop`.

    :param steps: each ``next`` does a little of the work; None means that there is no news. Closed at the end.
    :param on_news: gets everything else that the steps yield.
    :param on_done: gets what the steps return.
    :param on_error: gets the error; any exception, so that nothing is lost.
    :param require: is called before every step and raises if the work makes no sense any more.
    """

    def __init__(
        self,
        steps: Generator[News | None, None, Answer],
        on_news: Callable[[News], None],
        on_done: Callable[[Answer], None],
        on_error: Callable[[Exception], None],
        require: Callable[[], None],
    ) -> None:
        self._steps = steps
        self._on_news, self._on_done, self._on_error, self._require = on_news, on_done, on_error, require
        self._timer = qt.QTimer()
        self._timer.interval = WAITING_MS
        self._timer.connect("timeout()", self._tick)
        self.is_running = False

    def start(self) -> None:
        """Begin; the first step is taken when the application has time."""
        self.is_running = True
        self._timer.start()

    def stop(self) -> bool:
        """Take no more steps, and say whether there was anything to stop."""
        was_running = self.is_running
        if was_running:
            self._end()
        return was_running

    def _tick(self) -> None:
        """Take one step. A slot: whatever goes wrong here has to reach the user from here."""
        if not self.is_running:
            return
        time.sleep(READER_SECONDS)  # the application's event loop holds Python's lock: let other threads have it
        began = time.perf_counter()
        try:
            self._require()
            while (news := next(self._steps)) is not None:
                self._on_news(news)
                if not self.is_running:  # whoever was told has stopped the work
                    return
        except StopIteration as end:
            self._end()
            self._on_done(end.value)
        except Exception as error:  # a defect, too, has to end the work and be shown
            self._end()
            self._on_error(error)
        else:
            # While there is work, the next step follows as soon as the application has answered what was waiting.
            self._timer.interval = 0 if time.perf_counter() - began > WORK_SECONDS else WAITING_MS
        finally:
            if not self.is_running:
                self._steps.close()

    def _end(self) -> None:
        self.is_running = False
        self._timer.stop()
        self._timer.disconnect("timeout()", self._tick)  # or the timer would keep the work, and the work its volumes
        if not self._steps.gi_running:  # else it was stopped from inside a step, and is closed when that returns
            self._steps.close()
