"""The days of an application as a calendar (RFC 5545) that any calendar programme takes in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from markupsafe import Markup

from graph_api.recognition.clock import Due
from graph_api.web.layout import environment

CALENDAR: Final = "text/calendar"


def due_words(lang: str) -> Any:
    """The sentences of the clock as functions."""
    return environment(lang).get_template("clock.html").make_module({"lang": lang})


def calendar_file(days: Sequence[tuple[str, Due]], address: str, about: str, lang: str) -> bytes:
    """A calendar of whole days, each with the place it concerns; the same question gives the same bytes."""
    from icalendar import Calendar, Event

    words = due_words(lang)
    made = Calendar()
    made.add("prodid", "-//Passerelle//passerelle//EN")
    made.add("version", "2.0")
    for place, each in days:
        event = Event()
        event.add("uid", hashlib.sha256(f"{address} {place} {each.what}".encode()).hexdigest()[:24] + "@passerelle")
        event.add("dtstamp", datetime.combine(each.day, time(), UTC))
        event.add("dtstart", each.day)
        event.add("dtend", each.day + timedelta(days=1))
        event.add("summary", f"{_plain(words.due_name(each.what))} ({about}, {place})")
        event.add("description", f"{_plain(words.due_advice(each.what))}\n{address}")
        event.add("url", address)
        event.add("transp", "TRANSPARENT")
        made.add_component(event)
    return bytes(made.to_ical())


def _plain(text: str) -> str:
    return " ".join(Markup(text).striptags().split())
