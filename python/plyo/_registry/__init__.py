"""Specs of environments, and the table of registered ones; ``plyo.registry`` is the table itself."""
