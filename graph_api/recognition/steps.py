"""The steps of a procedure in order, as this case meets them, and what they cost and take together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, cast

from graph_api.rdf.dates import added
from graph_api.recognition.answer_schema import Coded, Cost, Fee, ProcedureStep, StepKind, Total
from graph_api.recognition.law import Reference
from graph_api.store.things import Thing, every, label, one

RECOGNITION: Final = "recognition"
DECIDING: Final = (RECOGNITION, "licence", "register", "business_permit")
_PREFIXES: Final = ("appeal-", "channel-", "copies-", "language-", "silence-", "translation-", "what-")


def applicable(steps: Iterable[Thing], regime: Thing, intent: str) -> list[Thing]:
    """The steps that the way asks of someone with this intent, in order.

    A step is for the regimes named and their variants, or for all; it falls away on those named in `not_regimes`.
    """
    names = {*regime["iri"], *every(regime, "parentRegime")}
    found = [
        step
        for step in steps
        if (not step.get("ofRegime") or names & set(step["ofRegime"]))
        and not set(regime["iri"]) & set(every(step, "notOfRegime"))
        and intent in step.get("forIntent", (intent,))
    ]
    return sorted(found, key=lambda step: (int(one(step, "order") or 0), step["iri"]))


def kind_of(step: Thing) -> StepKind:
    """What one does in a step; the tables hold nothing but these kinds."""
    return cast("StepKind", one(step, "stepKind"))


def coded(reference: Reference, step: Thing, name: str, lang: str) -> list[Coded]:
    """The codes of one column with their sentences."""
    return [sentence(reference, iri, lang) for iri in every(step, name)]


def sentence(reference: Reference, iri: str, lang: str) -> Coded:
    """A practical code without the name of its kind, and its sentence in the reader's language."""
    return reference.once(("sentence", iri, lang), lambda: _sentence(reference, iri, lang))


def _sentence(reference: Reference, iri: str, lang: str) -> Coded:
    code = iri.rpartition("/")[2]
    bare = next((code[len(prefix) :] for prefix in _PREFIXES if code.startswith(prefix)), code)
    return {"code": bare, "label": label(reference.thing(iri), lang)[0]}


def fee(step: Thing) -> Fee | None:
    """What a step costs, at least and at most, and what each compensation measure costs; None where no source says."""
    least, most, measure = (one(step, name) for name in ("feeMinimum", "feeMaximum", "measureFee"))
    if least is None and measure is None:
        return None
    return {
        "amount": _number(least),
        "at_most": _number(most if most is not None else least),
        "currency": one(step, "currency"),
        "measure": _number(measure),
    }


def total(procedure: Sequence[ProcedureStep]) -> Total:
    """The longest time and the cost of all steps; `complete` is false where a step's is not known."""
    deciding = [step for step in procedure if step["what"] in DECIDING]
    spans = [
        span for step in deciding for span in (step["deadlines"]["decide"], step["deadlines"]["extension"]) if span
    ]
    fees = [step["fee"] for step in procedure if step["fee"] and step["fee"]["amount"] is not None]
    currencies = {item["currency"] for item in fees}
    cost: Cost | None = None
    if len(currencies) == 1:
        cost = {
            "amount": _sum(item["amount"] for item in fees),
            "currency": currencies.pop(),
            "at_most": _sum(item["at_most"] for item in fees),
            "complete": all(step["fee"] and step["fee"]["amount"] is not None for step in procedure),
        }
    return {
        "longest": added(spans) if spans else None,
        "longest_complete": bool(deciding) and all(step["deadlines"]["decide"] for step in deciding),
        "cost": cost,
    }


def _number(text: str | None) -> float | None:
    return None if text is None else _plain(Decimal(text))


def _sum(amounts: Iterable[float | None]) -> float:
    return _plain(sum((Decimal(str(amount)) for amount in amounts), Decimal(0)))


def _plain(value: Decimal) -> float:
    """A number as people write it: whole where it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)
