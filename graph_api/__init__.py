"""Passerelle: a knowledge graph of the recognition of professional qualifications."""

from pathlib import Path
from typing import Final

__version__ = "0.1.0"

PACKAGE: Final = Path(__file__).parent
"""Where the package stands: in a checkout beside `ontology` and `mappings`, or installed with both inside."""
