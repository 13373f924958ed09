"""Pilots: what they can and cannot show."""
