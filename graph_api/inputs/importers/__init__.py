"""Official releases -> RDF: one importer for each source.

An importer is a small object with a name, an origin (title, publisher, terms), a way to detect the version,
and `read`, which yields statements as it reads. `graph_api.releases` writes them.
"""

from __future__ import annotations

from graph_api.errors import BadRelease
from graph_api.inputs.importers.authority_tables import AuthorityTableImporter
from graph_api.inputs.importers.bcn import BcnImporter
from graph_api.inputs.importers.crosswalks import CROSSWALKS
from graph_api.inputs.importers.esco import EscoImporter
from graph_api.inputs.importers.importer import Importer
from graph_api.inputs.importers.kldb import KldbImporter
from graph_api.inputs.importers.machine import MachineImporter
from graph_api.inputs.importers.national_lists import LISTS
from graph_api.inputs.importers.rncp import RncpImporter
from graph_api.inputs.importers.rome import RomeImporter

_ALL: tuple[Importer, ...] = (
    EscoImporter(),
    RomeImporter(),
    KldbImporter(),
    RncpImporter(),
    BcnImporter(),
    AuthorityTableImporter(),
    MachineImporter(),
    *LISTS,
    *CROSSWALKS,
)
IMPORTERS: dict[str, Importer] = {importer.name: importer for importer in _ALL}


def importer_for(source: str) -> Importer:
    """The importer of a source. Raises BadRelease, naming those that there are."""
    if source not in IMPORTERS:
        raise BadRelease(f"there is no source '{source}'; expected one of: {', '.join(sorted(IMPORTERS))}")
    return IMPORTERS[source]
