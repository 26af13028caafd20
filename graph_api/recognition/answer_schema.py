"""The answer to a path question as the OpenAPI contract describes it; tests hold every answer against it.

The engine writes plain dictionaries, which are quick; these models say what stands in them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from graph_api.recognition.question import Question

PathStatus = Literal["open", "open_if", "unknown"]
ConditionStatus = Literal["met", "unmet", "unknown"]
Outcome = Annotated[
    str,
    Field(
        pattern="^[a-z_]+$",
        description="a code of the table of outcomes: automatic, experience, general_system, not_regulated, own_title, "
        "bilateral, level_only, temporary_service, partial_access, own_regime, none (the law closes every way "
        "known) or unknown (the graph does not know)",
    ),
]
Mark = Literal["yes", "from-knowledge"]
Duration = str
"""A duration of ISO 8601, such as `P3M`."""


class Part(BaseModel):
    """Part of an answer: nothing stands in it that is not described."""

    model_config = ConfigDict(extra="forbid")


class Named(Part):
    id: str = Field(description="IRI")
    label: str | None = Field(description="in the language asked, else in another")


class LegalBasis(Part):
    """A provision."""

    act: str | None = Field(description="address of the act, its ELI where it has one")
    article: str | None
    act_id: str | None = Field(description="IRI of the act in the graph")
    act_name: str | None
    provision: str = Field(description="IRI of the provision")


class Regime(Part):
    """A recognition regime."""

    id: str | None = Field(description="as R02 or R14-I-a")
    slug: str
    label: str | None
    iri: str


class Place(Part):
    """Where a step begins or ends: a title, a profession in a country, or a country."""

    id: str | None = Field(description="IRI; null where no title of the graph was named")
    label: str | None
    country: str | None


class Change(Part):
    """The smallest change of the applicant's facts by which a condition would hold."""

    fact: str
    one_of: list[str] | None = Field(default=None, description="one of these values")
    add_years: float | None = Field(default=None, description="so many more years of practice")


class Parity(Named):
    """A law by which a fact of the applicant counts as another."""

    legal_basis: list[LegalBasis]


class Condition(Part):
    """A condition of the law with its verdict."""

    id: str
    iri: str
    label: str
    sentence: str = Field(description="the label with its article")
    fact: str | None = Field(description="what it is about; a name with a dot is a fact of the graph")
    test: str = Field(description="how the fact is tested: one_of, at_least, includes, judged, …")
    legal_basis: list[LegalBasis]
    status: ConditionStatus
    holds_by: list[Parity] | None = Field(
        default=None, description="what puts the applicant's own value on a par with the one asked for"
    )
    would_hold_with: Change | None = None
    missing_years: float | None = None
    country: str | None = Field(default=None, description="the host meant, where several were asked")


class Compensation(Part):
    """What the host may ask for at most."""

    possible: bool
    kinds: list[str] = Field(description="adaptation_period, aptitude_test")
    chosen_by: str | None
    max_months: int | None
    both: bool = Field(description="whether both may be imposed")
    note: str | None
    legal_basis: list[LegalBasis] = Field(default_factory=list)
    id: str | None = None


class Deadlines(Part):
    """How long the authority has; null where no source says it."""

    acknowledge: Duration | None
    decide: Duration | None
    extension: Duration | None


class Calendar(Part):
    """The deadlines as last days, counted from `applied_on`."""

    applied_on: str
    acknowledge_by: str | None
    decide_by: str | None
    decide_by_if_extended: str | None


class Authority(Named):
    url: str | None
    address: str | None
    email: str | None


class Contact(Named):
    """Who gives first-line advice."""

    kind: str | None
    country: str
    url: str | None
    languages: str | None
    verified: Mark | None


class Source(Part):
    """On what a step rests."""

    id: str
    label: str | None
    url: str | None
    verified: Mark | None = Field(description="`yes`: read in the source; `from-knowledge`: waits to be checked")
    of: str = Field(description="IRI of the thing whose facts come from there")


class Document(Named):
    code: str | None
    annex_vii: str | None = Field(description="the point of the annex that lets it be asked for")
    asked: Literal["yes", "if"] = Field(description="`if`: a fact that was not given decides")
    condition: str | None = Field(description="when it is asked, where that depends on the case")
    of_earlier_step: bool = Field(description="whether it is what an earlier step of the procedure yields")


class Coded(Part):
    """A practical code and its sentence in the language asked."""

    code: str
    label: str | None


class Fee(Part):
    amount: float | None
    at_most: float | None
    currency: str | None
    measure: float | None = Field(description="for each compensation measure that one takes")


class Appeal(Part):
    body: Coded | None
    within: Duration | None


class FreeNote(Part):
    text: str
    lang: str | None = Field(description="the language that the note is in, whatever was asked")


class Missing(Part):
    """What is not known: who acts at the place asked."""

    authority: str | None = Field(description="the kind of authority")
    one_in_each: str | None = Field(
        description="the unit of territory that has one: land, chamber district, department"
    )


class Office(Part):
    """Who decides in one region."""

    region: str
    label: str | None
    authority: Authority


class ProcedureStep(Part):
    """One thing that the applicant does, in order."""

    order: int
    what: Literal["recognition", "licence", "register", "language_check", "declaration", "renewal", "business_permit"]
    sentence: str | None
    authority: Authority | None
    missing: Missing | None = None
    channel: list[Coded]
    form: str | None
    send_to: str | None = Field(description="postal or e-mail address")
    documents: list[Document]
    copies: list[Coded]
    translation: list[Coded]
    languages: list[str] = Field(description="languages that the applicant must know, by their two letters")
    language_level: str | None
    language_rules: list[Coded]
    fee: Fee | None
    deadlines: Deadlines
    silence: Coded | None
    appeal: Appeal | None
    repeats_every: Duration | None
    legal_basis: list[LegalBasis]
    note: FreeNote | None
    sources: list[Source]


class Cost(Part):
    amount: float
    currency: str | None
    at_most: float
    complete: bool = Field(description="whether the fee of every step is known")


class Total(Part):
    """What all steps take and cost together."""

    longest: Duration | None
    longest_complete: bool = Field(description="whether the term of every step that decides is known")
    cost: Cost | None


class Application(Part):
    """How to apply, as the tables say it; null is unknown."""

    id: str
    application_channel: str | None
    electronic: str | None
    certified_copies: str | None
    translation: str | None
    language_requirement: str | None
    fee: str | None
    fee_minimum: str | None
    fee_maximum: str | None
    currency: str | None
    time_limit: str | None
    silence_means: str | None
    appeal_body: str | None
    temporary_declaration_to: str | None
    source_date: str | None
    verified: Mark | None
    note: str | None


class UnreadFact(Part):
    """A fact on which an answer rests and that nobody read in its source."""

    of: str = Field(description="IRI of the thing")
    label: str | None
    property: str | None = Field(description="IRI of what was not read of it; null where nothing of it was")
    property_label: str | None


class Weakest(Part):
    """The least certain mark among the facts on which a path or a step rests."""

    mark: Mark
    what: str | None = Field(description="whose mark it is; null where all were read in their sources")
    facts: list[UnreadFact] = Field(description="every fact that nobody read")


class Step(Part):
    """One recognition, or one freedom to work."""

    from_: Place = Field(alias="from")
    to: Place
    regime: Regime
    variant: str | None
    legal_basis: list[LegalBasis] = Field(description="the host's own law first, then the directive")
    national_law_read: bool = Field(description="whether the host's own law on it was read")
    national_law_note: str | None = Field(description="that it was not read, where an authority decides by it")
    conditions: list[Condition]
    compensation: Compensation
    deadlines: Deadlines
    calendar: Calendar | None
    authority: Authority | None
    authorities: list[Authority]
    missing: Missing | None = Field(description="where the authority of the place asked is not known")
    offices: list[Office] | None = Field(
        description="who decides in each region, where the place decides and the question names none"
    )
    procedure: list[ProcedureStep]
    documents: list[Document]
    application: Application | None
    along_with: list[Regime] = Field(description="rights and procedures that go with the step")
    competences: dict[str, Any] | None = Field(description="where no recognition is needed: what the title covers")
    doubts: list[Named]
    sources: list[Source]
    weakest: Weakest
    route: str | None = Field(description="IRI of the route that the rules derived")


class Path(Part):
    """A way to the profession, of one or more steps."""

    rank: int
    status: PathStatus
    outcome: Outcome | None
    because: list[str] = Field(description="the conditions that are met, as sentences")
    open_if: list[str] = Field(description="the conditions that are unknown, as sentences")
    steps: list[Step]
    total: Total
    weakest: Weakest


class Refusal(Part):
    """A regime that is closed, and why."""

    regime: Regime
    regimes: list[str | None] = Field(description="the regimes of the family that fail for the same reasons")
    country: str
    because: list[Condition]
    would_open: list[Change] | None = Field(description="changes that together open it; null where none could")


class ProfessionMatched(Part):
    """How the profession was found from a code of another classification."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    given: str = Field(alias="from", description="the code or address as it was given")
    concept: str = Field(description="IRI of the concept with the code")
    predicate: Literal["exactMatch", "closeMatch", "narrowMatch", "broadMatch"] = Field(
        description="what the profession is to the concept: `narrowMatch`, where the concept holds more"
    )
    id: str = Field(description="IRI of the profession")


class Asked(Question):
    """The question as it was understood."""

    qualification_iri: str | None
    qualification_label: str | None
    profession_iri: str | None
    profession_label: str | None
    profession_matched: ProfessionMatched | None
    home: str | None
    hosts: list[str]
    places: list[str]
    place_iri: str | None = Field(description="the place asked, where the graph knows it")
    region: str | None = Field(description="code of the smallest jurisdiction that holds the place")
    nuts3: str | None = Field(description="NUTS code of the place or region asked")


class OtherTitle(Named):
    """A title that the diploma may be, where it is not of the day of the title asked."""

    slug: str
    lang: str | None
    relation: Literal["predecessor", "successor", "same_profession"]
    valid_from: str | None
    valid_to: str | None
    of_that_day: bool | None = Field(description="null where its interval is not known")


class Profession(Named):
    slug: str


class Firm(Part):
    """The answer for running a firm of one's own, where that falls under another profession."""

    profession: Profession
    outcome: Outcome
    paths: list[Path]
    refused: list[Refusal]


class Verdict(Part):
    """Yes, no or if, for one thing that one can want to do and that the host tells apart."""

    for_: str = Field(alias="for", description="employment, own_firm, title or temporary_service")
    country: str = Field(description="the host, or the part of it that decides")
    outcome: Outcome
    status: Literal["open", "open_if", "unknown", "closed"]
    path_rank: int | None = Field(description="of the path that it rests on; null where that belongs to another intent")
    sentence: str | None = Field(description="in the language asked; it presumes no fact that was not given")


class NamedTitle(Named):
    slug: str


class Assumption(Part):
    """The title that was taken for the usual one, where only its state was said."""

    qualification: NamedTitle
    sentence: str | None


class Alternative(Named):
    """A profession that the title opens, where it is one of another profession than the one asked."""

    slug: str
    hosts: list[str] = Field(description="codes of the hosts asked that know the profession")


class PathAnswer(Part):
    """The answer to a path question."""

    question: Asked
    as_of: str
    data_version: str
    outcome: Outcome
    paths: list[Path]
    refused: list[Refusal] = Field(description="those that a fact could open; with explain=full all")
    advice: list[Contact] = Field(description="first-line advice at home and in the host")
    verdicts: list[Verdict]
    assumed: Assumption | None
    alternatives: list[Alternative]
    instead: list[OtherTitle]
    firm: Firm | None
    acknowledgements: list[str] = Field(default_factory=list, description="to show with what other publishers own")
