"""The seam: whatever answers SPARQL.

In come query text, media types and terms to bind; out come bytes, rows and things, from the graph on disk or from
an engine elsewhere, always of one version of the data.
"""
