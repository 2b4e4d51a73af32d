"""A client that costs little beside what it measures: raw HTTP/1.1 over kept connections, closed loop or at a given rate."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What a load brought: seconds of each answer by status, faults of connections, and how long it all took."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    wall: float = 0.0

    def rate(self, status: int = 200) -> float:
        return len(self.seconds.get(status, ())) / self.wall if self.wall else 0.0

    def percentile(self, share: float, status: int = 200) -> float:
        """Return the percentile in milliseconds; NaN without answers."""
        ordered = sorted(self.seconds.get(status, ()))
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] * 1000 if ordered else math.nan

    def counts(self) -> dict[str, int]:
        return {**{str(status): len(times) for status, times in sorted(self.seconds.items())}, **self.faults}


def requests(path: str, bodies: Sequence[object], host: str = "localhost") -> list[bytes]:
    """Return ready-made POST requests."""
    made = []
    for body in bodies:
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        made.append(head.encode() + content)
    return made


async def closed_loop(port: int, made: Sequence[bytes], connections: int, seconds: float) -> Outcome:
    """Keep ``connections`` requests in flight for ``seconds``."""
    outcome = Outcome()
    end = time.perf_counter() + seconds
    turn = itertools.cycle(made)
    started = time.perf_counter()
    await asyncio.gather(*(_ask_until(port, turn, end, outcome) for _ in range(connections)))
    outcome.wall = time.perf_counter() - started
    return outcome


async def open_loop(port: int, made: Sequence[bytes], rate: float, seconds: float, connections: int) -> Outcome:
    """Send ``rate`` requests a second, whatever comes back; a request's time begins when it was due (no coordinated omission)."""
    outcome = Outcome()
    due: asyncio.Queue[float | None] = asyncio.Queue()
    turn = itertools.cycle(made)
    started = time.perf_counter()
    workers = [asyncio.create_task(_ask_when_due(port, turn, due, outcome)) for _ in range(connections)]
    for number in range(int(rate * seconds)):
        when = started + number / rate
        if (wait := when - time.perf_counter()) > 0.001:
            await asyncio.sleep(wait)
        due.put_nowait(when)
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    outcome.wall = time.perf_counter() - started
    return outcome


async def _ask_until(port: int, turn: Iterator[bytes], end: float, outcome: Outcome) -> None:
    while time.perf_counter() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while time.perf_counter() < end:
                await _ask(reader, writer, next(turn), time.perf_counter(), outcome)
            writer.close()
        except (OSError, asyncio.IncompleteReadError) as error:
            outcome.faults[type(error).__name__] += 1


async def _ask_when_due(port: int, turn: Iterator[bytes], due: asyncio.Queue[float | None], outcome: Outcome) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (when := await due.get()) is not None:
        try:
            await _ask(reader, writer, next(turn), when, outcome)
        except (OSError, asyncio.IncompleteReadError) as error:
            outcome.faults[type(error).__name__] += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, since: float, outcome: Outcome) -> None:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    outcome.seconds.setdefault(int(head[9:12]), []).append(time.perf_counter() - since)
