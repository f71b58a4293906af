"""Specs of environments, and the table of those that are registered; ``plyo.registry`` is the table itself."""
