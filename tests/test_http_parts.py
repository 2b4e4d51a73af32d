"""Settings from the environment, the drift signal, and the gate: what an operator relies on without a server."""

from __future__ import annotations

import pytest

from labels.errors import InputError
from service.http.drift import Drift
from service.http.errors import ApiError
from service.http.gate import Gate
from service.settings import Settings, read_settings


def test_without_variables_the_settings_are_the_defaults() -> None:
    assert read_settings({}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("STANCEWIRE_SECONDS", "0", "at least 1"),
        ("STANCEWIRE_MAX_BODY_BYTES", "4MB", "at least 1"),
        ("STANCEWIRE_QUEUE_TOKENS", "²", "at least 1"),
        ("STANCEWIRE_LOG_TEXTS", "yes", "expected 0 or 1"),
        ("STANCEWIRE_API_KEYS", ",", "holds no key"),
    ],
)
def test_a_setting_that_does_not_hold_is_named(name: str, value: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        read_settings({name: value})
    assert name in str(refused.value)


def test_keys_are_shown_neither_in_errors_nor_in_the_settings() -> None:
    with pytest.raises(InputError) as refused:
        read_settings({"STANCEWIRE_API_KEYS": "short-secret,another-secret-of-length"})
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(read_settings({"STANCEWIRE_API_KEYS": "another-secret-of-length"}))


def test_drift_stays_low_on_the_reference_and_rises_when_labels_shift() -> None:
    drift = Drift({"neutral": 0.9, "critical": 0.1})
    for _ in range(100):
        drift.add({"neutral": 90, "critical": 10})
    assert drift.index() == pytest.approx(0, abs=0.01)
    for _ in range(100):
        drift.add({"neutral": 50, "critical": 50})
    shifted = drift.index()
    assert shifted is not None
    assert shifted > 0.25


def test_drift_without_a_reference_takes_the_first_it_sees_and_says_nothing_before() -> None:
    drift = Drift(None)
    drift.add({"16": 1_000})
    assert drift.index() is None
    drift.add({"16": 1_000})
    assert drift.index() == pytest.approx(0, abs=0.01)


def test_bodies_together_hold_no_more_than_may_be_but_one_always_fits() -> None:
    gate = Gate(requests=10, size=100)
    with gate.enter() as first:
        first.hold(150)
        with gate.enter() as second, pytest.raises(ApiError) as refused:
            second.hold(1)
        assert refused.value.status == 429
    with gate.enter() as third:
        third.hold(100)
    assert (gate.requests, gate.bytes) == (0, 0)


def test_requests_past_the_most_are_refused() -> None:
    gate = Gate(requests=1, size=100)
    with gate.enter(), pytest.raises(ApiError) as refused:
        gate.enter()
    assert refused.value.headers["retry-after"] == "1"
