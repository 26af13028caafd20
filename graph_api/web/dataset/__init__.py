"""The dataset as a whole.

In come requests for the catalogue, dumps, versions and what changed between two; out go DCAT, VoID, files with
their checksums, and feeds.
"""
