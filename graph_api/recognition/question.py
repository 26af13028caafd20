"""The question as it is asked: one model for query parameters, JSON bodies and the command line."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from typing_extensions import TypedDict

from graph_api.errors import BadRequest, LimitReached
from graph_api.rdf.languages import LANGUAGES

Level = Literal["a", "b", "c", "d", "e"]
Status = Literal["self_employed", "manager", "executive", "employed"]
Nationality = Literal[
    "EU",
    "family_member",
    "long_term_resident",
    "refugee",
    "blue_card",
    "residence_permit",
    "asylum_seeker",
    "third_country",
]
"""The statuses of residence of `fact_values.csv`; what each is worth, and where, the table says."""
Intent = Literal["establishment", "temporary_service", "employment", "level"]
Explain = Literal["short", "full"]
if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[LANGUAGES]

DAYS_IN_A_YEAR: Final = 365.2425
MOST_YEARS: Final = 60
LONGEST_QUESTION: Final = 2**15
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 1, 1)


def _slug(value: Any) -> Any:
    """Slugs are written with hyphens; the tables' underscores and an IRI's last part are understood too."""
    return value.strip().rsplit("/", 1)[-1].replace("_", "-").lower() if isinstance(value, str) else value


def _plausible(value: date) -> date:
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"write a date between {EARLIEST} and {LATEST}")
    return value


_QUOTED: Final = re.compile(r"'([a-z_]+)'")
LISTS: Final = ("certificates", "certificates_refused", "recognised_in")
"""The parameters that take several values, parted by commas or semicolons or given more than once."""
_MOST_TOLD: Final = 20
"""How many faults of one question are told at once."""
NONE_HELD: Final = "none"
"""What to write where none is held, since an empty parameter means that nothing is said."""

_SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_COUNTRY: Final = r"^[A-Za-z]{2}(-[A-Za-z]{2})?$"
_HOST: Final = r"^[A-Za-z]{2}([A-Za-z0-9]{1,3}|-[A-Za-z0-9]{1,3})?$"
_WRITE: Final = {
    _SLUG: "its short name: lower-case letters, digits and hyphens",
    _COUNTRY: "`NL`, or `BE-fr` for a community",
    _HOST: "`NL`, `BE-fr` for a community, `DE-NW` or `FR-GES` for a region, `DEA2D` for a NUTS area",
}
"""A pattern -> what to write."""

Slug = Annotated[str, BeforeValidator(_slug), Field(pattern=_SLUG, max_length=120)]
Country = Annotated[str, Field(pattern=_COUNTRY, description=_WRITE[_COUNTRY])]

Host = Annotated[
    str,
    Field(
        pattern=_HOST,
        description=_WRITE[_HOST],
    ),
]
PlaceName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f<>]+$")]


class Experience(BaseModel):
    """One period of lawful practice of the profession."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    country: Country
    status: Status = "employed"
    since: date = Field(alias="from")
    until: date | None = Field(default=None, alias="to", description="still going on when not given")
    share: float = Field(default=1.0, gt=0, le=1, description="part of a full-time post")
    full_responsibility: bool | None = Field(
        default=None, description="for nurses: planning, organisation and administration of care"
    )

    _plausible = field_validator("since", "until")(lambda value: value and _plausible(value))

    @model_validator(mode="after")
    def _in_order(self) -> Experience:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"'to' ({self.until}) lies before 'from' ({self.since})")
        return self


class Question(BaseModel):
    """May the holder of a qualification work in a profession elsewhere? What is not given is unknown."""

    model_config = ConfigDict(extra="forbid")

    qualification: Slug | None = Field(
        default=None, description="slug of a qualification or joint programme, e.g. `fr-dei`"
    )
    issued_in: Country | None = Field(default=None, description="issuing country, when no qualification here fits")
    recognised_in: list[Country] = Field(
        default_factory=list, max_length=10, description="states that have recognised the title already"
    )
    level: Level | None = Field(default=None, description="level of Art. 11 attested by the home authority")
    profession: Slug | None = Field(default=None, description="slug of a profession; may be left out for intent=level")
    country: Host
    place: PlaceName | None = Field(
        default=None, description="where in the host: a postcode, or a municipality by any of its names"
    )
    issued: date | None = None
    training_started: date | None = None
    training_years: float | None = Field(default=None, ge=0, le=20)
    certificates: list[Slug] | None = Field(
        default=None, max_length=40, description="those held; an explicit empty list means that none is held"
    )
    certificates_refused: list[Slug] = Field(
        default_factory=list, max_length=40, description="those refused or not to be had"
    )
    experience: list[Experience] | None = Field(default=None, max_length=60)
    nationality: Nationality | None = None
    intent: Intent = "establishment"
    as_of: date = Field(default_factory=date.today)
    applied_on: date | None = None
    lang: Language = "en"
    max_hops: int = Field(default=4, ge=1, le=6, description="most steps of a path")
    explain: Explain = Field(
        default="short", description="`full` names every regime that is closed; `short` those that a fact could open"
    )
    k: int = Field(default=100, ge=1, le=100, description="most paths for each deciding jurisdiction, the best first")

    _plausible = field_validator("issued", "training_started", "as_of", "applied_on")(
        lambda value: value and _plausible(value)
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Question:
        if self.profession is None and self.intent != "level":
            raise ValueError("'profession' is missing; only a question with intent=level can do without it")
        if self.issued and self.issued > self.as_of:
            raise ValueError(f"'issued' ({self.issued}) lies after 'as_of' ({self.as_of}): the title is not held yet")
        both = {*(self.certificates or ())} & {*self.certificates_refused}
        if both:
            raise ValueError(f"'certificates' and 'certificates_refused' both name '{min(both)}'; leave it in one")
        if self.issued and self.training_started and self.training_started > self.issued:
            raise ValueError(f"'training_started' ({self.training_started}) lies after 'issued' ({self.issued})")
        return self

    def as_json(self) -> QuestionJson:
        """The question as JSON."""
        return cast(QuestionJson, self.model_dump(mode="json", by_alias=True))


class QuestionJson(TypedDict):
    """A question as JSON: the fields of `Question`, its days and numbers as they are written."""

    qualification: str | None
    issued_in: str | None
    recognised_in: list[str]
    level: str | None
    profession: str | None
    country: str
    place: str | None
    issued: str | None
    training_started: str | None
    training_years: float | None
    certificates: list[str] | None
    certificates_refused: list[str]
    experience: list[dict[str, str | float | bool | None]] | None
    nationality: str | None
    intent: str
    as_of: str
    applied_on: str | None
    lang: str
    max_hops: int
    explain: str
    k: int


class Practice(BaseModel):
    """The three parameters that stand for one period of practice ending at `as_of`.

    No years mean that nothing is known; zero years mean that there is no practice.
    """

    model_config = ConfigDict(extra="forbid")

    experience_years: float | None = Field(
        default=None, ge=0, le=MOST_YEARS, allow_inf_nan=False, description="years of practice up to `as_of`"
    )
    experience_country: Country | None = Field(default=None, description="where they were spent")
    experience_status: Status = "employed"

    @model_validator(mode="after")
    def _has_country(self) -> Practice:
        if self.experience_years and self.experience_country is None:
            raise ValueError("'experience_country' is missing; say where the experience_years were spent")
        return self

    def records(self, as_of: date) -> list[Experience] | None:
        """The period as the one record of a question."""
        if self.experience_years is None:
            return None
        if self.experience_years == 0:
            return []
        since = as_of - timedelta(days=round(self.experience_years * DAYS_IN_A_YEAR) - 1)
        said = {"country": self.experience_country, "status": self.experience_status, "from": since, "to": as_of}
        return [Experience.model_validate(said)]


def parameters() -> list[dict[str, Any]]:
    """The question as parameters of an address, as OpenAPI describes them: those of the model, and of practice."""
    fields = {**Question.model_json_schema()["properties"], **Practice.model_json_schema()["properties"]}
    return [
        {
            "name": name,
            "in": "query",
            "required": name == "country",
            "schema": _of_address({key: value for key, value in schema.items() if key != "title"}),
        }
        for name, schema in fields.items()
        if name != "experience"
    ]


def _of_address(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter: what is unknown is left out of an address, so null is none of its values."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    known = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    if kinds:
        return {**kinds[0], **known}
    return schema if schema.get("default") is not None else known


def question_from(items: list[tuple[str, str]]) -> Question:
    """The question that query parameters or form fields ask; empty fields are unknown. Raises BadRequest."""
    given = _gathered(items)
    practice = {name: given.pop(name) for name in Practice.model_fields if name in given}
    try:
        question = Question.model_validate(given)
        records = Practice.model_validate(practice).records(question.as_of)
    except ValidationError as error:
        raise _unusable(error) from None
    return question.model_copy(update={"experience": records})


def _gathered(items: list[tuple[str, str]]) -> dict[str, Any]:
    """The values by name; those of lists together."""
    given: dict[str, Any] = {}
    for name, value in items:
        if not value.strip():
            continue
        if name in LISTS:
            parts = [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]
            given.setdefault(name, []).extend(part for part in parts if part != NONE_HELD)
        elif name in given:
            raise BadRequest(name, f"'{name}' is given twice; give it once")
        else:
            given[name] = value
    return given


def question_from_json(body: bytes) -> Question:
    """The question in a JSON body. Raises BadRequest, LimitReached."""
    if len(body) > LONGEST_QUESTION:
        message = f"this question has {len(body)} bytes; write at most {LONGEST_QUESTION}"
        raise LimitReached("question_bytes", LONGEST_QUESTION, message)
    try:
        return Question.model_validate_json(body)
    except ValidationError as error:
        raise _unusable(error) from None


def _unusable(error: ValidationError) -> BadRequest:
    """What is wrong in a question, in one message; the first faults where there are many."""
    told = error.errors()[:_MOST_TOLD]
    wrong = [(".".join(str(part) for part in item["loc"]) or _named_in(item["msg"]), item) for item in told]
    messages = [f"{name}: {_said(item)}" + _given(item) for name, item in wrong]
    return BadRequest(", ".join(name for name, _ in wrong), "; ".join(messages))


def _said(item: Any) -> str:
    """What is wrong with a value; of one that does not look like its kind, what to write instead."""
    pattern = item.get("ctx", {}).get("pattern")
    return f"write {_WRITE[pattern]}" if pattern in _WRITE else str(item["msg"]).removeprefix("Value error, ")


def _named_in(message: str) -> str:
    """The parameter that a message about the whole question names first."""
    found = _QUOTED.search(message)
    return found[1] if found else "body"


def _given(item: Any) -> str:
    value = item.get("input")
    return f" (given: {str(value)[:60]!r})" if isinstance(value, (str, int, float)) else ""
