"""The BentoML service: process control, /livez, /readyz and tracing around the one application that clients see."""

from __future__ import annotations

import bentoml

from service.http.app import Application
from service.registry.choose import choose
from service.scorer import load_scorer
from service.settings import read_settings

# Read at import, because the decorators below need it; `stancewire serve` checks the same variables first and says what is wrong.
SETTINGS = read_settings()
APPLICATION = Application(SETTINGS, lambda: choose(SETTINGS.bundle, {"BENTOML_HOME": str(SETTINGS.home.path)}), lambda path: load_scorer(path, threads=SETTINGS.threads))

# BentoML's own limit of time only guards against a fault of ours. Its metrics keep a series for each address that anyone asks, and its access log
# would say everything twice.
_TRAFFIC = {"timeout": SETTINGS.seconds + 15}
_METRICS = {"enabled": False}
_LOGGING = {"access": {"enabled": False}}


@bentoml.asgi_app(APPLICATION.starlette())
@bentoml.service(name="stancewire", workers=1, traffic=_TRAFFIC, metrics=_METRICS, logging=_LOGGING)
class StanceService:
    """Stance of news sentences toward the codebook's target."""

    async def __is_ready__(self) -> bool:
        """Answer /readyz: whether the model has answered its warm-up and the service is not about to stop."""
        return APPLICATION.engine.ready
