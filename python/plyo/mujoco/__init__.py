"""Over the user's own MuJoCo: finding it, its models and their tuned copies, its pictures."""
