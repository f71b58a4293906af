"""``plyo run script.py``: an unmodified program in which ``gymnasium`` is Plyo.

The program runs in a plain interpreter, which finds ``startup/sitecustomize.py`` on its path; so do the interpreters
that it starts, by ``multiprocessing`` or otherwise. That file hooks the import of ``gymnasium``, and the first such
import calls :func:`plyo.run.standin.gymnasium_module`. What Plyo lacks is taken from an installed Gymnasium.
"""
