"""How near a unit is to another label, by the rule that decides labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.bundle import Decision
from service.scorer import Probabilities

_LEAST = 1e-9


def uncertainty(probabilities: Probabilities, labels: Sequence[str], decision: Decision) -> Probabilities:
    """Return a number from 0 to 1 a row of ``probabilities`` (texts, labels): 1 on the border between two labels, falling with the distance to it.

    Margin sampling (Scheffer, Decomain and Wrobel 2001), with the margin taken where ``service.scorer.decide`` changes its mind: for a label with a
    floor the distance of its log odds from the floor's, for labels without one the difference of their log probabilities. So a label of
    0.34 is uncertain where the floor is 0.35, and one of 0.5 is not.
    """
    p = np.clip(np.asarray(probabilities, dtype=np.float64), _LEAST, 1 - _LEAST)
    floored = [i for i, label in enumerate(labels) if label in decision.floors]
    free = np.sort(np.log(p[:, [i for i in range(len(labels)) if i not in floored]]), axis=1)[:, ::-1]
    rivals = [free[:, i] - free[:, 0] for i in range(min(2, free.shape[1]))]
    for i in floored:
        floor = decision.floors[labels[i]]
        rivals.append(np.log(p[:, i] / (1 - p[:, i])) - np.log(floor / (1 - floor)))
    ranked = np.sort(np.column_stack(rivals), axis=1)
    return np.asarray(np.exp(ranked[:, -2] - ranked[:, -1]))
