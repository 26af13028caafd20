"""The namespaces of other vocabularies that we speak."""

from __future__ import annotations

from typing import Final

VOID: Final = "http://rdfs.org/ns/void#"


SD: Final = "http://www.w3.org/ns/sparql-service-description#"


SH: Final = "http://www.w3.org/ns/shacl#"


SCHEMA: Final = "https://schema.org/"


VOID_EXT: Final = "http://ldf.fi/void-ext#"
