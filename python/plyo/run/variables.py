"""The environment variables of ``plyo run``; those of the hook are spelled out again in ``startup/``."""

#: The interpreter that Plyo was built for: others, which the program may start too, are left alone.
PYTHON = "PLYO_RUN"
#: The mathematics of native tasks, unless a call chooses.
MATH = "PLYO_MATH"
#: The file that every process adds to for the report; there is none without.
REPORT = "PLYO_RUN_REPORT"
#: The process that prints the report.
MAIN = "PLYO_RUN_MAIN"
