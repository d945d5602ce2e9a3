"""A circuit breaker (Nygard, Release It!, 2007): a server that is down is left alone, and tried now and then."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_LOOK = 0.1  # seconds between two looks of a caller who waits


@dataclass
class Circuit:
    """Knows whether a server responds; threads and runs may share one.

    After `give_up_after` failed calls in a row the server counts as *down*: nobody calls it, but for one call every
    `probe_every` seconds, and any sign of life ends that. Callers wait for it as long as `patience` says, counted from
    the failure that brought it down::

        up --give_up_after failures--> down --every probe_every seconds, one call--> life: up; another failure: down

    Args:
        give_up_after: Failed calls in a row.
        patience: Seconds that callers wait for a server that is down.
        probe_every: Seconds between two calls that try whether it is up again.
    """

    give_up_after: int
    patience: float
    probe_every: float
    _down: str | None = None
    _row: int = 0
    _since: float = 0.0
    _probe_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def refusal(self) -> str | None:
        """Why a caller is sent away; None where he may call, or might after waiting."""
        with self._lock:
            return None if self._down is None or self._is_probe_due() or self._is_awaited() else self._down

    @property
    def awaited(self) -> bool:
        """Whether the server is down and still waited for."""
        with self._lock:
            return self._down is not None and self._is_awaited()

    def enter(self, sleep: Callable[[float], None], stopped: Callable[[], object]) -> bool:
        """Wait until a call may be made.

        Args:
            sleep: Waits for some seconds, or less.
            stopped: True when it is of no use to wait any longer.

        Returns:
            Whether the call may be made.
        """
        while not stopped():
            with self._lock:
                if self._down is None:
                    return True
                if self._is_probe_due():
                    self._probe_at = time.monotonic() + self.probe_every
                    return True
                if not self._is_awaited():
                    return False
            sleep(_LOOK)
        return False

    def book(self, failure: str | None) -> None:
        """Book how a call went.

        Args:
            failure: What went wrong with the server; None where it gave any sign of life.
        """
        now = time.monotonic()
        with self._lock:
            if failure is None:
                self._down, self._row = None, 0
                return
            self._row += 1
            if self._row < self.give_up_after:
                return
            if self._down is None:
                self._since = now
            self._down = f"{self._row} calls in a row failed, the last one: {failure}"
            self._probe_at = now + self.probe_every

    def _is_probe_due(self) -> bool:
        return time.monotonic() >= self._probe_at

    def _is_awaited(self) -> bool:
        return time.monotonic() < self._since + self.patience
