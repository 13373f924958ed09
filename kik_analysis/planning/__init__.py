"""Staff for a promise, what drives the answer, and what it would be worth to know."""
