"""rdflib-endpoint over a gzipped N-Triples file, for comparison: python -m benchmarks.rdflib_server FILE PORT"""

from __future__ import annotations

import gzip
import sys

import uvicorn
from rdflib import Graph
from rdflib_endpoint import SparqlEndpoint


def main(path: str, port: str) -> None:
    graph = Graph()
    with gzip.open(path, "rb") as stream:
        graph.parse(stream, format="nt")
    uvicorn.run(SparqlEndpoint(graph=graph), host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
