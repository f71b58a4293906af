"""The learning agent: the cross-entropy method over a population of networks, evaluated natively.

    trainer = plyo.train.Trainer("CartPole-v1", plyo.train.TrainConfig(seed=0))
    for progress in trainer.run():
        print(progress.generation, progress.mean_return)
    result = trainer.conclude()
    result.policy.save("policy.npz")

``plyo train CartPole-v1`` does the same in a shell.
"""

from plyo.train.config import TrainConfig
from plyo.train.trainer import Progress, Result, Trainer

__all__ = ["Progress", "Result", "TrainConfig", "Trainer"]
