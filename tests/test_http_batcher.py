"""The queue before the model: fair, bounded, and a fault stays with the request that brought it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

import numpy as np
import numpy.typing as npt
import pytest

from service.http.batcher import Batcher, Ran
from service.http.errors import ApiError
from service.scorer import Encoded


class Model:
    """Answers a row by its first token id, after ``go``; refuses batches that hold the id 666. Remembers what it saw."""

    def __init__(self) -> None:
        self.go = Event()
        self.begun = Event()
        self.seen: list[list[int]] = []

    def __call__(self, rows: Sequence[Encoded]) -> npt.NDArray[np.float32]:
        self.begun.set()
        assert self.go.wait(10)
        self.seen.append([row.ids[0] for row in rows])
        if any(row.ids[0] == 666 for row in rows):
            raise RuntimeError("no")
        return np.array([[row.ids[0]] for row in rows], dtype=np.float32)


@pytest.fixture
def model() -> Model:
    return Model()


def row(number: int, width: int = 8) -> Encoded:
    return Encoded((number,), width, False)


def busy(model: Model, *, budget: int = 32, most: int = 1_000) -> tuple[Batcher, list[Ran]]:
    """A batcher whose model is held up by row 0, so that what is queued next meets in the queue."""
    runs: list[Ran] = []
    batcher = Batcher(model, budget=budget, most=most, seconds=10, watch=runs.append)
    batcher.submit([row(0)])
    assert model.begun.wait(10)
    return batcher, runs


def test_rows_of_several_requests_share_a_run_and_go_back_to_whom_they_belong(model: Model) -> None:
    batcher, runs = busy(model)
    first, second = batcher.submit([row(1), row(2)]), batcher.submit([row(3)])
    model.go.set()
    assert [r.tolist() for r in first.result(10)] == [[1], [2]]
    assert [r.tolist() for r in second.result(10)] == [[3]]
    batcher.close()
    assert sorted(model.seen[1]) == [1, 2, 3]
    assert [(run.rows, run.tokens) for run in runs] == [(1, 8), (3, 24)]


def test_a_run_holds_one_width_and_no_more_than_the_budget(model: Model) -> None:
    batcher, runs = busy(model, budget=32)
    futures = [batcher.submit([row(i, 16) for i in range(5)]), batcher.submit([row(9, 64)])]
    model.go.set()
    assert [len(f.result(10)) for f in futures] == [5, 1]
    batcher.close()
    assert sorted((run.rows, run.tokens) for run in runs[1:]) == [(1, 16), (1, 64), (2, 32), (2, 32)]


def test_a_lone_sentence_goes_before_the_rest_of_a_long_article(model: Model) -> None:
    batcher, _ = busy(model, budget=8)
    article = batcher.submit([row(i) for i in range(1, 21)])
    lone = batcher.submit([row(100)])
    model.go.set()
    assert len(article.result(10)) == 20
    lone.result(10)
    batcher.close()
    assert [100] in model.seen[1:4]


def test_a_full_queue_refuses_and_says_when_to_come_again(model: Model) -> None:
    batcher, _ = busy(model, most=80)
    taken = batcher.submit([row(i) for i in range(10)])
    with pytest.raises(ApiError) as refused:
        batcher.submit([row(11)])
    assert refused.value.status == 429
    assert int(refused.value.headers["retry-after"]) >= 1
    model.go.set()
    assert len(taken.result(10)) == 10
    batcher.close()


def test_a_slow_model_is_given_a_shorter_queue(model: Model) -> None:
    batcher = Batcher(model, budget=32, most=1_000_000, seconds=0.001, watch=lambda run: None)
    batcher.submit([row(0)])
    assert model.begun.wait(10)
    batcher.submit([row(i) for i in range(10)])
    with pytest.raises(ApiError) as refused:
        batcher.submit([row(11)])
    assert refused.value.status == 429
    model.go.set()
    batcher.close()


def test_a_fault_stays_with_the_request_that_brought_it(model: Model) -> None:
    batcher, _ = busy(model)
    good, bad = batcher.submit([row(1)]), batcher.submit([row(666)])
    model.go.set()
    assert [r.tolist() for r in good.result(10)] == [[1]]
    assert isinstance(bad.exception(10), RuntimeError)
    batcher.close()


def test_what_a_request_no_longer_waits_for_is_not_run(model: Model) -> None:
    batcher, _ = busy(model)
    gone, here = batcher.submit([row(7)]), batcher.submit([row(8)])
    assert batcher.tokens == 16
    assert gone.cancel()
    assert batcher.tokens == 8
    model.go.set()
    here.result(10)
    batcher.close()
    assert model.seen == [[0], [8]]


def test_closing_finishes_what_is_queued_and_takes_no_more(model: Model) -> None:
    batcher, _ = busy(model)
    queued = batcher.submit([row(1)])
    model.go.set()
    batcher.close()
    assert queued.done()
    with pytest.raises(ApiError) as refused:
        batcher.submit([row(2)])
    assert refused.value.status == 503
