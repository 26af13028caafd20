"""The SPARQL protocol.

In come queries of anybody; they run in processes that can be killed, within limits; out go results in the media
type asked for, whole or not at all.
"""
