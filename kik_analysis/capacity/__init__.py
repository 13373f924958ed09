"""The caseload engine: one compiled scenario, three ways to run it."""
