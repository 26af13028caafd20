"""Drawings as SVG: a path, classes with their properties, sets that overlap.

In come labels and figures; out goes SVG text with a title that says in words what it shows.
"""
