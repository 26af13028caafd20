"""The answer to a path question: what stands in it, for the engine that writes it, the pages that read it, and OpenAPI.

An answer is made of plain dictionaries, which are quick; mypy sees what stands in them, and tests hold every answer
against the same types.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import ConfigDict, Field, GetPydanticSchema, TypeAdapter, with_config
from typing_extensions import TypedDict

from graph_api.recognition.question import Question, QuestionJson
from graph_api.search.codes import Predicate
from graph_api.store.things import Mark

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
StepKind = Literal["recognition", "licence", "register", "language_check", "declaration", "renewal", "business_permit"]
Relation = Literal["predecessor", "successor", "same_profession"]
VerdictStatus = Literal["open", "open_if", "unknown", "closed"]
Duration = str
"""A duration of ISO 8601, such as `P3M`."""


LEFT_OUT: Final = Field(json_schema_extra={"default": None})
"""Of a key that stands only where there is something to say."""


@with_config(ConfigDict(extra="forbid"))
class Part(TypedDict):
    """Part of an answer: nothing stands in it that is not described."""


class Named(Part):
    id: Annotated[str, Field(description="IRI")]
    label: Annotated[str | None, Field(description="in the language asked, else in another")]


class LegalBasis(Part):
    """A provision."""

    act: Annotated[str | None, Field(description="address of the act, its ELI where it has one")]
    article: str | None
    act_id: Annotated[str | None, Field(description="IRI of the act in the graph")]
    act_name: str | None
    provision: Annotated[str, Field(description="IRI of the provision; empty where an act is cited as a whole")]


class Regime(Part):
    """A recognition regime."""

    id: Annotated[str | None, Field(description="as R02 or R14-I-a")]
    slug: str
    label: str | None
    iri: str


class Place(Part):
    """Where a step begins or ends: a title, a profession in a country, or a country."""

    id: Annotated[str | None, Field(description="IRI; null where no title of the graph was named")]
    label: str | None
    country: str | None


class Change(Part):
    """The smallest change of the applicant's facts by which a condition would hold."""

    fact: str
    one_of: NotRequired[Annotated[list[str] | None, Field(description="one of these values"), LEFT_OUT]]
    add_years: NotRequired[Annotated[float | None, Field(description="so many more years of practice"), LEFT_OUT]]


class Parity(Named):
    """A law by which a fact of the applicant counts as another."""

    legal_basis: list[LegalBasis]


class Condition(Part):
    """A condition of the law with its verdict."""

    id: str
    iri: str
    label: str
    sentence: Annotated[str, Field(description="the label with its article")]
    fact: Annotated[str | None, Field(description="what it is about; a name with a dot is a fact of the graph")]
    test: Annotated[str, Field(description="how the fact is tested: one_of, at_least, includes, judged, …")]
    legal_basis: list[LegalBasis]
    status: ConditionStatus
    holds_by: NotRequired[
        Annotated[
            list[Parity] | None,
            Field(description="what puts the applicant's own value on a par with the one asked for"),
            LEFT_OUT,
        ]
    ]
    would_hold_with: NotRequired[Annotated[Change | None, LEFT_OUT]]
    missing_years: NotRequired[Annotated[float | None, LEFT_OUT]]
    country: NotRequired[Annotated[str | None, Field(description="the host meant, where several were asked"), LEFT_OUT]]


class Compensation(Part):
    """What the host may ask for at most."""

    possible: bool
    kinds: Annotated[list[str], Field(description="adaptation_period, aptitude_test, knowledge_test")]
    chosen_by: str | None
    max_months: int | None
    both: Annotated[bool, Field(description="whether both may be imposed")]
    note: str | None
    legal_basis: NotRequired[list[LegalBasis]]
    id: NotRequired[Annotated[str | None, LEFT_OUT]]


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


class Notice(Part):
    """What is worth knowing in a host beside recognition, whether a law says it or not."""

    id: str
    country: str
    sentence: str | None
    url: str | None
    legal_basis: Annotated[list[LegalBasis], Field(description="none where no law says it")]
    verified: Mark | None


class Source(Part):
    """On what a step rests."""

    id: str
    label: str | None
    url: str | None
    verified: Annotated[
        Mark | None,
        Field(
            description="`yes`: read in the source; `from-knowledge`: waits to be checked; `imported`: taken from a "
            "register by machine"
        ),
    ]
    of: Annotated[str, Field(description="IRI of the thing whose facts come from there")]


class Document(Named):
    code: str | None
    annex_vii: Annotated[str | None, Field(description="the point of the annex that lets it be asked for")]
    asked: Annotated[Literal["yes", "if"], Field(description="`if`: a fact that was not given decides")]
    condition: Annotated[str | None, Field(description="when it is asked, where that depends on the case")]
    of_earlier_step: Annotated[bool, Field(description="whether it is what an earlier step of the procedure yields")]


class Coded(Part):
    """A practical code and its sentence in the language asked."""

    code: str
    label: str | None


class Fee(Part):
    amount: float | None
    at_most: float | None
    currency: str | None
    measure: Annotated[float | None, Field(description="for each compensation measure that one takes")]


class Appeal(Part):
    body: Coded | None
    within: Duration | None


class FreeNote(Part):
    text: str
    lang: Annotated[str | None, Field(description="the language that the note is in, whatever was asked")]


class Missing(Part):
    """What is not known: who acts at the place asked."""

    authority: Annotated[str | None, Field(description="the kind of authority")]
    one_in_each: Annotated[
        str | None, Field(description="the unit of territory that has one: land, chamber district, department")
    ]
    region: Annotated[str | None, Field(description="code of the smallest jurisdiction that the question names")]
    place: Annotated[str | None, Field(description="the place that the question names")]


class Office(Part):
    """Who decides in one region."""

    region: str
    label: str | None
    authority: Authority


class ProcedureStep(Part):
    """One thing that the applicant does, in order."""

    order: int
    what: StepKind
    sentence: str | None
    authority: Authority | None
    missing: NotRequired[Annotated[Missing | None, LEFT_OUT]]
    channel: list[Coded]
    form: str | None
    send_to: Annotated[str | None, Field(description="postal or e-mail address")]
    documents: list[Document]
    copies: list[Coded]
    translation: list[Coded]
    languages: Annotated[list[str], Field(description="languages that the applicant must know, by their two letters")]
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
    complete: Annotated[bool, Field(description="whether the fee of every step is known")]


class Total(Part):
    """What all steps take and cost together."""

    longest: Duration | None
    longest_complete: Annotated[bool, Field(description="whether the term of every step that decides is known")]
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

    of: Annotated[str, Field(description="IRI of the thing")]
    label: str | None
    property: Annotated[str | None, Field(description="IRI of what was not read of it; null where nothing of it was")]
    property_label: str | None


class Weakest(Part):
    """The least certain mark among the facts on which a path or a step rests."""

    mark: Mark
    what: Annotated[str | None, Field(description="whose mark it is; null where all were read in their sources")]
    facts: Annotated[list[UnreadFact], Field(description="every fact that nobody read")]


_From = TypedDict("_From", {"from": Place})


class Step(Part, _From):
    """One recognition, or one freedom to work."""

    to: Place
    regime: Regime
    variant: str | None
    legal_basis: Annotated[list[LegalBasis], Field(description="the host's own law first, then the directive")]
    national_law_read: Annotated[bool, Field(description="whether the host's own law on it was read")]
    national_law_note: Annotated[
        str | None, Field(description="that it was not read, where an authority decides by it")
    ]
    conditions: list[Condition]
    compensation: Compensation
    deadlines: Deadlines
    calendar: Calendar | None
    authority: Authority | None
    authorities: list[Authority]
    missing: Annotated[Missing | None, Field(description="where the authority of the place asked is not known")]
    offices: Annotated[
        list[Office] | None,
        Field(description="who decides in each region, where the place decides and the question names none"),
    ]
    procedure: list[ProcedureStep]
    documents: list[Document]
    application: Application | None
    along_with: Annotated[list[Regime], Field(description="rights and procedures that go with the step")]
    competences: Annotated[
        dict[str, Any] | None, Field(description="where no recognition is needed: what the title covers")
    ]
    doubts: list[Named]
    sources: list[Source]
    weakest: Weakest
    route: Annotated[str | None, Field(description="IRI of the route that the rules derived")]


class Path(Part):
    """A way to the profession, of one or more steps."""

    rank: int
    status: PathStatus
    outcome: Outcome | None
    because: Annotated[list[str], Field(description="the conditions that are met, as sentences")]
    open_if: Annotated[list[str], Field(description="the conditions that are unknown, as sentences")]
    steps: list[Step]
    total: Total
    weakest: Weakest


class Refusal(Part):
    """A regime that is closed, and why."""

    regime: Regime
    regimes: Annotated[list[str | None], Field(description="the regimes of the family that fail for the same reasons")]
    country: str
    because: list[Condition]
    would_open: Annotated[
        list[Change] | None, Field(description="changes that together open it; null where none could")
    ]


_Given = TypedDict("_Given", {"from": Annotated[str, Field(description="the code or address as it was given")]})


class ProfessionMatched(Part, _Given):
    """How the profession was found from a code of another classification."""

    concept: Annotated[str, Field(description="IRI of the concept with the code")]
    predicate: Annotated[
        Predicate,
        Field(description="what the profession is to the concept: `narrowMatch`, where the concept holds more"),
    ]
    id: Annotated[str, Field(description="IRI of the profession")]


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


class AskedJson(QuestionJson):
    """`Asked` as JSON."""

    qualification_iri: str | None
    qualification_label: str | None
    profession_iri: str | None
    profession_label: str | None
    profession_matched: ProfessionMatched | None
    home: str | None
    hosts: list[str]
    places: list[str]
    place_iri: str | None
    region: str | None
    nuts3: str | None


class OtherTitle(Named):
    """A title that the diploma may be, where it is not of the day of the title asked."""

    slug: str
    lang: str | None
    relation: Relation
    valid_from: str | None
    valid_to: str | None
    of_that_day: Annotated[bool | None, Field(description="null where its interval is not known")]


class Profession(Named):
    slug: str


class Firm(Part):
    """The answer for running a firm of one's own, where that falls under another profession."""

    profession: Profession
    outcome: Outcome
    paths: list[Path]
    refused: list[Refusal]


_For = TypedDict("_For", {"for": Annotated[str, Field(description="employment, own_firm, title or temporary_service")]})


class Verdict(Part, _For):
    """Yes, no or if, for one thing that one can want to do and that the host tells apart."""

    country: Annotated[str, Field(description="the host, or the part of it that decides")]
    outcome: Outcome
    status: VerdictStatus
    path_rank: Annotated[
        int | None, Field(description="of the path that it rests on; null where that belongs to another intent")
    ]
    sentence: Annotated[str | None, Field(description="in the language asked; it presumes no fact that was not given")]


class NamedTitle(Named):
    slug: str


class JointProgramme(Named):
    """The joint programme that was asked for in place of a title."""

    slug: str
    titles: Annotated[list[NamedTitle], Field(description="those that its graduates hold; none where no source says")]
    since: str | None
    ask: Annotated[list[Authority], Field(description="who says which title a graduate holds")]
    sentence: Annotated[str | None, Field(description="by which title the answer goes, or whom to ask")]
    sources: list[Source]


class Assumption(Part):
    """The title that was taken for the usual one, where only its state was said."""

    qualification: NamedTitle
    sentence: str | None


AlternativeWhy = Literal["does_the_work", "opened_by_title"]


class Alternative(Named):
    """A profession to ask for instead: the host keeps the work for it, or the title opens it and not the one asked."""

    slug: str
    why: Annotated[
        AlternativeWhy, Field(description="does_the_work where the host has no profession like the one asked")
    ]
    hosts: Annotated[list[str], Field(description="codes of the hosts asked that know the profession")]


class FoundAnswer(Part):
    """What was found for one question, before other questions add to it."""

    question: Annotated[AskedJson, GetPydanticSchema(lambda _, schema_of: schema_of(Asked))]
    as_of: str
    data_version: str
    outcome: Outcome
    paths: list[Path]
    refused: Annotated[list[Refusal], Field(description="those that a fact could open; with explain=full all")]
    advice: Annotated[list[Contact], Field(description="first-line advice at home and in the host")]
    notices: Annotated[list[Notice], Field(description="what is worth knowing in the host beside recognition")]


class WholeAnswer(FoundAnswer):
    """The answer with what other questions add to it."""

    verdicts: list[Verdict]
    assumed: Assumption | None
    joint_programme: Annotated[JointProgramme | None, Field(description="where the question names one")]
    alternatives: list[Alternative]
    instead: list[OtherTitle]
    firm: Firm | None


class UnderReform(Part):
    """The reform that an answer takes to be in force: it is no law in force."""

    name: str
    title: str
    status: Annotated[str, Field(description="hypothetical, or passed: adopted and not yet in force")]
    in_force: str
    base_version: Annotated[str, Field(description="the version of the law in force over which it was laid")]


class PathAnswer(WholeAnswer):
    """The answer to a path question."""

    reform: NotRequired[Annotated[UnderReform, Field(description="only where `reform=` names one")]]

    acknowledgements: NotRequired[Annotated[list[str], Field(description="to show with what other publishers own")]]
    context: NotRequired[Annotated[str, Field(alias="@context", description="with it the answer expands to triples")]]


CONTRACT: Final[TypeAdapter[PathAnswer]] = TypeAdapter(PathAnswer)
"""What OpenAPI says of an answer, and what tests hold answers against."""
