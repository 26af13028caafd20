"""An invented desk of review: a table of trades, a crosswalk, and experts with keys made for the test."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from graph_api.review import sheets
from graph_api.review.decisions import Memory, read_decisions
from graph_api.review.experts import read_experts
from graph_api.review.facts import Fact, read_facts
from graph_api.review.queue import facts_named, next_facts
from graph_api.review.signatures import PURPOSE
from graph_api.review.taking import Taken, take
from tests.conftest import ROOT

DAY = date(2026, 11, 28)
SIGN_BY = date(2026, 12, 28)
PAS = "https://w3id.org/passerelle/def#"
ID = "https://w3id.org/passerelle/id/"
_TRADES = """trade,title,jurisdiction,level,unread,source,verified,note
cooper,"Cooper, master",no,4,,"Act on trades, section 2 https://law.example/2",from-knowledge,
smith,Smith,no,5,level,"Act on trades, section 3",yes,
weaver,Weaver,so,4,,"Act on weaving, section 1",from-knowledge,
"""
_PLACES = """jurisdiction,state,source,verified
no,no,invented,yes
so,so,invented,yes
"""
CROSSWALK = """#curie_map:
#  other: "https://other.example/"
#  trade: "https://w3id.org/passerelle/id/trade/"
subject_id\tsubject_label\tpredicate_id\tpredicate_modifier\tobject_id\tobject_label\tmapping_justification\tconfidence\tauthor_label\treviewer_id\treviewer_label\treview_date\tcomment
trade:cooper\tcooper\tskos:exactMatch\t\tother:1\tbarrel maker\tsemapv:ManualMappingCuration\t0.8\tcurators\t\t\t\tsame "work"
trade:smith\tsmith\tskos:closeMatch\t\tother:2\tfarrier\tsemapv:ManualMappingCuration\t0.5\tcurators\t\t\t\tnear
"""
_TEXT = {"base": "string"}


def _schema(key: str, about: str, columns: Sequence[str], links: Mapping[str, str]) -> str:
    described = []
    for name in columns:
        column: dict[str, object] = {"name": name, "propertyUrl": f"{PAS}{name}", "datatype": _TEXT}
        if name == "source":
            column |= {"propertyUrl": "http://purl.org/dc/terms/source", "separator": " ; "}
        described.append(column | ({"valueUrl": links[name]} if name in links else {}))
    found = {"@context": "http://www.w3.org/ns/csvw", "aboutUrl": about, "primaryKey": key, "columns": described}
    return json.dumps(found)


class Desk:
    """A folder of tables with four experts: two of the north, one of the south, one of the south for another table."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.mappings, self.keys, self.suggestions = folder / "mappings", keys, folder / "suggestions"
        for each in (self.mappings / "schemas", self.mappings / "crosswalks", self.suggestions):
            each.mkdir(parents=True)
        self._write("trades.csv", _TRADES)
        self._write("jurisdictions.csv", _PLACES)
        self._write("crosswalks/trade_other.sssom.tsv", CROSSWALK)
        place = f"{ID}jurisdiction/"
        columns = _TRADES.partition("\n")[0].split(",")
        links = {"jurisdiction": place + "{jurisdiction}"}
        self._write("schemas/trades.json", _schema("trade", ID + "trade/{trade}", columns, links))
        columns = _PLACES.partition("\n")[0].split(",")
        self._write(
            "schemas/jurisdictions.json",
            _schema("jurisdiction", place + "{jurisdiction}", columns, {"state": place + "{state}"}),
        )
        for name in ("experts", "reviews"):
            shutil.copy(ROOT / "mappings" / "schemas" / f"{name}.json", self.mappings / "schemas")
            self._write(
                f"{name}.csv", (ROOT / "mappings" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0] + "\n"
            )
        names = ("trades", "jurisdictions", "experts", "reviews")
        listed = [{"url": f"{name}.csv", "tableSchema": f"schemas/{name}.json"} for name in names]
        self._write("csv-metadata.json", json.dumps({"tables": listed}))
        self._experts()

    def _write(self, name: str, text: str) -> None:
        (self.mappings / name).write_text(text, encoding="utf-8", newline="")

    def _experts(self) -> None:
        rows = [
            ("ada", "Ada", "0000-0002-1825-0097", "no", "so", "all", "2026-01-01", ""),
            ("bo", "Bo", "", "so", "no", "trades;crosswalks", "2026-01-01", ""),
            ("cy", "Cy", "", "no", "so", "all", "2026-01-01", "2026-10-31"),
            ("di", "Di", "", "no", "so", "all", "2026-01-01", ""),
            ("ed", "Ed", "", "so", "", "regimes;trades", "2026-01-01", ""),
        ]
        with (self.mappings / "experts.csv").open("a", encoding="utf-8", newline="") as table:
            writer = csv.writer(table, lineterminator="\n")
            for slug, name, orcid, state, also, competence, since, until in rows:
                key = self.key(slug)
                writer.writerow([slug, name, orcid, state, also, competence, key, since, until, "invented", "yes", ""])

    def key(self, name: str) -> str:
        """The public key of a pair of keys, made when first asked for."""
        path = self.keys / name
        if not path.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
        return " ".join(path.with_suffix(".pub").read_text().split()[:2])

    def facts(self) -> dict[str, Fact]:
        return read_facts(self.mappings, self.suggestions)

    def memory(self) -> Memory:
        return Memory(read_decisions(self.mappings), read_experts(self.mappings))

    def waiting(self, expert: str, answers: Mapping[str, int] | None = None) -> list[str]:
        """The keys of what an expert is asked next."""
        experts = read_experts(self.mappings)
        asked = next_facts(self.facts().values(), self.memory(), experts, experts[expert], answers or {}, 100)
        return [fact.key for fact in asked]

    def sheet(self, expert: str, name: str, keys: Sequence[str], sign_by: date = SIGN_BY) -> list[dict[str, str]]:
        """A table for an expert about these facts."""
        found = facts_named(self.facts(), keys)
        return [dict(row) for row in sheets.rows_for(found, name, expert, sign_by, {})]

    def sign(self, data: bytes, expert: str, purpose: str = PURPOSE) -> bytes:
        """The signature that OpenSSH makes."""
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.keys / expert), "-n", purpose]
        return subprocess.run(command, input=data, check=True, capture_output=True).stdout

    def take(self, data: bytes, signature: bytes, today: date = DAY) -> Taken:
        return take(self.mappings, data, signature, self.facts(), today)

    def decide(self, expert: str, name: str, decisions: Mapping[str, tuple[str, ...]]) -> Taken:
        """An expert judges facts, each by decision, reason and what it should say; signs, and the table is taken."""
        rows = self.sheet(expert, name, list(decisions))
        for row in rows:
            row["decision"], row["reason"], row["should_say"] = (*decisions[row["fact"]], "", "")[:3]
        data = sheets.as_csv(rows)
        return self.take(data, self.sign(data, expert))

    def rows(self) -> list[dict[str, str]]:
        """The rows of reviews.csv."""
        with (self.mappings / "reviews.csv").open(encoding="utf-8", newline="") as table:
            return list(csv.DictReader(table))

    def text(self, name: str) -> str:
        return (self.mappings / name).read_text(encoding="utf-8")
