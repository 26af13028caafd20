"""Lookups for other systems.

In come query parameters and JSON bodies, declared once and described in OpenAPI; out goes JSON with fixed keys and
working next links.
"""
