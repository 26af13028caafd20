"""Experts sign facts: what two states agree on is marked as read, and no file is taken that is not what was signed."""

from __future__ import annotations

import base64
import csv
import io
import subprocess
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from graph_api.errors import BadTable
from graph_api.inputs.tables import read_tables
from graph_api.review import sheets
from graph_api.review.corrections import Change, as_csv, changes
from graph_api.review.experts import read_experts
from graph_api.review.queue import facts_named
from graph_api.review.signatures import PURPOSE, Refused, signer
from tests.review_desk import CROSSWALK, DAY, SIGN_BY, Desk

COOPER, WEAVER, LEVEL = "trades.csv#cooper", "trades.csv#weaver", "trades.csv#smith@level"
BARREL, FARRIER = "match#trade:cooper other:1", "match#trade:smith other:2"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def desk(tmp_path: Path, keys: Path) -> Desk:
    return Desk(tmp_path, keys)


def test_what_nobody_read_or_signed_waits_and_what_most_hangs_on_comes_first(desk: Desk) -> None:
    weight = {WEAVER: 7, LEVEL: 2}
    assert desk.waiting("ada", weight) == [WEAVER, LEVEL, BARREL, FARRIER, COOPER]


def test_a_sentence_says_what_the_row_says_with_the_source_beside_it(desk: Desk) -> None:
    row, cell, match = facts_named(desk.facts(), [COOPER, LEVEL, BARREL])
    assert row.sentence == "In trades, the row cooper says: title: Cooper, master; jurisdiction: no; level: 4."
    assert row.source == "Act on trades, section 2 https://law.example/2"
    assert row.address == "https://law.example/2"
    assert cell.sentence == "In trades, the row smith (title: Smith) says: level: 5."
    assert match.sentence == "It is so that “cooper” (trade:cooper) means the same as “barrel maker” (other:1)."


def test_an_expert_is_asked_only_what_he_may_sign(desk: Desk) -> None:
    assert desk.waiting("ed") == [WEAVER], "ed signs for the south alone, and no crosswalk"


def test_two_experts_of_different_states_make_a_row_yes(desk: Desk) -> None:
    desk.decide("ada", "one", {COOPER: ("agreed",), LEVEL: ("agreed",), BARREL: ("agreed",)})
    assert 'section 2 https://law.example/2",from-knowledge' in desk.text("trades.csv")
    assert COOPER not in desk.waiting("di"), "a colleague of the same state adds nothing"
    assert COOPER in desk.waiting("bo")
    taken = desk.decide("bo", "two", {COOPER: ("agreed",), LEVEL: ("agreed",), BARREL: ("agreed",)})
    assert sorted(fact.key for fact in taken.marked) == [BARREL, COOPER, LEVEL]
    lines = desk.text("trades.csv").splitlines()
    assert lines[1] == 'cooper,"Cooper, master",no,4,,"Act on trades, section 2 https://law.example/2",yes,'
    assert lines[2] == 'smith,Smith,no,5,,"Act on trades, section 3",yes,'
    assert lines[3] == 'weaver,Weaver,so,4,,"Act on weaving, section 1",from-knowledge,'
    crosswalk = desk.text("crosswalks/trade_other.sssom.tsv").splitlines()
    assert '#  orcid: "https://orcid.org/"' in crosswalk
    assert '\torcid:0000-0002-1825-0097\tAda|Bo\t2026-11-28\tsame "work"' in crosswalk[-2]
    assert crosswalk[-1] == CROSSWALK.splitlines()[-1]
    assert {COOPER, LEVEL, BARREL}.isdisjoint(desk.waiting("bo"))


def test_two_experts_of_one_state_are_not_enough(desk: Desk) -> None:
    desk.decide("ada", "one", {COOPER: ("agreed",)})
    taken = desk.decide("di", "two", {COOPER: ("agreed",)})
    assert not taken.marked
    assert desk.memory().standing(COOPER) == "agreed"


def test_a_disagreement_is_shown_with_both_reasons(desk: Desk) -> None:
    desk.decide("ada", "one", {COOPER: ("agreed", "read it")})
    taken = desk.decide("bo", "two", {COOPER: ("refused", "the act was repealed")})
    ((fact, decisions),) = taken.disputed
    assert fact.key == COOPER
    assert [(each.expert, each.reason) for each in decisions] == [("ada", "read it"), ("bo", "the act was repealed")]
    assert not taken.marked
    assert COOPER not in desk.waiting("di")


def test_who_corrects_says_what_it_should_say_and_why(desk: Desk) -> None:
    desk.decide("ada", "one", {COOPER: ("corrected", "section 2 says five", "level: 5")})
    assert [(row["decision"], row["should_say"], row["agreement"]) for row in desk.rows()] == [
        ("corrected", "level: 5", "-1.0")
    ]
    changed = desk.text("trades.csv").replace('"Cooper, master",no,4', '"Cooper, master",no,5')
    (desk.mappings / "trades.csv").write_text(changed, encoding="utf-8")
    assert COOPER in desk.waiting("bo"), "the row says something else now, so it is asked about anew"


def test_what_experts_want_written_is_a_table_ready_where_two_states_say_the_same(desk: Desk) -> None:
    five = ("corrected", "section 2 says five", "level: 5")
    desk.decide("ada", "one", {COOPER: five, LEVEL: ("corrected", "misread", "4")})
    desk.decide("di", "two", {COOPER: five})
    assert [(change.ready, change.fact) for change in wanted(desk)] == [("one state", COOPER), ("one state", LEVEL)]
    desk.decide("bo", "three", {LEVEL: ("corrected", "it is four", "4"), COOPER: ("agreed",)})
    ready, disputed = wanted(desk)
    assert ready._asdict() == {
        "change": "correct",
        "file": "trades.csv",
        "row": "smith",
        "column": "level",
        "should_say": "4",
        "ready": "yes",
        "experts": f"ada (no), {DAY}, one; bo (so), {DAY}, three",
        "reasons": "misread; it is four",
        "says": "In trades, the row smith (title: Smith) says: level: 5.",
        "source": "Act on trades, section 3",
        "fact": LEVEL,
    }
    assert (disputed.fact, disputed.ready, disputed.should_say) == (COOPER, "disputed", "level: 5")
    (desk.mappings / "trades.csv").write_text(desk.text("trades.csv").replace("no,5,level", "no,4,"), encoding="utf-8")
    assert [change.fact for change in wanted(desk)] == [COOPER], "what a curator wrote is no longer wanted"


def test_a_suggestion_that_two_states_agree_on_waits_for_a_curator(desk: Desk) -> None:
    row = "trade:cooper\tcooper\tskos:closeMatch\t\tother:9\tkeg maker\tsemapv:LexicalMatching\t0.6\t\t\t\t\t=1+1\n"
    head = "".join(CROSSWALK.splitlines(keepends=True)[:4])
    (desk.suggestions / "register-2026.sssom.tsv").write_text(head + row, encoding="utf-8")
    suggested = "match#trade:cooper other:9"
    desk.decide("ada", "one", {suggested: ("agreed",)})
    assert wanted(desk) == []
    desk.decide("bo", "two", {suggested: ("agreed",)})
    assert [(change.change, change.ready, change.fact) for change in wanted(desk)] == [("enter", "yes", suggested)]


def test_no_cell_of_what_is_wanted_is_a_formula(desk: Desk) -> None:
    desk.decide("ada", "one", {LEVEL: ("corrected", "=1+1", "=cmd()")})
    (row,) = csv.DictReader(io.StringIO(as_csv(wanted(desk))))
    assert (row["should_say"], row["reasons"]) == ("'=cmd()", "'=1+1")


def wanted(desk: Desk) -> list[Change]:
    return changes(desk.facts().values(), desk.memory(), read_experts(desk.mappings))


def test_the_surest_of_equal_suggestions_comes_first(desk: Desk) -> None:
    head = "".join(CROSSWALK.splitlines(keepends=True)[:4])
    rows = (
        f"trade:cooper\tcooper\tskos:closeMatch\t\tother:{number}\tkeg maker\tsemapv:LexicalMatching\t{sure}"
        "\t\t\t\t\tnear\n"
        for number, sure in ((7, "0.4"), (8, "0.92"))
    )
    (desk.suggestions / "register-2026.sssom.tsv").write_text(head + "".join(rows), encoding="utf-8")
    asked = [key for key in desk.waiting("ada") if key in ("match#trade:cooper other:7", "match#trade:cooper other:8")]
    assert asked == ["match#trade:cooper other:8", "match#trade:cooper other:7"]


def test_a_refused_suggestion_stays_refused_after_the_next_import(desk: Desk) -> None:
    path = desk.suggestions / "register-2026.sssom.tsv"
    line = (
        "trade:cooper\tcooper\tskos:closeMatch\t\tother:9\tbarman\tsemapv:LexicalMatching\t0.6\t\t\t\t\tsounds alike\n"
    )
    head = "".join(CROSSWALK.splitlines(keepends=True)[:4])
    path.write_text(head + line, encoding="utf-8")
    suggested = "match#trade:cooper other:9"
    assert suggested in desk.waiting("ada")
    desk.decide("ada", "one", {suggested: ("refused", "a barman makes no barrels")})
    assert suggested not in desk.waiting("bo")
    path.unlink()
    again = line.replace("closeMatch", "exactMatch").replace("0.6", "0.95")
    (desk.suggestions / "register-2027.sssom.tsv").write_text(head + again, encoding="utf-8")
    assert suggested in desk.facts()
    assert suggested not in desk.waiting("bo")
    assert suggested not in desk.waiting("di")


def test_a_later_decision_of_the_same_expert_counts(desk: Desk) -> None:
    desk.decide("ada", "one", {COOPER: ("refused", "cannot find it")})
    desk.decide("ada", "two", {COOPER: ("agreed", "found it")})
    desk.decide("bo", "three", {COOPER: ("agreed",)})
    assert desk.memory().standing(COOPER) == "accepted"
    assert [row["review"] for row in desk.rows()] == ["r000001", "r000002", "r000003"]


def test_a_spreadsheet_is_signed_as_well_as_csv(desk: Desk) -> None:
    rows = desk.sheet("ada", "one", [COOPER])
    book = openpyxl.load_workbook(io.BytesIO(sheets.as_xlsx(rows)))
    page = book.worksheets[0]
    page.cell(2, 1 + sheets.COLUMNS.index("decision"), "agreed")
    saved = io.BytesIO()
    book.save(saved)
    taken = desk.take(saved.getvalue(), desk.sign(saved.getvalue(), "ada"))
    assert [each.decision for each in taken.decisions] == ["agreed"]


def test_a_spreadsheet_may_part_cells_with_semicolons_and_leave_lines_out(desk: Desk) -> None:
    rows = desk.sheet("ada", "one", [COOPER, WEAVER])
    rows[0]["decision"] = "Agreed"
    text = io.StringIO()
    for row in [dict(zip(sheets.COLUMNS, sheets.COLUMNS, strict=True)), rows[0]]:
        text.write(";".join(f'"{row[name]}"' for name in sheets.COLUMNS) + "\r\n")
    data = text.getvalue().encode("utf-8-sig")
    assert [each.fact for each in desk.take(data, desk.sign(data, "ada")).decisions] == [COOPER]


def test_the_table_and_its_signature_are_kept_as_they_came(desk: Desk) -> None:
    desk.decide("ada", "one", {COOPER: ("agreed",)})
    table = desk.mappings / "signed" / "one.table"
    allowed = desk.keys / "allowed"
    allowed.write_text("ada " + (desk.keys / "ada.pub").read_text())
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "ada", "-n", PURPOSE, "-s", f"{table}.sig"]
    assert subprocess.run(command, input=table.read_bytes(), capture_output=True, check=False).returncode == 0


def test_the_tables_with_their_decisions_are_read_into_the_graph(desk: Desk) -> None:
    desk.decide("ada", "one", {COOPER: ("refused", "not so")})
    said = {
        (quad.predicate.value.rpartition("/")[2].rpartition("#")[2], quad.object.value)
        for quad in read_tables(desk.mappings).quads
        if "/review/" in str(quad.subject)
    }
    assert {
        ("wasAssociatedWith", "https://w3id.org/passerelle/id/expert/ada"),
        ("reviewer_id", "https://w3id.org/passerelle/id/expert/ada"),
        ("reviewer_agreement", "-1.0"),
        ("review_date", "2026-11-28"),
        ("reviewOf", "https://w3id.org/passerelle/id/trade/cooper"),
        ("decision", "refused"),
        ("reason", "not so"),
    } <= said


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def refused(desk: Desk, data: bytes, signature: bytes, today: date = DAY) -> str:
    """Why a file is not taken; nothing has changed."""
    before = desk.rows(), desk.text("trades.csv")
    with pytest.raises(Refused) as found:
        desk.take(data, signature, today)
    assert (desk.rows(), desk.text("trades.csv")) == before
    return str(found.value)


def agreed(desk: Desk, expert: str, keys: list[str], name: str = "one", sign_by: date = SIGN_BY) -> bytes:
    rows = desk.sheet(expert, name, keys, sign_by)
    return sheets.as_csv([row | {"decision": "agreed"} for row in rows])


def test_a_file_changed_after_signing_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER])
    signature = desk.sign(data, "ada")
    assert "changed after it was signed" in refused(desk, data.replace(b"agreed", b"Agreed"), signature)
    assert "changed after it was signed" in refused(desk, data + b"\r\n", signature)


def test_a_file_changed_before_signing_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER]).replace(b"level: 4", b"level: 8")
    assert "lines 2 were changed" in refused(desk, data, desk.sign(data, "ada"))


def test_a_forged_signature_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER])
    desk.key("mallory")
    assert "the key that signed it is that of nobody who may sign" in refused(desk, data, desk.sign(data, "mallory"))
    assert "the key that signed it is that of bo" in refused(desk, data, desk.sign(data, "bo"))
    for junk in (b"", b"yes, I agree", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"):
        assert "no SSH signature" in refused(desk, data, junk) or "changed" in refused(desk, data, junk)


def test_every_signature_with_one_letter_changed_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER])
    head, *body, foot = desk.sign(data, "ada").decode().strip().splitlines()
    text = "".join(body)
    last = text.rstrip("=")[-1:]
    same_bytes = LETTERS[LETTERS.index(last) ^ 1]
    for place in range(0, len(text) - 2, 3):
        letter = "A" if text[place] != "A" else "B"
        forged = "\n".join([head, text[:place] + letter + text[place + 1 :], foot])
        refused(desk, data, forged.encode())
    forged = "\n".join([head, text.rstrip("=")[:-1] + same_bytes + "==", foot])
    assert base64.b64decode(forged.splitlines()[1]) == base64.b64decode(text)
    assert "damaged" in refused(desk, data, forged.encode())


def test_a_signature_for_something_else_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER])
    assert "was made for 'git'" in refused(desk, data, desk.sign(data, "ada", "git"))


def test_a_replayed_file_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER])
    signature = desk.sign(data, "ada")
    desk.take(data, signature)
    assert "the table one was taken on 2026-11-28 already" in refused(desk, data, signature)
    shorter = agreed(desk, "ada", [WEAVER])
    assert "was taken on" in refused(desk, shorter, desk.sign(shorter, "ada"))


def test_a_late_file_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER])
    assert "was to be signed by 2026-12-28" in refused(desk, data, desk.sign(data, "ada"), SIGN_BY + timedelta(days=1))
    far = agreed(desk, "ada", [COOPER], sign_by=date(2099, 1, 1))
    assert "at most 60 days" in refused(desk, far, desk.sign(far, "ada"))


def test_a_stale_file_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ada", [COOPER, WEAVER])
    changed = desk.text("trades.csv").replace("section 2 ", "section 2a ")
    (desk.mappings / "trades.csv").write_text(changed, encoding="utf-8")
    said = refused(desk, data, desk.sign(data, "ada"))
    assert "line 2: trades.csv#cooper says something else by now" in said
    assert "nothing was taken" in said


def test_an_expert_out_of_his_days_is_refused(desk: Desk) -> None:
    data = agreed(desk, "cy", [COOPER])
    assert "cy might sign until 2026-10-31" in refused(desk, data, desk.sign(data, "cy"))
    desk.take(data, desk.sign(data, "cy"), date(2026, 10, 31))
    early = agreed(desk, "ada", [COOPER], "two", date(2025, 12, 31))
    assert "since 2026-01-01 and not before" in refused(desk, early, desk.sign(early, "ada"), date(2025, 12, 1))


def test_an_expert_outside_his_state_or_competence_is_refused(desk: Desk) -> None:
    data = agreed(desk, "ed", [COOPER])
    assert "it speaks of no, for which ed does not sign" in refused(desk, data, desk.sign(data, "ed"))
    data = agreed(desk, "ed", [BARREL])
    assert "crosswalks is outside the competence of ed" in refused(desk, data, desk.sign(data, "ed"))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"decision": "perhaps"}, "'perhaps' is no decision"),
        ({"decision": "refused"}, "refused without a reason"),
        ({"decision": "corrected", "reason": "no"}, "write what the fact should say"),
        ({"decision": "agreed", "should_say": "5"}, "should_say is for corrected"),
        ({"decision": ""}, "no line holds a decision"),
        ({"decision": "refused", "reason": "x" * 5000}, "more than 4000 letters"),
    ],
)
def test_a_decision_that_cannot_be_read_is_refused(desk: Desk, cells: dict[str, str], said: str) -> None:
    data = sheets.as_csv([desk.sheet("ada", "one", [COOPER])[0] | cells])
    assert said in refused(desk, data, desk.sign(data, "ada"))


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe", b"PK\x03\x04broken", b'"open\n'])
def test_what_is_no_such_table_is_refused(desk: Desk, data: bytes) -> None:
    assert refused(desk, data, desk.sign(data, "ada"))


def test_no_cell_that_goes_out_is_a_formula(desk: Desk) -> None:
    text = desk.text("trades.csv").replace("Act on weaving", "=HYPERLINK(1)")
    (desk.mappings / "trades.csv").write_text(text, encoding="utf-8")
    data = agreed(desk, "ada", [WEAVER])
    assert b"'=HYPERLINK" in data
    assert len(desk.take(data, desk.sign(data, "ada")).decisions) == 1


def test_an_rsa_key_signs_too(desk: Desk) -> None:
    path = desk.keys / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(path)], check=True)
    assert signer(b"data", desk.sign(b"data", "rsa")) == " ".join((desk.keys / "rsa.pub").read_text().split()[:2])


def test_an_unreadable_table_is_named(desk: Desk) -> None:
    (desk.mappings / "trades.csv").write_text("trade\n", encoding="utf-8")
    with pytest.raises(BadTable, match="the column 'title' is missing"):
        desk.facts()
