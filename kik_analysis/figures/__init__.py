"""Figures in one house style, each with its data and text alternative."""
