"""Colours of terminals: the public address of ``plyo.basics.colorize``."""

from plyo.basics.colorize import color2num as color2num
from plyo.basics.colorize import colorize as colorize
