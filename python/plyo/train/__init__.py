"""The learning agents: the cross-entropy method over a population of networks, and Q-learning of a table.

    trainer = plyo.train.Trainer("CartPole-v1", plyo.train.TrainConfig(seed=0))
    for progress in trainer.run():
        print(progress.generation, progress.mean_return)
    result = trainer.conclude()
    result.policy.save("policy.npz")

``plyo train CartPole-v1`` does the same in a shell. Tasks whose observations are integers are learnt by a
:class:`TabularTrainer`.
"""

from plyo.train.config import TabularConfig, TrainConfig
from plyo.train.tabular import TabularProgress, TabularResult, TabularTrainer
from plyo.train.trainer import Progress, Result, Trainer

__all__ = [
    "Progress",
    "Result",
    "TabularConfig",
    "TabularProgress",
    "TabularResult",
    "TabularTrainer",
    "TrainConfig",
    "Trainer",
]
