"""Names, terms, dates and lines of RDF: what every other room speaks.

In come IRIs, literals and N-Quads as text; out go terms, short names and quads. Nothing here knows a table, a store
or a request.
"""
