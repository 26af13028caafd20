"""Passerelle: a knowledge graph of the recognition of professional qualifications."""

__version__ = "0.1.0"
