"""What Gymnasium's modules of single tasks hold beside the environments: one file a module, where there is anything.

``plyo.envs.toy_text.frozen_lake`` offers the public names of the file ``frozen_lake.py``. A function
``complete_arguments`` is given the keyword arguments of the task's classes and returns those to use. ``MEMBERS`` are
properties and methods of its single environments, by name.
"""
