"""Scenario files, the catalogue of parameters, and the frozen scenario object."""
