"""Schemes of concepts and the bridges between them.

In come ESCO, ISCO-08, ROME, KldB and our professions as SKOS; out come trees, chains of mappings with their weakest
link, and SSSOM files.
"""
