"""Pilots as designs: what one would learn, at what price in hours, and what never."""
