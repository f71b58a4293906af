"""What Plyo does in Python around the user's own MuJoCo: finds it, tunes private copies of models."""
