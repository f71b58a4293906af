"""The learning agents: the cross-entropy method, augmented random search, and Q-learning of a table.

    trainer = plyo.train.Trainer("CartPole-v1", plyo.train.TrainConfig(seed=0))
    for progress in trainer.run():
        print(progress.generation, progress.mean_return)
    result = trainer.conclude()
    result.policy.save("policy.npz")

``plyo train CartPole-v1`` does the same in a shell. A :class:`Trainer` learns a network by the cross-entropy method, a
:class:`RandomSearchTrainer` a linear policy by augmented random search, which suits MuJoCo's tasks. Tasks whose
observations are integers are learnt by a :class:`TabularTrainer`.
"""

from plyo.train.config import RandomSearchConfig, TabularConfig, TrainConfig
from plyo.train.random_search_trainer import RandomSearchTrainer
from plyo.train.tabular import TabularProgress, TabularResult, TabularTrainer
from plyo.train.trainer import Progress, Result, Trainer

__all__ = [
    "Progress",
    "RandomSearchConfig",
    "RandomSearchTrainer",
    "Result",
    "TabularConfig",
    "TabularProgress",
    "TabularResult",
    "TabularTrainer",
    "TrainConfig",
    "Trainer",
]
