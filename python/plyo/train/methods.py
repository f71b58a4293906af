"""Which method learns which task."""

from __future__ import annotations

from enum import Enum

import numpy as np

from plyo._registry.specs import EnvSpec
from plyo.spaces import Box
from plyo.train.python_tasks import is_native, spaces_of
from plyo.train.tabular import learns_by_table


class Method(str, Enum):
    """A method of learning, by the name that ``plyo train --algo`` has for it."""

    CEM = "cem"
    ARS = "ars"
    PPO = "ppo"
    Q_LEARNING = "q-learning"

    @property
    def cited(self) -> str:
        """The method in words, with its source."""
        return _CITED[self]


_CITED = {
    Method.CEM: "cross-entropy method (Rubinstein 1999; Szita & Lőrincz 2006)",
    Method.ARS: "augmented random search V2 (Mania, Guy & Recht 2018)",
    Method.PPO: "proximal policy optimisation (Schulman et al. 2017)",
    Method.Q_LEARNING: "Q-learning (Watkins 1989)",
}


def choose_method(spec: EnvSpec) -> Method:
    """The method that suits a task, by its spaces.

    Q-learning where observations are integers. Augmented random search where observations are vectors of float64
    numbers and actions are vectors, as in MuJoCo's tasks: episodes there are long and costly, and the search needs
    fewer of them. Else the cross-entropy method.

    Of tasks in Python, the cross-entropy method for all. Proximal policy optimisation needs torch, so it is never the
    choice.
    """
    if not is_native(spec):
        return Method.CEM
    if learns_by_table(spec):
        return Method.Q_LEARNING
    observed, acted = spaces_of(spec)
    vectors = all(isinstance(space, Box) and len(space.shape) == 1 for space in (observed, acted))
    return Method.ARS if vectors and observed.dtype == np.float64 else Method.CEM
