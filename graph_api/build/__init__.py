"""From inputs to a built graph.

In come the quads of the tables and releases and the rule files; out goes a new folder with a store, conclusions in
one named graph for each rule, checks passed and figures counted, to which the service switches at once or not at
all.
"""
