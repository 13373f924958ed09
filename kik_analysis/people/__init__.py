"""People: a synthetic register that reproduces what was published. No real person is in it."""
