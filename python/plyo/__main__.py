"""``python -m plyo`` is ``plyo``."""

from plyo.cli import main

if __name__ == "__main__":
    main()
