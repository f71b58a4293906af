"""What everything else stands on: small helpers that know nothing of environments."""
