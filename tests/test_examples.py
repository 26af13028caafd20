"""The example queries: each runs as it stands, finds what its header says, and agrees with the tables it was made from."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat, parse

from graph_api.errors import BadTable
from graph_api.store.examples import Example, read_examples
from graph_api.store.local import CurrentStore
from tests.conftest import DECIDING, ROOT, STATES, in_turn

EXAMPLES = read_examples(ROOT / "ontology")
BY_NAME = {example.name: example for example in EXAMPLES}


def table(*names: str) -> Iterator[dict[str, str]]:
    """The rows of all tables that match the names."""
    for name in names:
        for path in sorted((ROOT / "mappings").glob(name)):
            with path.open(encoding="utf-8", newline="") as file:
                yield from csv.DictReader(file)


def rows_of(store: CurrentStore, name: str) -> list[dict[str, Any]]:
    answer = json.loads(store.query(BY_NAME[name].text, QueryResultsFormat.JSON.media_type))
    return [{key: cell["value"] for key, cell in row.items()} for row in answer["results"]["bindings"]]


def shape_of(store: CurrentStore, example: Example) -> tuple[tuple[str, ...], int]:
    """The columns and the number of rows of the example's answer."""
    match example.kind:
        case "ask":
            answer = json.loads(store.query(example.text, QueryResultsFormat.JSON.media_type))
            return ("boolean",), int(answer["boolean"])
        case "select":
            answer = json.loads(store.query(example.text, QueryResultsFormat.JSON.media_type))
            return tuple(answer["head"]["vars"]), len(answer["results"]["bindings"])
    triples = parse(store.query(example.text, "application/n-triples"), format=RdfFormat.N_TRIPLES)
    return ("subject", "predicate", "object"), len({quad.triple for quad in triples})


@pytest.mark.parametrize("example", in_turn(EXAMPLES, 3), ids=lambda example: example.name)
def test_an_example_finds_what_its_header_says(store: CurrentStore, example: Example) -> None:
    columns, rows = shape_of(store, example)
    assert columns == example.expected.columns
    assert rows == example.expected.rows if example.expected.exact else rows >= example.expected.rows


def test_there_are_enough_examples_of_all_three_forms() -> None:
    forms = Counter(example.kind for example in EXAMPLES)
    assert len(EXAMPLES) >= 25
    assert set(forms) == {"select", "ask", "construct"}


def test_every_example_asks_a_question_and_no_two_the_same() -> None:
    questions = [example.header["question"] for example in EXAMPLES]
    assert all(question.endswith("?") for question in questions)
    assert len(set(questions)) == len(questions)


def test_the_text_for_an_editor_has_no_header_lines() -> None:
    assert all("#+" not in example.text and "PREFIX" in example.text for example in EXAMPLES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * {}", "the header lacks 'summary'"),
        (
            "#+ summary: s\n#+ question: q?\n#+ keywords: k\n#+ expect: some\nSELECT * {}",
            "'expect' cannot be read",
        ),
        (
            "#+ summary: s\n#+ question: q?\n#+ keywords: k\n#+ expect: columns a; rows = 1\n# SELECT\n",
            "is no query",
        ),
    ],
)
def test_a_broken_example_is_refused_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "broken.rq").write_text(text, encoding="utf-8")
    with pytest.raises(BadTable) as refused:
        read_examples(tmp_path)
    assert str(refused.value).startswith(f"ontology/examples/broken.rq: {message}")


# What follows computes the answer a second time, from the tables themselves.


def national() -> list[dict[str, str]]:
    return list(table("national_professions/*.csv"))


def label_of(profession: str) -> str:
    return next(row["label_en"] for row in table("professions.csv") if row["profession"] == profession)


def test_professions_regulated_everywhere(store: CurrentStore) -> None:
    pairs = {(row["profession"], row["jurisdiction"]) for row in national() if row["regulation"] == "Regulated"}
    hosts = Counter(profession for profession, _ in pairs)
    expected = sorted(label_of(profession) for profession, count in hosts.items() if count == len(DECIDING))
    assert [row["label"] for row in rows_of(store, "regulated-everywhere")] == expected


def test_regulation_by_jurisdiction_counts_every_row(store: CurrentStore) -> None:
    codes = {row["jurisdiction"]: row["code"] for row in table("jurisdictions.csv")}
    expected = Counter((codes[row["jurisdiction"]], row["regulation"] or "unknown") for row in national())
    found = rows_of(store, "regulation-by-jurisdiction")
    assert {(row["code"], row["regulation"]): int(row["professions"]) for row in found} == expected


def test_professions_regulated_here_and_free_there(store: CurrentStore) -> None:
    codes = {row["jurisdiction"]: row["code"] for row in table("jurisdictions.csv")}
    statuses: dict[str, dict[str, set[str]]] = {}
    for row in national():
        places = statuses.setdefault(label_of(row["profession"]), {"Regulated": set(), "NotRegulated": set()})
        places.setdefault(row["regulation"], set()).add(codes[row["jurisdiction"]])
    expected = {
        label: (places["Regulated"], places["NotRegulated"])
        for label, places in statuses.items()
        if places["Regulated"] and places["NotRegulated"]
    }
    found = rows_of(store, "regulated-here-free-there")
    assert {
        row["label"]: (set(row["regulated"].split(", ")), set(row["free"].split(", "))) for row in found
    } == expected


def test_regulated_professions_without_a_level(store: CurrentStore) -> None:
    expected = {row["title"] for row in national() if row["regulation"] == "Regulated" and not row["required_level"]}
    assert {row["profession"] for row in rows_of(store, "regulated-without-level")} == expected


def test_annex_v_entries_count_every_row(store: CurrentStore) -> None:
    expected = Counter((row["annex_point"], row["profession"]) for row in table("annex_v/*.csv"))
    found: Counter[tuple[str, str]] = Counter()
    for row in rows_of(store, "annex-v-entries"):
        found[row["point"], row["profession"]] += int(row["titles"])
    assert found == {(point, label_of(name)): count for (point, name), count in expected.items()}


def test_acts_of_nursing_assistants_are_the_table(store: CurrentStore) -> None:
    codes = {row["jurisdiction"]: row["code"] for row in table("jurisdictions.csv")}
    acts = {row["permitted_act"]: row["code"] for row in table("permitted_acts.csv")}
    expected = {
        (acts[row["permitted_act"]], codes[row["jurisdiction"]]): row["permission"]
        for row in table("act_permissions.csv")
        if row["profession"] == "healthcare-assistant"
    }
    found = rows_of(store, "acts-of-nursing-assistants")
    assert {(row["code"], row["host"]): row["permission"] for row in found} == expected


def test_joint_programmes_are_the_table(store: CurrentStore) -> None:
    assert len(rows_of(store, "joint-programmes")) == len(list(table("joint_programmes.csv")))


def test_frameworks_leave_out_only_levels_without_a_european_one(store: CurrentStore) -> None:
    expected = sum(len(row["eqf_level"].split("/")) for row in table("framework_levels.csv") if row["eqf_level"])
    assert len(rows_of(store, "frameworks-aligned")) == expected


def test_fees_are_the_procedures_with_a_known_fee(store: CurrentStore) -> None:
    expected = [
        (row["fee_minimum"], row["fee_maximum"])
        for row in table("procedures/*.csv")
        if row["fee_minimum"] and row["fee_maximum"]
    ]
    found = [(row["least"], row["most"]) for row in rows_of(store, "fees")]
    assert sorted(map(as_numbers, found)) == sorted(map(as_numbers, expected))


def as_numbers(pair: tuple[str, str]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def test_refused_mappings_are_the_rows_with_not(store: CurrentStore) -> None:
    refused = 0
    for path in (ROOT / "mappings" / "crosswalks").glob("*.sssom.tsv"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        refused += sum(row["predicate_modifier"] == "Not" for row in csv.DictReader(lines, delimiter="\t"))
    assert len(rows_of(store, "refused-mappings")) == refused


def test_isco_groups_add_up_to_all_national_professions_with_a_code(store: CurrentStore) -> None:
    grouped = {row["profession"] for row in table("professions.csv") if row["isco08"]}
    expected = [row["regulation"] for row in national() if row["profession"] in grouped]
    found = rows_of(store, "isco-groups-regulated")
    assert sum(int(row["all"]) for row in found) == len(expected)
    assert sum(int(row["regulated"]) for row in found) == expected.count("Regulated")


def test_routes_join_each_two_of_the_states_in_both_directions(store: CurrentStore) -> None:
    found = {(row["from"], row["to"]) for row in rows_of(store, "routes-between-states")}
    assert found == {(one, other) for one in STATES for other in STATES if one != other}


def test_verified_shares_count_each_row_once(store: CurrentStore) -> None:
    found = {row["file"]: row for row in rows_of(store, "verified-share")}
    professions = list(table("professions.csv"))
    row = found["mappings/professions.csv"]
    assert (int(row["rows"]), int(row["verified"])) == (
        len(professions),
        sum(each["verified"] == "yes" for each in professions),
    )
    assert all(int(row["verified"]) <= int(row["rows"]) for row in found.values())
