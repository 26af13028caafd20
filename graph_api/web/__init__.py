"""The doors: pages, REST lookups, SPARQL, linked data and downloads.

In come HTTP requests; out go answers in the media type and language asked for, or a problem that says what is
wrong. `app` puts the doors together.
"""
