"""The door of the Reconciliation Service API: spreadsheets of titles become spreadsheets of recognition routes.

In come batches of names as OpenRefine and its kin send them, at one root for each version of the protocol; out go
candidates with scores, suggestions, previews, and values of properties, the way into a country among them.
"""
