"""Admission: how many requests and how many bytes of them are in hand at once. What is over is refused before it takes memory."""

from __future__ import annotations

from types import TracebackType

from service.http.errors import overloaded


class Gate:
    """Counts what is in hand. Lives on the event loop, so that no lock is needed."""

    def __init__(self, requests: int, size: int) -> None:
        self._most_requests = requests
        self._most_bytes = size
        self.requests = 0
        self.bytes = 0

    def enter(self) -> Ticket:
        """Return a ticket, to be used as a context; raise ApiError 429 when as many requests are in hand as may be."""
        if self.requests >= self._most_requests:
            raise overloaded(f"{self.requests:,} requests are in hand, as many as the service takes on", "service", 1)
        return Ticket(self)

    def fits(self, more: int) -> bool:
        """Whether ``more`` bytes can be held beside those in hand; one request always fits an empty service."""
        return self.bytes == 0 or self.bytes + more <= self._most_bytes


class Ticket:
    """One request's claim on the gate, given back on exit."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._held = 0

    def hold(self, size: int) -> None:
        """Claim ``size`` bytes in all; raise ApiError 429 when they do not fit beside those of other requests."""
        more = size - self._held
        if more <= 0:
            return
        if not (self._gate.fits(more) or self._gate.bytes == self._held):
            raise overloaded(f"bodies of {self._gate.bytes:,} bytes are in hand, as many as the service takes on", "service", 1)
        self._gate.bytes += more
        self._held = size

    def __enter__(self) -> Ticket:
        self._gate.requests += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._gate.requests -= 1
        self._gate.bytes -= self._held
