"""Batches of native tasks: another address of :mod:`plyo.vector.task_batch`."""

from plyo.vector.task_batch import NativeVectorEnv as NativeVectorEnv
