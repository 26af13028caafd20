"""Joint programmes in path questions: the titles that their graduates hold, or whom to ask which these are."""

from __future__ import annotations

from collections.abc import Mapping

from graph_api.rdf.terms import thing
from graph_api.recognition.answer_schema import JointProgramme, NamedTitle
from graph_api.recognition.case import Case
from graph_api.recognition.law import slug
from graph_api.recognition.procedures import FileReader, authority_of, sources_of
from graph_api.recognition.sentences import Where, said
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import things_for
from graph_api.store.per_version import Current
from graph_api.store.things import Thing, every, label, one


class Programmes:
    """Reads the joint programmes once for each version of the data."""

    def __init__(self, store: GraphStore, files: FileReader) -> None:
        self._all: Current[dict[str, Thing]] = Current(store, lambda: things_for(store, "path_programmes", ""))
        self._files = files

    def named(self, slug_: str | None) -> Thing | None:
        """The programme with the slug; None where there is none."""
        return self._all.get().get(str(thing("joint-programme", slug_).value)) if slug_ else None

    def written(self, case: Case, titles: Mapping[str, Thing]) -> JointProgramme | None:
        """What an answer says of the programme that was asked for; `titles` are those it awards, by IRI."""
        if case.programme is None:
            return None
        reference, lang, programme = case.reference, case.question.lang, case.programme
        iri = programme["iri"][0]
        asked = [authority_of(one_, named, lang) for one_, named in self._asked(programme).items()]
        held: list[NamedTitle] = [
            {"id": title, "slug": slug(title), "label": label(known, lang)[0]} for title, known in titles.items()
        ]
        words = {
            "programme": label(programme, lang)[0],
            "titles": "; ".join(title["label"] or title["slug"] for title in held) or None,
            "title": label(case.known[case.qualification], lang)[0] if case.qualification else None,
            "ask": "; ".join(body["label"] or "" for body in asked) or None,
        }
        return {
            "id": iri,
            "label": words["programme"],
            "slug": slug(iri),
            "titles": held,
            "since": one(programme, "validFrom"),
            "ask": asked,
            "sentence": said(reference, "programme", Where(), words, lang),
            "sources": list(sources_of(reference, iri, programme)),
        }

    def whom_to_ask(self, case: Case) -> str | None:
        """The names of the bodies that say which titles the graduates hold; None where the titles are known."""
        if not case.untold or case.programme is None:
            return None
        names = (label(body, case.question.lang)[0] for body in self._asked(case.programme).values())
        return "; ".join(filter(None, names)) or None

    def _asked(self, programme: Thing) -> dict[str, Thing]:
        return self._files.names(every(programme, "authority"))
