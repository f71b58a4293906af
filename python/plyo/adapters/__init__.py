"""Plyo's batches for the libraries that train policies: a module for each library.

    from plyo.adapters.sb3 import make_vec_env
    from plyo.adapters.torchrl import make_env

Nothing here is imported by the rest of Plyo. Each module imports its library, and says which extra to install where
that is missing. docs/guide/trainers.md shows them.
"""
