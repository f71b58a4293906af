"""Checks of what an environment returns, for a wrapper and for :mod:`plyo.utils.env_checker`."""
