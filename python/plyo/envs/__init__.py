"""The registered environments. Importing this package registers the native tasks."""

from plyo.envs.native import register_native_tasks

register_native_tasks()
