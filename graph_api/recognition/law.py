"""What every path is assessed with, read once per version of the data: the law as structured facts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from graph_api.errors import BadRequest
from graph_api.rdf.dates import within
from graph_api.rdf.terms import ID, PAS, local_name
from graph_api.recognition.answer_schema import LegalBasis
from graph_api.recognition.citation import act_name, written_article
from graph_api.recognition.conditions import OPEN, Assessed, Condition, condition_of
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import things_for
from graph_api.store.queries import select
from graph_api.store.things import LANGUAGES, Thing, every, in_force, label, one

RDF_CLASS = "type"
_SERVES_INTENT: Final = f"{ID}condition/regime-serves-intent"
INTENT: Final = "intent"
OF_PLACES: Final = ("host.", "profession.")
"""How the facts begin that the place asked for decides: a form of a profession in a host."""
OF_ROUTES: Final = "route."
OF_STEPS: Final = "step."
"""How the facts begin on which papers hang beside those of the case."""
ROUTE_CONDITION: Final = f"{OF_ROUTES}condition"
_DAYS_KEPT: Final = 64
_PARTS_KEPT: Final = 2_000

Made = TypeVar("Made")


@dataclass(frozen=True)
class Purpose:
    """What somebody wants to do in a profession, where a host tells it apart."""

    thing: Thing
    iri: str
    code: str
    intent: str
    where: frozenset[str]
    """The regulations under which it is told apart; empty: under all."""
    leaves_out: frozenset[str]
    """Codes of outcomes that do not serve it."""
    only_with: frozenset[str]
    """Codes of outcomes of which the host must know one; empty: any serves it."""
    of_firm: bool
    """Whether it falls under the craft in which a firm is run, where there is one."""


def purpose_of(thing: Thing, things: Mapping[str, Thing]) -> Purpose:
    """The thing of the graph as a purpose."""

    def codes(name: str) -> frozenset[str]:
        return frozenset(one(things.get(iri, {}), "code") or "" for iri in every(thing, name))

    code, intent = one(thing, "code") or "", one(thing, "forIntent") or ""
    return Purpose(
        thing,
        thing["iri"][0],
        code,
        intent,
        frozenset(local_name(iri) for iri in every(thing, "whereRegulation")),
        codes("leavesOut"),
        codes("onlyWith"),
        one(thing, "ofFirmProfession") == "true",
    )


class Unmet(NamedTuple):
    """The conditions of every route (in force, for this intent, title of its time) that a case does not meet."""

    conditions: Sequence[Assessed]
    closed: bool
    """Whether one of them fails; else they are unknown."""


class OfDay(NamedTuple):
    """The regimes of one day."""

    tried: tuple[str, ...]
    """Those that had not ended, in the order of the law; of the others the successor is tried."""
    in_force: frozenset[str]
    unmet: dict[tuple[str, bool], dict[str, Unmet]]
    """By intent, and whether the title is not of its time: by regime the conditions of every route that are not met,
    filled in as they are asked."""


class Sentence(NamedTuple):
    """One wording of answers, and where it is said: each set empty where that does not matter."""

    thing: Thing
    purposes: frozenset[str]
    outcomes: frozenset[str]
    statuses: frozenset[str]
    words: frozenset[str]
    """The words without which it is not said."""


class Wording(NamedTuple):
    """What a condition says in one language."""

    label: str
    sentence: str
    """The label with its article."""
    basis: list[LegalBasis]


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
            for name in every(thing, RDF_CLASS):
                found.setdefault(name, {})[iri] = thing
        return found

    def thing(self, iri: str | None) -> Thing:
        """What was read of a thing; empty where nothing was, or where there is none."""
        return self.things.get(iri or "", {})

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
            code.upper(): iri for iri, thing in self.of_class("Jurisdiction").items() for code in every(thing, "code")
        }

    @cached_property
    def _rules_on_facts(self) -> list[Thing]:
        return [rule for _, rule in sorted(self.of_class("FactRule").items())]

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """The conditions of routes, by IRI."""
        rules = self._rules_on_facts
        return {iri: condition_of(thing, rules) for iri, thing in self.of_class("Condition").items()}

    @cached_property
    def conditions_of_intent(self) -> frozenset[str]:
        """The conditions of routes whose verdict hangs on the intent."""
        return frozenset(iri for iri, each in self.conditions.items() if each.fact == INTENT and each.test not in OPEN)

    @cached_property
    def conditions_of_paths(self) -> frozenset[str]:
        """The conditions of routes that ask whether another way is open."""
        return frozenset(iri for iri, each in self.conditions.items() if each.of_paths)

    @cached_property
    def gates(self) -> dict[str, list[Condition]]:
        """The gates of each regime, in the order in which a lawyer asks them."""
        found: dict[str, list[Condition]] = {}
        in_order = sorted(self.of_class("Gate").values(), key=lambda gate: (int(one(gate, "order") or 0), gate["iri"]))
        for gate in in_order:
            for regime in every(gate, "ofRegime"):
                found.setdefault(regime, []).append(condition_of(gate, self._rules_on_facts))
        return found

    @cached_property
    def _shut(self) -> list[tuple[Condition, frozenset[str]]]:
        """The gates that nothing which the applicant says can open, of those that ask the same one, with the regimes
        that they close; those that close most first."""
        asked: dict[str, Condition] = {}
        regimes: dict[str, set[str]] = {}
        for regime, gates in self.gates.items():
            for gate in gates:
                if gate.of_graph:
                    asked.setdefault(gate.asks, gate)
                    regimes.setdefault(gate.asks, set()).add(regime)
        found = [(asked[asks], frozenset(closed)) for asks, closed in regimes.items()]
        return sorted(found, key=lambda each: (-len(each[1]), each[0].asks))

    @cached_property
    def gates_of_place(self) -> list[tuple[Condition, frozenset[str]]]:
        """Those of the gates that no applicant opens of which the place alone decides, with the regimes they close."""
        return [each for each in self._shut if each[0].fact.startswith(OF_PLACES)]

    @cached_property
    def gates_of_graph(self) -> list[tuple[Condition, frozenset[str]]]:
        """The others that no applicant opens: title and home decide of them too."""
        return [each for each in self._shut if not each[0].fact.startswith(OF_PLACES)]

    @cached_property
    def outcomes(self) -> dict[str, Thing]:
        """What answers can come to, by code."""
        return {one(thing, "code") or "": thing for thing in self.of_class("Outcome").values()}

    @cached_property
    def _outcome_of(self) -> dict[str, str]:
        return {iri: one(regime, "outcome") or "none" for iri, regime in self.regimes.items()}

    def outcome(self, regime: str) -> str:
        """What a regime leads to, as answers name it."""
        return self._outcome_of[regime]

    @cached_property
    def ranks(self) -> dict[str, int]:
        """By regime: where it stands in the order in which a lawyer tries them."""
        return {iri: rank(regime) for iri, regime in self.regimes.items()}

    @cached_property
    def families(self) -> dict[str, str]:
        """By regime: the one whose variant it is, or itself."""
        return {iri: one(regime, "parentRegime") or iri for iri, regime in self.regimes.items()}

    @cached_property
    def last_resorts(self) -> frozenset[str]:
        """The regimes that come after every other way that is as open."""
        return frozenset(iri for iri, regime in self.regimes.items() if one(regime, "lastResort") == "true")

    @cached_property
    def without_title(self) -> frozenset[str]:
        """The regimes for which it does not matter whether the diploma is the title named."""
        return frozenset(iri for iri, regime in self.regimes.items() if one(regime, "needsTitle") == "false")

    @cached_property
    def intents(self) -> dict[str, frozenset[str]]:
        """By regime: the intents that it serves."""
        return {iri: frozenset(regime.get("servesIntent", ())) for iri, regime in self.regimes.items()}

    @cached_property
    def closed_to_intent(self) -> dict[str, Assessed]:
        """By regime: that it does not serve the intent, with those that it serves."""
        asked = self.conditions[_SERVES_INTENT]
        return {
            iri: replace(
                asked, thing={**asked.thing, "value": regime.get("servesIntent", [])}, values=self.intents[iri]
            ).verdicts["unmet"]
            for iri, regime in self.regimes.items()
        }

    def leads_to(self, regime: str, flag: str) -> bool:
        """Whether the outcome of a regime has the flag: `freeOfRecognition`, `decidedByAuthority` or `asksPapers`."""
        return flag in self._flags[regime]

    @cached_property
    def _flags(self) -> dict[str, frozenset[str]]:
        """By regime: what is true of its outcome."""
        outcomes = {regime: self.outcomes.get(self.outcome(regime), {}) for regime in self.regimes}
        return {
            regime: frozenset(name for name in outcome if one(outcome, name) == "true")
            for regime, outcome in outcomes.items()
        }

    @cached_property
    def bridges(self) -> frozenset[str]:
        """The regimes that build on a recognition elsewhere."""
        return frozenset(iri for iri, regime in self.regimes.items() if one(regime, "continues") == "true")

    def make_ready(self) -> None:
        """Sort out what answers look up, and put into words what they say of conditions: once in any case."""
        _ = (self.conditions, self.gates, self._flags, self.sentences, self._national_law, self._parties, self.purposes)
        _ = (self.fact_values, self.document_conditions, self.derived_in_order, self.certificates, self.jurisdictions)
        _ = (
            self.gates_of_graph,
            self.gates_of_place,
            self._outcome_of,
            self.ranks,
            self.families,
            self.last_resorts,
            self.without_title,
        )
        _ = (self.intents, self._states, self._codes, self._notices, self.own_roads, self.general_authorities)
        _ = (self.tests_of_papers, self.conditions_of_papers, self.certificates_of_special_grounds, self.bridges)
        _ = (self._places_of_acts, self.last_resorts)
        if self.regimes:
            _ = self.closed_to_intent
        for lang in LANGUAGES:
            for condition in self.conditions.values():
                self.wording(condition, lang)

    @cached_property
    def _on(self) -> dict[date, OfDay]:
        return {}

    def on(self, day: date) -> OfDay:
        """Which regimes are tried, and which are in force, on a day."""
        found = self._on.get(day)
        if found is None:
            ends = {iri: one(self.regimes[iri], "validTo") for iri in self.derived_in_order}
            tried = tuple(iri for iri, end in ends.items() if within(None, end, day))
            found = OfDay(tried, frozenset(iri for iri, regime in self.regimes.items() if in_force(regime, day)), {})
            if len(self._on) >= _DAYS_KEPT:
                self._on.clear()  # anybody may ask for any day
            self._on[day] = found
        return found

    def tried(self, day: date) -> tuple[str, ...]:
        """The regimes that had not ended on a day, in the order of the law."""
        return self.on(day).tried

    @cached_property
    def sentences(self) -> dict[str, list[Sentence]]:
        """The wordings of answers by kind, in the order in which they are tried."""
        found: dict[str, list[Sentence]] = {}
        rows = self.of_class("AnswerSentence").values()
        for row in sorted(rows, key=lambda row: (int(one(row, "order") or 0), row["iri"])):
            where = (frozenset(row.get(name, ())) for name in ("forPurpose", "forOutcome", "forStatus", "needsWord"))
            found.setdefault(one(row, "sentenceKind") or "", []).append(Sentence(row, *where))
        return found

    @cached_property
    def _national_law(self) -> dict[tuple[str, str], list[Thing]]:
        """The rows of hosts' own law by host and regime."""
        found: dict[tuple[str, str], list[Thing]] = {}
        for _, row in sorted(self.of_class("NationalLaw").items()):
            for regime in every(row, "ofRegime"):
                found.setdefault((one(row, "host") or "", regime), []).append(row)
        return found

    def national_law(self, jurisdiction: str, regime: str, profession: Thing) -> Thing:
        """The row that says how the host's own law carries a regime out, the most specific one; empty where none."""
        key = (jurisdiction, regime, one(profession, "iri"))
        return self.kept("national law", key, lambda: self._most_specific(jurisdiction, regime, profession))

    def _most_specific(self, jurisdiction: str, regime: str, profession: Thing) -> Thing:
        rows = self._national_law.get((jurisdiction, regime), ())
        if jurisdiction != self.state(jurisdiction):
            rows = sorted([*rows, *self._national_law.get((self.state(jurisdiction), regime), ())], key=_iri)
        fitting = [row for row in rows if _row_speaks_of(row, profession)]
        return max(fitting, default={}, key=lambda row: _specific(row, jurisdiction))

    def of_host(self, provision: str, jurisdiction: str) -> bool:
        """Whether a provision stands in an act of the host itself."""
        places = self._places_of_acts.get(provision, ())
        return jurisdiction in places or self.state(jurisdiction) in places

    @cached_property
    def _places_of_acts(self) -> dict[str, Sequence[str]]:
        """By provision: where its act holds."""
        acts = ((iri, self.thing(one(thing, "ofAct"))) for iri, thing in self.things.items() if "ofAct" in thing)
        return {iri: every(act, "inJurisdiction") for iri, act in acts}

    @cached_property
    def purposes(self) -> list[Purpose]:
        """What one can want to do in a profession, in the order in which answers speak of it."""
        found = sorted(self.of_class("Purpose").values(), key=lambda thing: int(one(thing, "order") or 0))
        return [purpose_of(thing, self.things) for thing in found]

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def _kept(self) -> dict[str, dict[Hashable, Any]]:
        return {}

    def once(self, key: tuple[str, *tuple[Hashable, ...]], make: Callable[[], Made]) -> Made:
        """A part of answers that nothing in the question changes but its language, made when first needed and shared
        by all answers that name it. The key is what it is of: there are as many as the graph has things and languages.
        """
        found: Made | None = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    def kept(self, kind: str, key: Hashable, make: Callable[[], Made]) -> Made:
        """A part of answers that questions alike have in common, shared while there is room for those of its kind: what
        is in the key comes from questions, so there may be any number of them."""
        kept = self._kept.setdefault(kind, {})
        found: Made | None = kept.get(key)
        if found is None:
            found = make()
            if len(kept) >= _PARTS_KEPT:
                kept.clear()
            kept[key] = found
        return found

    def wording(self, condition: Condition, lang: str) -> Wording:
        """What a condition says in a language, with its article."""
        return self.once(("wording", condition.iri, lang), lambda: self._wording(condition, lang))

    def _wording(self, condition: Condition, lang: str) -> Wording:
        text = label(condition.thing, lang)[0] or ""
        basis = [self.basis(provision, lang) for provision in every(condition.thing, "provision")]
        return Wording(text, with_law(text, basis, lang), basis)

    @cached_property
    def fact_values(self) -> dict[tuple[str, str], list[Thing]]:
        """By fact and value: what the law says that the applicant's value counts as."""
        found: dict[tuple[str, str], list[Thing]] = {}
        for _, thing in sorted(self.of_class("FactValue").items()):
            found.setdefault((one(thing, "fact") or "", one(thing, "value") or ""), []).append(thing)
        return found

    @cached_property
    def values_of_fact(self) -> dict[str, list[str]]:
        """By fact: the values of the applicant of which the law says what they count as."""
        found: dict[str, list[str]] = {}
        for fact, value in self.fact_values:
            found.setdefault(fact, []).append(value)
        return found

    @cached_property
    def document_conditions(self) -> dict[str, list[tuple[Thing, Condition]]]:
        """By document: the rows that say when it is asked, each with its condition."""
        found: dict[str, list[tuple[Thing, Condition]]] = {}
        for _, thing in sorted(self.of_class("DocumentCondition").items()):
            for document in every(thing, "ofDocument"):
                found.setdefault(document, []).append((thing, condition_of(thing)))
        return found

    @cached_property
    def tests_of_papers(self) -> list[Condition]:
        """The conditions on which papers hang, but for those that ask about a step or a route."""
        conditions = (condition for rows in self.document_conditions.values() for _, condition in rows)
        return [each for each in conditions if not each.fact.startswith((OF_ROUTES, OF_STEPS))]

    @cached_property
    def conditions_of_papers(self) -> frozenset[str]:
        """The conditions of routes on which papers hang."""
        rows = (row for rows in self.document_conditions.values() for row in rows)
        slugs = {value for _, asked in rows if asked.fact == ROUTE_CONDITION for value in asked.values}
        return frozenset(iri for iri in self.conditions if slug(iri) in slugs)

    def _by_profession(self, class_: str) -> dict[str, list[Thing]]:
        """The things of a class in order, by the professions that they name."""
        found: dict[str, list[Thing]] = {}
        for _, row in sorted(self.of_class(class_).items()):
            for profession in row.get("profession", ()):
                found.setdefault(profession, []).append(row)
        return found

    @cached_property
    def _notices(self) -> dict[str, list[Thing]]:
        return self._by_profession("PracticalNotice")

    def notices(self, jurisdiction: str, profession: str | None) -> list[Thing]:
        """What is worth knowing of a profession in a jurisdiction, beside recognition."""
        places = (jurisdiction, self.state(jurisdiction))
        return [row for row in self._notices.get(profession or "", ()) if one(row, "host") in places]

    @cached_property
    def own_roads(self) -> dict[str, list[Thing]]:
        """By profession: the acts of their own that open it."""
        return self._by_profession("OwnRegime")

    @cached_property
    def general_authorities(self) -> dict[str, Thing]:
        """By authority: the row that says that it is no single body, and of which unit each has its own."""
        rows = self.of_class("GeneralAuthority").values()
        return {authority: thing for thing in rows for authority in every(thing, "authority")}

    def one_in_each(self, authority: str) -> str | None:
        """The unit of which each has its own authority of this kind; None where it is a single body."""
        return one(self.general_authorities.get(authority, {}), "oneInEach")

    @cached_property
    def certificates(self) -> frozenset[str]:
        """Every certificate that some condition asks for."""
        asked = (item.values for item in self.conditions.values() if item.fact == "certificates")
        return frozenset[str]().union(*asked)

    @cached_property
    def certificates_issued(self) -> frozenset[str]:
        """Those that are no routine of the application, so that whoever holds none lacks them."""
        return self.certificates - self._certificates_with("routine")

    @cached_property
    def certificates_of_special_grounds(self) -> frozenset[str]:
        """Those whose holder has no usual title."""
        return self._certificates_with("specialGround")

    def _certificates_with(self, flag: str) -> frozenset[str]:
        return frozenset(
            value
            for rule in self._rules_on_facts
            if one(rule, "fact") == "certificates" and one(rule, flag) == "true"
            for value in every(rule, "value")
        )

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
        parts = [part for part in self.deciding if iri in every(self.things[part], "partOf")]
        parts.sort(key=self.place_among_parts)
        if not parts:
            raise BadRequest("country", f"'{code}' does not decide on recognition; write its state's code")
        return parts

    def place_among_parts(self, jurisdiction: str) -> tuple[int, str]:
        """Where a jurisdiction stands among the parts of its state that decide, the one with most inhabitants first."""
        return int(one(self.thing(jurisdiction), "order") or 0), jurisdiction

    @cached_property
    def _states(self) -> dict[str, str]:
        return {iri: thing["state"][0] for iri, thing in self.things.items() if "state" in thing}

    def state(self, jurisdiction: str) -> str:
        """The state that a jurisdiction is or belongs to."""
        return self._states.get(jurisdiction, jurisdiction)

    @cached_property
    def _codes(self) -> dict[str, str]:
        return {iri: thing["code"][0] for iri, thing in self.things.items() if "code" in thing}

    def code(self, jurisdiction: str) -> str:
        return self._codes.get(jurisdiction) or local_name(jurisdiction)

    @cached_property
    def _parties(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for iri, act in self.of_class("LegalAct").items():
            for party in every(act, "hasParty"):
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

    def basis(self, provision: str, lang: str) -> LegalBasis:
        """A provision, or an act as a whole: the act's address, its name as the language calls it, and the article."""
        return self.once(("basis", provision, lang), lambda: self._basis(provision, lang))

    def _basis(self, provision: str, lang: str) -> LegalBasis:
        thing = self.thing(provision)
        whole = "shortName" in thing
        act = provision if whole else one(thing, "ofAct") or ""
        described = self.thing(act)
        address = one(described, "eli") or one(described, "page") or act or None
        return {
            "act": address,
            "article": one(thing, "article"),
            "act_id": act or None,
            "act_name": one(described, f"citedAs@{lang}") or act_name(one(described, "shortName"), lang) or None,
            "provision": "" if whole else provision,
        }


def _iri(thing: Thing) -> str:
    return thing["iri"][0]


def _row_speaks_of(row: Thing, profession: Thing) -> bool:
    """Whether a row is for the profession: it names it, a group of it, or none."""
    if "profession" in row:
        return profession.get("iri", [""])[0] in row["profession"]
    return "forGroup" not in row or not set(row["forGroup"]).isdisjoint(every(profession, "inGroup"))


def _specific(row: Thing, jurisdiction: str) -> tuple[bool, bool, bool]:
    """Which of two rows wins: that of a profession, then of a group, then of the very jurisdiction."""
    return "profession" in row, "forGroup" in row, one(row, "host") == jurisdiction


def with_law(text: str, basis: Sequence[LegalBasis], lang: str) -> str:
    """A condition's sentence with the article behind it."""
    cited = "; ".join(
        f"{item['act_name'] or item['act']} {written_article(item['article'] or '', lang)}".strip() for item in basis
    )
    return f"{text} ({cited})" if cited else text


def read_reference(store: GraphStore) -> Reference:
    """Read the reference from the store."""
    version = store.version
    things = things_for(store, "path_reference", "")
    members = select(store, "union_states")
    return Reference(version, things, frozenset(row["code"].upper() for row in members))


def rank(regime: Thing) -> int:
    """Where a regime stands in the order in which a lawyer tries them."""
    return int(one(regime, "rank") or 99)


@lru_cache(maxsize=20_000)
def slug(iri: str) -> str:
    """The last part of one of our IRIs."""
    return iri[len(ID) :].partition("/")[2] if iri.startswith(ID) else local_name(iri)
