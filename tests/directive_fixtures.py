"""A small invented Annex V in the layouts of EUR-Lex: the page of the site (HTML) and Formex (XML), in four languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

HEADS: Final = {
    "en": (
        "Country",
        "Evidence of formal qualifications",
        "Body awarding the qualifications",
        "Certificate accompanying the qualifications",
        "Professional title",
        "Reference date",
    ),
    "nl": (
        "Land",
        "Opleidingstitel",
        "Instelling die de opleidingstitel afgeeft",
        "Certificaat dat de opleidingstitel vergezelt",
        "Beroepstitel",
        "Referentiedatum",
    ),
    "fr": (
        "Pays",
        "Titre de formation",
        "Organisme qui délivre le titre de formation",
        "Certificat qui accompagne le titre de formation",
        "Titre professionnel",
        "Date de référence",
    ),
    "de": (
        "Land",
        "Ausbildungsnachweis",
        "Ausstellende Stelle",
        "Zusätzliche Bescheinigung",
        "Berufsbezeichnung",
        "Stichtag",
    ),
}
DATES: Final = {"en": "29 June 1979", "nl": "29 juni 1979", "fr": "29 juin 1979", "de": "29. Juni 1979"}
TRAINING: Final = {
    "en": "Minimum period of training: 5 years",
    "nl": "Minimumduur van de opleiding: 5 jaar",
    "fr": "Durée minimale de formation: 5 ans",
    "de": "Mindestdauer der Weiterbildung: 5 Jahre",
}
SPECIALITIES: Final = {
    "en": ("Stargazing", "Dowsing"),
    "nl": ("Sterrenkijken", "Wichelen"),
    "fr": ("Astronomie", "Radiesthésie"),
    "de": ("Sternkunde", "Rutengehen"),
}
POINTS: Final = ("5.1.1", "5.1.2", "5.1.4", "5.2.2", "5.3.2", "5.4.2", "5.5.2", "5.6.2", "5.7.1")
STATES: Final = ("België/Belgique/Belgien", "Österreich")

Rows = Sequence[Sequence[str]]


def tables(lang: str) -> list[tuple[str, str, Rows]]:
    """Point, sub-heading and rows of every table."""
    found: list[tuple[str, str, Rows]] = []
    for point in POINTS:
        body = [
            (STATES[0], f"Diploma {point}/Diplôme {point}", "— De scholen/Les écoles — De jury", "Attest", "Kenner"),
            (STATES[1], f"Zeugnis {point}", "Die Schule", "", "Kenner"),
        ]
        found.append((point, "", [HEADS[lang], *((*row, DATES[lang]) for row in body)]))
    one, other = SPECIALITIES[lang]
    heads = (HEADS[lang][0], f"{one} {TRAINING[lang]}", f"{other} {TRAINING[lang]}")
    titles = ("", HEADS[lang][1], HEADS[lang][1])
    found.append(("5.1.3", "", [heads, titles, (STATES[0], "Sterren/Étoiles", "Roede"), (STATES[1], "Sterne", "Rute")]))
    dentist = [HEADS[lang][:3], (STATES[0], "Tandsterren", "Minister")]
    found.append(("5.3.3", one, dentist))
    return found


def html(lang: str) -> str:
    """As the site gives the consolidated text, its marks of amendments included."""
    text = ['<p class="title-annex-1">ANNEX V</p>']
    for point, above, rows in tables(lang):
        text.append(f'<p class="modref"><a>▼M9</a></p><p class="title-gr-seq-level-3"><span>►C1 {point}.</span> …◄</p>')
        text += [f'<p class="title-gr-tbl">{above}</p>'] if above else []
        cells = ["".join(f'<td><p class="tbl-txt">{cell}</p></td>' for cell in row) for row in rows]
        text.append(f'<table class="borderOj">{"".join(f"<tr>{row}</tr>" for row in cells)}</table>')
    return (
        "<!DOCTYPE html><html><head><title>EUR-Lex - 02005L0036 - EN</title><style>5.1.1. p {}</style></head>"
        f"<body><p>Directive 2005/36/EC</p>{''.join(text)}</body></html>"
    )


def formex(lang: str) -> str:
    """As the archive of the publisher gives it; a row of one state goes on without its name."""
    text = []
    for point, above, rows in tables(lang):
        cells = [
            "".join(f'<CELL COL="{number}"><P>{cell}</P></CELL>' for number, cell in enumerate(row, 1)) for row in rows
        ]
        heading = f"<P>{above}</P>" if above else ""
        text.append(
            f"<GR.SEQ><TITLE><TI><P>{point}.</P></TI></TITLE>{heading}"
            f"<TBL><CORPUS>{''.join(f'<ROW>{row}</ROW>' for row in cells)}</CORPUS></TBL></GR.SEQ>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CONS.ACT><INFO.CONSLEG CELEX="02005L0036"/><CONS.DOC><CONS.ANNEX>'
        f"<TITLE><TI><P>ANNEX V</P></TI></TITLE><CONTENTS>{''.join(text)}</CONTENTS></CONS.ANNEX></CONS.DOC></CONS.ACT>"
    )
