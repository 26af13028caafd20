"""A small invented classification of trees, and a thing with ten thousand links, in memory."""

from __future__ import annotations

from graph_api.rdf.terms import GRAPH
from tests.invented_work import InventedStore

WOODS = "https://w3id.org/passerelle/scheme/woods"
RELEASE = f"{GRAPH}releases/woods-7"
MANY = 10_000
LABELS = {
    "1": ("broadleaves", "loofbomen"),
    "2": ("conifers", "naaldbomen"),
    "11": ("oaks", "eiken"),
    "12": ("beeches", None),
    "111": ("cork oak", "kurkeik"),
    "112": (None, "zomereik"),
}
ABOVE = {"11": ["1"], "12": ["1"], "111": ["11"], "112": ["11"]}


def concept(code: str) -> str:
    return f"{WOODS}/{code}"


def woods(tops: str = "") -> InventedStore:
    """The classification as a release that asks to be acknowledged, a plain list, and a scheme known by name only."""
    said = [f'<{WOODS}> a skos:ConceptScheme ; skos:prefLabel "woods"@en , "bossen"@nl .']
    for code, (english, dutch) in LABELS.items():
        names = [f'"{text}"@{tag}' for text, tag in ((english, "en"), (dutch, "nl")) if text]
        above = "".join(f" ; skos:broader <{concept(parent)}>" for parent in ABOVE.get(code, ()))
        said.append(
            f'<{concept(code)}> a skos:Concept ; skos:inScheme <{WOODS}> ; skos:notation "{code}" ; '
            f"skos:prefLabel {' , '.join(names)}{above} ."
        )
    said.append(f'<{concept("111")}> skos:definition "Its bark is peeled."@en , "De schors wordt gepeld."@nl .')
    said.append(f'<{concept("11")}> skos:scopeNote "Oaks carry <em>acorns</em>."@en .')
    said += [
        f'skos:{name} pas:shownUnder "meaning" ; pas:shownInPlace {place} .'
        for place, name in enumerate(("definition", "scopeNote"), 1)
    ]
    said.append(
        f'<{RELEASE}> a pas:Release ; dcterms:title "Woods"@en ; owl:versionInfo "7" ; dcterms:publisher "The Foresters" ; '
        'pas:acknowledgement "This service uses the woods of the Foresters."@en .'
    )
    tables = (
        '<framework/ladder> a pas:Framework , skos:ConceptScheme ; skos:prefLabel "ladder"@en .'
        '<framework-level/rung> a pas:FrameworkLevel , skos:Concept ; skos:prefLabel "rung"@en ; '
        "skos:inScheme <framework/ladder> ."
        '<https://w3id.org/passerelle/scheme/stones> a skos:ConceptScheme ; skos:prefLabel "stones"@en ; '
        'dcterms:identifier "stones" ; void:uriSpace "https://w3id.org/passerelle/scheme/stones/" .'
    )
    graphs = [(RELEASE, "\n".join(said)), (f"{GRAPH}mappings/all", tables)]
    return InventedStore([*graphs, *([(f"{GRAPH}build", tops)] if tops else [])])


def hub() -> InventedStore:
    """A thing with ten thousand things below it, as many that point at it, and as many that it points at."""
    said = ['<profession/hub> a pas:Profession , skos:Concept ; skos:prefLabel "hub"@en .']
    for number in range(MANY):
        said.append(
            f'<qualification/in-{number}> pas:grantsAccessTo <profession/hub> ; skos:prefLabel "in {number}"@en .'
        )
        said.append(f'<profession/below-{number}> skos:broader <profession/hub> ; skos:prefLabel "below {number}"@en .')
        said.append(f"<profession/hub> skos:related <profession/out-{number}> .")
    return InventedStore([(f"{GRAPH}mappings/all", "\n".join(said))])
