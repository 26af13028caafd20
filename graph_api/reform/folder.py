"""`reforms/<name>/`: a proposal as a lawyer writes it: a README whose head says what it is, tables and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph_api.errors import BadTable, Defect, UnknownIdentifier
from graph_api.rdf.terms import is_slug

README: Final = "README.md"
_FENCE: Final = "---\n"


class Words(BaseModel):
    """One text in the four languages."""

    model_config = ConfigDict(extra="forbid")
    en: str
    nl: str
    fr: str
    de: str

    def in_(self, lang: str) -> str:
        """The text in a language."""
        return str(getattr(self, lang, self.en))


class LegalBasis(BaseModel):
    """What a reform rests on: an article, and what it says, as somebody read it or knows it."""

    model_config = ConfigDict(extra="forbid")
    act: str
    article: str = Field(default="", description="empty: not known, or the act as a whole")
    says: str
    source: str = Field(description="where it was read, with the state of the text")
    verified: Literal["yes", "from-knowledge"]


class Head(BaseModel):
    """What the head of a README says."""

    model_config = ConfigDict(extra="forbid")
    title: Words
    summary: Words
    status: Literal["hypothetical", "passed"] = Field(
        description="`passed`: the law is adopted and enters into force later"
    )
    proposed_by: str
    in_force: date
    legal_basis: list[LegalBasis] = Field(min_length=1)
    changes: list[str] = Field(min_length=1, description="the law that it would change")
    needs: list[str] = Field(min_length=1, description="what it would take")
    ends_rules: list[str] = []


@dataclass(frozen=True)
class Reform:
    """A proposal: its name, what its README says, and its folder."""

    name: str
    head: Head
    text: str
    folder: Path

    @property
    def tables(self) -> Sequence[str]:
        """The tables whose rows it changes, as they stand below `mappings/`."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.csv"))

    @property
    def rules(self) -> Path:
        """Where its rules are."""
        return self.folder / "rules"


def read_reform(folder: Path) -> Reform:
    """The reform in a folder. Raises BadTable, with all that is wrong in its head."""
    file = f"reforms/{folder.name}/{README}"
    path = folder / README
    if not path.is_file():
        raise BadTable([Defect(file, "is not there; write one, with a head between two lines `---`")])
    try:
        _, _, rest = path.read_text(encoding="utf-8").partition(_FENCE)
    except UnicodeDecodeError:
        raise BadTable([Defect(file, "is not UTF-8; save it as UTF-8")]) from None
    head, fence, text = rest.partition(_FENCE)
    if not fence:
        raise BadTable([Defect(file, "has no head; begin with a line `---`, and end the head with another")])
    try:
        said: Mapping[str, Any] = yaml.load(head, Loader=yaml.BaseLoader) or {}  # a `yes` is a word here
        return Reform(folder.name, Head.model_validate(said), text.strip(), folder)
    except yaml.YAMLError as error:
        raise BadTable([Defect(file, f"its head is not YAML: {str(error).splitlines()[0]}")]) from None
    except ValidationError as error:
        defects = [Defect(file, f"{'.'.join(map(str, item['loc']))}: {item['msg']}") for item in error.errors()]
        raise BadTable(defects) from None
    except (ValueError, RecursionError) as error:  # a day that there is not, brackets without end
        raise BadTable([Defect(file, f"its head cannot be read: {error}")]) from None


def names_in(reforms: Path) -> list[str]:
    """The names of the reforms in a folder."""
    return sorted(path.parent.name for path in reforms.glob(f"*/{README}")) if reforms.is_dir() else []


def named(reforms: Path, name: str) -> Reform:
    """The reform of that name. Raises UnknownIdentifier, BadTable."""
    if not is_slug(name) or name not in names_in(reforms):
        raise UnknownIdentifier("reform", name, names_in(reforms))
    return read_reform(reforms / name)


def data_of(data: Path, name: str) -> Path:
    """The data folder of a reform, beside the graphs of the law in force."""
    return data / "reforms" / name
