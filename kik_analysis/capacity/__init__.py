"""The caseload engine: a compiled scenario, run for synthetic people one by one."""
