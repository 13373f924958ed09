"""Runs notebooks and puts their results in place in one step."""
