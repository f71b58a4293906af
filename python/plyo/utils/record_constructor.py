"""Recording the arguments of a constructor: the public address of :mod:`plyo.basics.record_constructor`."""

from plyo.basics.record_constructor import RecordConstructorArgs as RecordConstructorArgs
