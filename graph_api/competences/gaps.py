"""What a holder lacks for a piece of work, what would close it, and what only the law of one country permits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from datetime import date
from typing import Any, Final

from graph_api.competences.coverage import Coverage, Profile, coverage, credit, extra
from graph_api.competences.profiles import Act, Demand, Descriptions, Module, Names
from graph_api.competences.set_cover import Cover, Option, smallest_cover
from graph_api.store.kept_things import read_names
from graph_api.store.queries import iris, select
from graph_api.store.things import label, one

_ALLOWED: Final = frozenset({"yes", "delegated"})
_FORBIDDEN: Final = frozenset({"no"})
_HERE, _ELSEWHERE, _WHOLE_TITLE = 0, 1, 2


class Gaps:
    """Answers, for a title and a profession in a country, what is covered, what is missing and what closes it."""

    def __init__(self, descriptions: Descriptions) -> None:
        self._all = descriptions

    def read_ahead(self, places: Iterable[str]) -> None:
        """Read what every answer needs, and what the professions that are described ask for in these places."""
        self._all.read_ahead(places)

    def gap(
        self, qualification: str | None, profession: str, place: str, lang: str, day: date | None = None
    ) -> dict[str, Any]:
        """The gap between a title and the work of a profession in a jurisdiction; all three are addresses.

        `known` is false, with the reason, where either side has no described competence: not known is not nothing.
        """
        target = self._all.target(profession, place, day or date.today())
        names = Names(target.names, lang)
        held = self._all.profile(qualification, profession) if qualification else None
        unknown = _unknown(held, target)
        if held is None or unknown:
            return {"known": False, "reason": unknown, "target": target_json(target, names)}
        essential = coverage(held, target.profile, "essential")
        gap = _gap(essential)
        return {
            "known": True,
            "reason": None,
            "same_profession": qualification in {title.iri for title in self._all.titles(profession)},
            "target": target_json(target, names),
            "essential": essential.as_json(),
            "optional": coverage(held, target.profile, "optional").as_json(),
            "closest": closest(held, target, names),
            "missing": names.shown(essential.missing),
            "partly": names.shown(essential.partly),
            "extra": len(extra(held, target.profile)),
            "modules": self.cover_json(smallest_cover(gap, self._modules_for(gap, place)), names, lang),
        }

    def cover_json(self, cover: Cover, names: Names, lang: str) -> dict[str, Any]:
        """A set of modules or titles as answers show it."""
        modules = self._all.modules()
        chosen = [
            self._module_json(modules[item.iri], item, lang)
            if item.iri in modules
            else {"id": item.iri, "kind": "qualification", "label": names.label(item.iri), "closes": len(item.closes)}
            for item in cover.chosen
        ]
        return {
            "chosen": chosen,
            "closed": len(frozenset(element for item in cover.chosen for element in item.closes)),
            "left": names.shown(cover.left),
            "smallest": cover.exact,
        }

    def _module_json(self, module: Module, item: Option, lang: str) -> dict[str, Any]:
        return {
            "id": module.iri,
            "kind": "bridging-module",
            "label": label(module.facts, lang)[0],
            "countries": sorted(self._all.code(host) for host in module.hosts),
            "duration": one(module.facts, "duration"),
            "closes": len(item.closes),
        }

    def closing(self, held: Profile, asked: Profile, place: str | None, leave_out: Collection[str]) -> dict[str, Cover]:
        """The smallest set of modules, and the smallest of modules and whole titles, that closes the essential gap."""
        gap = _gap(coverage(held, asked, "essential"))
        by_modules = self._modules_for(gap, place)
        by_titles = self._titles_for(gap, asked, {*leave_out, held.iri, asked.iri})
        return {"modules": smallest_cover(gap, by_modules), "any": smallest_cover(gap, [*by_modules, *by_titles])}

    def _modules_for(self, gap: Set[str], place: str | None) -> list[Option]:
        """The modules that close something; those that the place offers come before others."""
        here = {place, self._all.state(place)} if place else set()
        return [
            Option(module.iri, module.closes & gap, _ELSEWHERE if module.hosts.isdisjoint(here) else _HERE)
            for module in self._all.modules().values()
            if not module.closes.isdisjoint(gap)
        ]

    def _titles_for(self, gap: set[str], asked: Profile, leave_out: Collection[str]) -> list[Option]:
        """Whole titles of any country, with what they close entirely; those that teach most of it are looked at."""
        if not gap:
            return []
        rows = select(self._all.store, "qualifications_with", competence=iris(sorted(gap)))
        wanted = [row["qualification"] for row in rows if row["qualification"] not in leave_out]
        return [
            Option(iri, frozenset(item for item in gap if credit(profile, asked, item).value == 1.0), _WHOLE_TITLE)
            for iri, profile in self._all.profiles_of(wanted).items()
        ]

    def law(self, profession: str, states: Sequence[str], lang: str) -> dict[str, Any] | None:
        """What the law of one of the states permits in a profession and that of the others does not.

        None where fewer than two of the states are in the table of permitted acts.
        """
        acts = self._all.acts(profession)
        asked = [state for state in states if any(state in act.permissions for act in acts.values())]
        if len(asked) < 2:
            return None
        names = Names(read_names(self._all.store, acts), lang)
        only: dict[str, list[dict[str, Any]]] = {self._all.code(state): [] for state in asked}
        undecided: list[dict[str, Any]] = []
        for act in sorted(acts.values(), key=lambda act: act.iri):
            verdicts = {state: verdict(act, state) for state in asked}
            allowing = [state for state, allowed in verdicts.items() if allowed]
            if None in verdicts.values():
                undecided.append(self._act_json(act, asked, names))
            elif len(allowing) == 1:
                only[self._all.code(allowing[0])].append(self._act_json(act, asked, names))
        return {"profession": profession, "only": only, "undecided": undecided, "acts": len(acts)}

    def _act_json(self, act: Act, states: Sequence[str], names: Names) -> dict[str, Any]:
        said = {self._all.code(state): act.permissions[state] for state in states if state in act.permissions}
        return {
            "id": act.iri,
            "label": names.label(act.iri),
            "permissions": {code: {"permission": word, "text": text} for code, (word, text) in sorted(said.items())},
        }


def verdict(act: Act, place: str) -> bool | None:
    """Whether the law of the place permits the act; None where the table cannot say, or says that it depends."""
    permission, _ = act.permissions.get(place, ("unknown", None))
    if permission in _ALLOWED:
        return True
    return False if permission in _FORBIDDEN else None


def _gap(essential: Coverage) -> set[str]:
    """The essential competences that are held not at all or in part only."""
    return {*essential.missing, *essential.partly}


def target_json(target: Demand, names: Names) -> dict[str, Any]:
    """On what a target rests, and how much it asks."""
    return {
        "source": target.source,
        "described_by": names.shown(target.grounds),
        "essential": len(target.profile.only("essential")),
        "optional": len(target.profile.only("optional")),
    }


def closest(held: Profile, target: Demand, names: Names) -> dict[str, Any] | None:
    """The one ground of the target that the holder covers best: nobody needs all of a country's titles."""
    found = {iri: coverage(held, profile, "essential").share or 0.0 for iri, profile in target.each.items()}
    if not found:
        return None
    best = min(found, key=lambda iri: (-found[iri], iri))
    return {"id": best, "label": names.label(best), "coverage": found[best]}


def _unknown(held: Profile | None, target: Demand) -> str | None:
    if held is None:
        return "no_qualification_given"
    if not held.entries:
        return "qualification_not_described"
    return None if target.profile.entries else "profession_not_described"
