"""What every path is assessed with, read once per version of the data: the law as structured facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graph_api.errors import BadRequest
from graph_api.rdf.terms import ID, PAS, local_name
from graph_api.recognition.conditions import Condition, condition_of
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select
from graph_api.store.things import Thing, label, one, read_things

RDF_CLASS = "type"


@dataclass(frozen=True)
class Reference:
    """Regimes, gates, conditions, measures, provisions and jurisdictions, by IRI."""

    version: str
    things: Mapping[str, Thing]
    states_of_the_union: frozenset[str]

    @cached_property
    def _classes(self) -> dict[str, dict[str, Thing]]:
        found: dict[str, dict[str, Thing]] = {}
        for iri, thing in self.things.items():
            for name in thing.get(RDF_CLASS, ()):
                found.setdefault(name, {})[iri] = thing
        return found

    def of_class(self, name: str) -> dict[str, Thing]:
        """The things of one of our classes, by IRI."""
        return self._classes.get(PAS + name, {})

    @cached_property
    def regimes(self) -> dict[str, Thing]:
        return self.of_class("Regime")

    @cached_property
    def jurisdictions(self) -> dict[str, str]:
        """Code in upper case -> IRI."""
        return {
            code.upper(): iri for iri, thing in self.of_class("Jurisdiction").items() for code in thing.get("code", ())
        }

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """The conditions of routes, by IRI."""
        return {iri: condition_of(thing) for iri, thing in self.of_class("Condition").items()}

    @cached_property
    def gates(self) -> dict[str, list[Condition]]:
        """The gates of each regime, in the order in which a lawyer asks them."""
        found: dict[str, list[Condition]] = {}
        in_order = sorted(self.of_class("Gate").values(), key=lambda gate: (int(one(gate, "order") or 0), gate["iri"]))
        for gate in in_order:
            for regime in gate.get("ofRegime", ()):
                found.setdefault(regime, []).append(condition_of(gate))
        return found

    @cached_property
    def _sentences(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {}

    def sentence(self, condition: Condition, lang: str) -> dict[str, Any]:
        """What a condition says in a language, with its article: the same in every answer, so made once."""
        key = (condition.iri, lang)
        if key not in self._sentences:
            text = label(condition.thing, lang)[0] or ""
            basis = [self.basis(provision) for provision in condition.thing.get("provision", ())]
            self._sentences[key] = {
                "id": slug(condition.iri),
                "iri": condition.iri,
                "label": text,
                "sentence": with_law(text, basis),
                "fact": condition.fact or None,
                "test": condition.test,
                "legal_basis": basis,
            }
        return self._sentences[key]

    @cached_property
    def fact_values(self) -> dict[tuple[str, str], list[Thing]]:
        """By fact and value: what the law says that the applicant's value counts as."""
        found: dict[tuple[str, str], list[Thing]] = {}
        for _, thing in sorted(self.of_class("FactValue").items()):
            found.setdefault((one(thing, "fact") or "", one(thing, "value") or ""), []).append(thing)
        return found

    @cached_property
    def document_conditions(self) -> dict[str, list[Thing]]:
        """By document: the rows that say when it is asked."""
        found: dict[str, list[Thing]] = {}
        for _, thing in sorted(self.of_class("DocumentCondition").items()):
            for document in thing.get("ofDocument", ()):
                found.setdefault(document, []).append(thing)
        return found

    @cached_property
    def general_authorities(self) -> dict[str, Thing]:
        """By authority: the row that says that it is no single body, and of which unit each has its own."""
        rows = self.of_class("GeneralAuthority").values()
        return {authority: thing for thing in rows for authority in thing.get("authority", ())}

    @cached_property
    def certificates(self) -> frozenset[str]:
        """Every certificate that some condition asks for."""
        return frozenset().union(*(item.values for item in self.conditions.values() if item.fact == "certificates"))

    def jurisdiction(self, code: str, parameter: str) -> str:
        """The IRI of the jurisdiction with the code, in any case. Raises BadRequest."""
        iri = self.jurisdictions.get(code.upper())
        if iri is None:
            known = ", ".join(sorted(one(self.things[iri], "code") or "" for iri in self.deciding))
            raise BadRequest(parameter, f"'{code}' is no country of this graph; write one of {known}")
        return iri

    @cached_property
    def deciding(self) -> tuple[str, ...]:
        """The jurisdictions that decide on recognition when their state is asked."""
        found = (iri for iri, thing in self.of_class("Jurisdiction").items() if one(thing, "decides") == "true")
        return tuple(sorted(found))

    def hosts(self, code: str) -> list[str]:
        """The jurisdictions that decide when the country is asked: itself, or the parts that do."""
        iri = self.jurisdiction(code, "country")
        if iri in self.deciding:
            return [iri]
        parts = [part for part in self.deciding if iri in self.things[part].get("partOf", ())]
        if not parts:
            raise BadRequest("country", f"'{code}' does not decide on recognition; write its state's code")
        return parts

    def state(self, jurisdiction: str) -> str:
        """The state that a jurisdiction is or belongs to."""
        return one(self.things.get(jurisdiction, {}), "state") or jurisdiction

    def code(self, jurisdiction: str) -> str:
        return one(self.things.get(jurisdiction, {}), "code") or local_name(jurisdiction)

    @cached_property
    def _parties(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for iri, act in self.of_class("LegalAct").items():
            for party in act.get("hasParty", ()):
                found.setdefault(party, set()).add(local_name(iri))
        return {party: frozenset(acts) for party, acts in found.items()}

    def parties(self, jurisdiction: str) -> frozenset[str]:
        """Slugs of the acts to which the jurisdiction, or its state, is party."""
        none: frozenset[str] = frozenset()
        return self._parties.get(jurisdiction, none) | self._parties.get(self.state(jurisdiction), none)

    @cached_property
    def derived_in_order(self) -> tuple[str, ...]:
        """The regimes for which rules derive routes, in the order of the law."""
        derived = {iri: regime for iri, regime in self.regimes.items() if one(regime, "implemented") == "true"}
        return tuple(sorted(derived, key=lambda iri: (rank(derived[iri]), one(derived[iri], "identifier") or "", iri)))

    def basis(self, provision: str) -> dict[str, str | None]:
        """A provision as the act's address and the article."""
        thing = self.things.get(provision, {})
        act = one(thing, "ofAct") or ""
        described = self.things.get(act, {})
        address = one(described, "eli") or one(described, "page") or act or None
        return {
            "act": address,
            "article": one(thing, "article"),
            "act_id": act or None,
            "act_name": one(described, "shortName"),
            "provision": provision,
        }


def with_law(text: str, basis: Sequence[Mapping[str, str | None]]) -> str:
    """A condition's sentence with the article behind it."""
    cited = "; ".join(f"{item['act_name'] or item['act']} {item['article']}" for item in basis)
    return f"{text} ({cited})" if cited else text


def read_reference(store: GraphStore) -> Reference:
    """Read the reference from the store."""
    version = store.version
    things = read_things(store, "path_reference")
    members = select(store, "union_states")
    return Reference(version, things, frozenset(row["code"].upper() for row in members))


def rank(regime: Thing) -> int:
    """Where a regime stands in the order in which a lawyer tries them."""
    return int(one(regime, "rank") or 99)


def slug(iri: str) -> str:
    """The last part of one of our IRIs."""
    return iri[len(ID) :].partition("/")[2] if iri.startswith(ID) else local_name(iri)
