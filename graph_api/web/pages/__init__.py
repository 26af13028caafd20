"""Pages for people.

In come addresses and forms; out goes HTML in the reader's language, readable without scripts, the same facts as the
other doors give.
"""
