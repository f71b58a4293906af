"""``python -m plyo.run`` is ``plyo run``."""

import sys

from plyo.run.command import main

if __name__ == "__main__":
    main(sys.argv[1:])
