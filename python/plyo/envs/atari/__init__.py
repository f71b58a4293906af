"""The games of Atari 2600, by way of the optional package ale-py."""
