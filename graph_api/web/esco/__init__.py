"""The door in the shape of ESCO's own web service: clients of the official one switch by changing the base address.

In come `text`, `uri`, `language`, `isInScheme`, `selectedVersion` and the paging of that service; out goes HAL+JSON in
its three shapes of collections, from the ESCO release in this graph.
"""
