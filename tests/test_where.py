"""Where one wants to work, and who acts there: on a small invented Europe, with what must not be found as well."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from graph_api.errors import BadRequest
from graph_api.rdf.terms import ID, PAS
from graph_api.recognition.law import Reference
from graph_api.recognition.offices import Seeker, nearest_contacts, office, offices_by_region
from graph_api.recognition.places import Gazetteer, Locality, UnknownPlace
from graph_api.store.things import Thing
from tests.europe import MemoryStore

PLACES = """
<place/north-town> a pas:Place ; pas:placeName "Sainte-Marie"@fr ; pas:otherName "Sankt Marien" ; pas:placeKind "municipality" ;
  pas:postcode "1000-1099" , "1200" ; pas:nutsCode "AA11" ; pas:inJurisdiction <jurisdiction/aa-north> ; pas:decidedIn <jurisdiction/aa> ;
  pas:borderRegion <border-region/hills> .
<place/aa11> a pas:Place ; pas:placeName "North district"@en ; pas:placeKind "district" ; pas:postcode "1000-1999" ;
  pas:nutsCode "AA11" ; pas:inJurisdiction <jurisdiction/aa-north> ; pas:decidedIn <jurisdiction/aa> .
<place/aa21> a pas:Place ; pas:placeName "Sainte Marie"@fr ; pas:placeKind "municipality" ; pas:postcode "2000" ;
  pas:nutsCode "AA21" ; pas:inJurisdiction <jurisdiction/aa-south> ; pas:decidedIn <jurisdiction/aa> .
<place/cc1> a pas:Place ; pas:placeName "Middle"@en ; pas:placeKind "municipality" ; pas:postcode "1000" ;
  pas:nutsCode "CC1" ; pas:inJurisdiction <jurisdiction/cc-middle> ; pas:decidedIn <jurisdiction/cc-one> , <jurisdiction/cc-two> .
"""


def iri(kind: str, slug: str) -> str:
    return f"{ID}{kind}/{slug}"


def jurisdiction(slug: str, code: str, **more: list[str]) -> Thing:
    return {"iri": [iri("jurisdiction", slug)], "type": [f"{PAS}Jurisdiction"], "code": [code], **more}


def at(*slugs: str) -> list[str]:
    return [iri("jurisdiction", slug) for slug in slugs]


EUROPE = [
    jurisdiction("aa", "AA", state=at("aa"), decides=["true"], nutsCode=["AA"]),
    jurisdiction("aa-north", "AA-N", state=at("aa"), partOf=at("aa"), decidedIn=at("aa"), nutsCode=["AA1"]),
    jurisdiction("aa-south", "AA-S", state=at("aa"), partOf=at("aa"), decidedIn=at("aa"), nutsCode=["AA2"]),
    jurisdiction(
        "aa-north-east", "AA-NE", state=at("aa"), partOf=at("aa", "aa-north"), decidedIn=at("aa"), nutsCode=["AA12"]
    ),
    jurisdiction("bb", "BB", state=at("bb"), decides=["true"], nutsCode=["BX"]),
    jurisdiction("cc", "CC", state=at("cc")),
    jurisdiction("cc-one", "CC-one", state=at("cc"), partOf=at("cc"), decides=["true"]),
    jurisdiction("cc-two", "CC-two", state=at("cc"), partOf=at("cc"), decides=["true"]),
    jurisdiction(
        "cc-middle", "CC-MID", state=at("cc"), partOf=at("cc"), decidedIn=at("cc-one", "cc-two"), nutsCode=["CC1"]
    ),
    jurisdiction("dd", "DD", state=at("dd")),
]
REFERENCE = Reference("invented", {thing["iri"][0]: thing for thing in EUROPE}, frozenset())
GAZETTEER = Gazetteer(MemoryStore(PLACES))


def locate(country: str, place: str | None = None) -> Locality:
    return GAZETTEER.locate(REFERENCE, country, place)


@pytest.mark.parametrize(
    ("country", "place", "hosts", "within", "nuts"),
    [
        ("AA", None, ["aa"], ["aa"], None),
        ("aa-n", None, ["aa"], ["aa-north", "aa"], "AA1"),
        ("AA1", None, ["aa"], ["aa-north", "aa"], "AA1"),
        ("AA-NE", None, ["aa"], ["aa-north-east", "aa-north", "aa"], "AA12"),
        ("AA11", None, ["aa"], ["aa-north", "aa"], "AA11"),
        ("AA", "1042", ["aa"], ["aa-north", "aa"], "AA11"),
        ("AA", "A-1042", ["aa"], ["aa-north", "aa"], "AA11"),
        ("AA", "1042 XY", ["aa"], ["aa-north", "aa"], "AA11"),
        ("AA", "1500", ["aa"], ["aa-north", "aa"], "AA11"),
        ("AA", "sankt marien", ["aa"], ["aa-north", "aa"], "AA11"),
        ("AA-S", "Sainte", ["aa"], ["aa-south", "aa"], "AA21"),
        ("AA-S", "SAINTE-MARIE", ["aa"], ["aa-south", "aa"], "AA21"),
        ("BX", None, ["bb"], ["bb"], None),
        ("CC-MID", None, ["cc-one", "cc-two"], ["cc-middle", "cc"], "CC1"),
        ("CC", "Middle", ["cc-one", "cc-two"], ["cc-middle", "cc"], "CC1"),
    ],
)
def test_a_place_is_found_by_any_of_its_names(
    country: str, place: str | None, hosts: list[str], within: list[str], nuts: str | None
) -> None:
    found = locate(country, place)
    assert (list(found.hosts), list(found.within), found.nuts) == (at(*hosts), at(*within), nuts)


def test_a_whole_state_names_no_part() -> None:
    assert not locate("AA").narrower
    assert locate("AA-N").narrower


@pytest.mark.parametrize(
    ("country", "place"),
    [
        ("AA", "Atlantis"),
        ("AA", "99999"),
        ("AA", "104"),
        ("AA", "10420"),
        ("AA", "Middle"),
        ("AA-S", "1042"),
        ("AA", "?"),
        ("BB", "1042"),
    ],
)
def test_a_place_that_is_not_there_is_said_so(country: str, place: str) -> None:
    with pytest.raises(UnknownPlace) as raised:
        locate(country, place)
    assert raised.value.parameter == "place"
    what = f"no place in {country} is called '{place}'; write a postcode or a municipality, "
    assert str(raised.value) == what + "or the code of a region in 'country'"
    assert raised.value.candidates == []


def test_a_name_of_two_places_is_asked_back() -> None:
    both = r"Sainte Marie \(AA21, AA-S\), Sainte-Marie \(AA11, AA-N\)"
    message = f"^'Sainte Marie' may be {both}; write the postcode or another of its names$"
    with pytest.raises(UnknownPlace, match=message) as raised:
        locate("AA", "Sainte Marie")
    assert [item["nuts3"] for item in raised.value.candidates] == ["AA21", "AA11"]


def test_a_slip_of_the_pen_is_answered_with_the_name_meant() -> None:
    message = r"^no place in AA-N is called 'Sante-Marie'; did you mean Sainte-Marie\? write a postcode or a municipality, or "
    with pytest.raises(UnknownPlace, match=message) as raised:
        locate("AA-N", "Sante-Marie")
    town = {"id": iri("place", "north-town"), "name": "Sainte-Marie", "nuts3": "AA11"}
    assert raised.value.candidates == [town]


@pytest.mark.parametrize("country", ["AA-X", "AA9", "ZZ", "DD", "AA-NORTH"])
def test_a_code_of_no_host_is_refused(country: str) -> None:
    with pytest.raises(BadRequest, match=r"country|decide"):
        locate(country)


def row(slug: str, where: str, task: str = "recognition", **more: list[str]) -> Thing:
    return {
        "iri": [iri("competent-office", slug)],
        "host": at("aa"),
        "inJurisdiction": at(where),
        "officeTask": [task],
        "authority": [iri("authority", slug)],
        **more,
    }


def named(rows: list[Thing]) -> Mapping[str, Thing]:
    return {item["iri"][0]: item for item in rows}


MILLER, CRAFTS = iri("profession", "miller"), iri("profession-group", "crafts")


def seeker(place: str | None = "1042", country: str = "AA", profession: str = MILLER, home: str = "bb") -> Seeker:
    return Seeker(profession, frozenset({CRAFTS}), iri("jurisdiction", home), locate(country, place))


OFFICES = [
    row("all", "aa"),
    row("north-crafts", "aa-north", forGroup=[CRAFTS]),
    row("district-crafts", "aa-north", forGroup=[CRAFTS], nutsCode=["AA11"]),
    row("south-crafts", "aa-south", forGroup=[CRAFTS]),
    row("north-east-crafts", "aa-north-east", forGroup=[CRAFTS]),
    row("nurses", "aa-north", profession=[iri("profession", "nurse")]),
]


@pytest.mark.parametrize(
    ("asks", "task", "more", "wanted"),
    [
        (seeker(), "recognition", [], "district-crafts"),
        (seeker(None, "AA-N"), "recognition", [], "north-crafts"),
        (seeker("2000"), "recognition", [], "south-crafts"),
        (seeker(), "recognition", [row("millers", "aa-north", profession=[MILLER])], "millers"),
        (
            seeker(),
            "recognition",
            [row("from-cc", "aa-north", profession=[MILLER], homeState=at("cc"))],
            "district-crafts",
        ),
        (
            seeker(home="cc"),
            "recognition",
            [row("from-cc", "aa-north", profession=[MILLER], homeState=at("cc"))],
            "from-cc",
        ),
        (seeker(), "licence", [], None),
        (seeker(None, "BB"), "recognition", [], None),
    ],
)
def test_the_office_that_fits_most_closely_acts(asks: Seeker, task: str, more: list[Thing], wanted: str | None) -> None:
    found = office(REFERENCE, named([*OFFICES, *more]), asks, task)
    assert (found["iri"][0].rpartition("/")[2] if found else None) == wanted


def test_without_a_place_the_offices_of_all_regions_are_listed_and_none_of_others() -> None:
    found = offices_by_region(REFERENCE, named(OFFICES), seeker(None), iri("jurisdiction", "aa"))
    assert [item["iri"][0].rpartition("/")[2] for _, item in found] == [
        "all", "district-crafts", "north-crafts", "north-east-crafts", "south-crafts",
    ]  # fmt: skip


def contact(slug: str, where: str, kind: str = "advice", **more: list[str]) -> Thing:
    return {"iri": [iri("contact", slug)], "inJurisdiction": at(where), "contactKind": [kind], **more}


CONTACTS = [
    contact("home-centre", "bb"),
    contact("host-centre", "aa"),
    contact("host-order-of-nobody", "aa", "order"),
    contact("nurses-order", "aa", "order", profession=[iri("profession", "nurse")]),
    contact("chamber", "aa", "chamber", forGroup=[CRAFTS]),
    contact("counter-here", "aa", nutsCode=["AA11"], betweenStates=at("aa", "bb")),
    contact("counter-of-the-hills", "aa", borderRegion=[iri("border-region", "hills")], betweenStates=at("aa", "bb")),
    contact("counter-elsewhere", "aa", nutsCode=["AA2"], betweenStates=at("aa", "bb")),
    contact("counter-of-another-border", "aa", nutsCode=["AA11"], betweenStates=at("aa", "cc")),
]


@pytest.mark.parametrize(
    ("asks", "wanted"),
    [
        (seeker(), ["counter-here", "counter-of-the-hills", "chamber"]),
        (seeker(None), ["chamber", "host-centre", "home-centre"]),
        (seeker(home="cc"), ["counter-of-another-border", "chamber", "host-centre"]),
        (seeker("2000"), ["counter-elsewhere", "chamber", "host-centre"]),
        (seeker(home="aa"), ["chamber", "host-centre", "home-centre"]),
        (seeker("2000", profession=iri("profession", "nurse")), ["counter-elsewhere", "nurses-order", "chamber"]),
    ],
)
def test_three_contacts_that_serve_place_pair_and_profession_nearest_first(asks: Seeker, wanted: list[str]) -> None:
    found = nearest_contacts(REFERENCE, named(CONTACTS), asks, at("aa", "bb"))
    assert [contact_iri.rpartition("/")[2] for _, contact_iri in found] == wanted


def test_a_provision_is_of_the_host_where_its_act_is_in_force_there_or_in_the_whole_state() -> None:
    rows = [
        {"iri": [iri("legal-act", "code")], "type": [f"{PAS}LegalAct"], "inJurisdiction": at("aa")},
        {"iri": [iri("provision", "code-1")], "type": [f"{PAS}Provision"], "ofAct": [iri("legal-act", "code")]},
    ]
    reference = Reference("invented", {thing["iri"][0]: thing for thing in [*EUROPE, *rows]}, frozenset())
    hosts = {host: reference.of_host(iri("provision", "code-1"), *at(host)) for host in ("aa", "aa-north", "bb", "cc")}
    assert hosts == {"aa": True, "aa-north": True, "bb": False, "cc": False}
