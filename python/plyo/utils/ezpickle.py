"""Pickling by the arguments of the constructor: the public address of :mod:`plyo.basics.ezpickle`."""

from plyo.basics.ezpickle import EzPickle as EzPickle
