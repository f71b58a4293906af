"""Small helpers that know nothing of environments; every other layer may use them."""
