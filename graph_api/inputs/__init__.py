"""What comes in: our tables and the official releases.

In come the folders `mappings/` and `ontology/` and the files of a publisher's release; out go quads, one named
graph for each file, or an error that names file, line, column and remedy.
"""
