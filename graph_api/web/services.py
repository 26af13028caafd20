"""What the doors share: made once, in `create_app`, and handed to each of them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from graph_api.classifications.crosswalk import Schemes
from graph_api.competences.profiles import Descriptions
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.resolve import Resolution
from graph_api.review.ledger import Ledger, read_ledger
from graph_api.search.index import CurrentIndex
from graph_api.search.resolve import Resolver
from graph_api.settings import Settings
from graph_api.store.archive import Archive
from graph_api.store.graph_store import GraphStore
from graph_api.store.jurisdictions import Jurisdictions, jurisdictions_of
from graph_api.store.per_version import Current, PerVersion
from graph_api.store.things import Text
from graph_api.store.unknown import Unknown, read_unknown
from graph_api.store.versions import Versions
from graph_api.web.acknowledgements import Acknowledgements
from graph_api.web.batches import Batches
from graph_api.web.beside import Beside
from graph_api.web.maps import Maps
from graph_api.web.pages.facts import Headings, read_headings
from graph_api.web.pages.figures import Figures, read_figures
from graph_api.web.pages.professions import profession_names
from graph_api.web.proposing import Proposing
from graph_api.web.reforms import Reforms


@dataclass(frozen=True)
class Services:
    """One store, its settings, and everything that is read of it once for each version of the data."""

    settings: Settings
    store: GraphStore
    versions: Versions
    archive: Archive
    index: CurrentIndex
    jurisdictions: PerVersion[str, Jurisdictions]
    """By the reader's language."""
    descriptions: Descriptions
    path_finder: PathFinder
    batches: Batches
    """Many questions at once, in processes of their own."""
    beside: Beside
    """Requests that cost much, in processes of their own."""
    maps: Maps
    """Maps of obstacles."""
    reforms: Reforms
    resolution: Resolution
    """Free text to answers."""
    schemes: Schemes
    acknowledgements: Acknowledgements
    figures: Current[Figures]
    unknown: Current[Unknown]
    ledger: Current[Ledger]
    """Who agreed on what."""
    proposing: Proposing
    """What readers propose."""
    shown: Current[Headings]
    """Under which heading a page shows a property."""
    professions: PerVersion[str, list[tuple[str, Text]]]
    """Slugs and names, by the reader's language."""


def services_over(settings: Settings, store: GraphStore) -> Services:
    """The services over a store; nothing is read of it before it is asked for."""
    jurisdictions = jurisdictions_of(store)
    descriptions = Descriptions(store, jurisdictions)
    index = CurrentIndex(settings.data, store)
    path_finder = PathFinder(store, descriptions)
    versions, maps = Versions(settings.data, store), Maps()
    return Services(
        settings=settings,
        store=store,
        versions=versions,
        archive=Archive(settings.data),
        index=index,
        jurisdictions=jurisdictions,
        descriptions=descriptions,
        path_finder=path_finder,
        batches=Batches(settings),
        beside=Beside(settings, store),
        maps=maps,
        reforms=Reforms(settings.reforms, settings.data, store, versions, maps),
        resolution=Resolution(store, Resolver(store, index), path_finder),
        schemes=Schemes(store),
        acknowledgements=Acknowledgements(store),
        figures=Current(store, lambda: read_figures(store)),
        unknown=Current(store, lambda: read_unknown(store)),
        ledger=Current(store, lambda: read_ledger(store)),
        proposing=Proposing(settings, store),
        shown=Current(store, lambda: read_headings(store)),
        professions=PerVersion(store, lambda lang: profession_names(store, lang)),
    )


def services_of(request: Request) -> Services:
    """The services of the running application that answers the request."""
    found: Services = request.app.state.services
    return found
