"""Published claims and what follows from them: audit, bounds, history."""
