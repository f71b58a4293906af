"""The classes of the native tasks: another address of :mod:`plyo.envs.classes`."""

from plyo.envs.classes import __getattr__ as __getattr__
from plyo.envs.classes import native_class as native_class
from plyo.tasks.standins import ClosedEngine as ClosedEngine
from plyo.tasks.task_env import NativeEnv as NativeEnv
