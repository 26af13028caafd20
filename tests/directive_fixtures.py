"""A small invented Annex V in the layouts of EUR-Lex: the page of the site (HTML) and Formex (XML), in four languages.

Each comes plain and as consolidated acts come after many amendments: marks in rows of their own, tables broken in two,
lists in cells set as tables, numbers set out beside their headings, footnotes.
"""

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


def _listing(cell: str) -> str:
    """A cell whose dashes the site sets as a table within the cell."""
    parts = [part.strip() for part in cell.split("—")[1:]]
    rows = "".join(f'<tr><td valign="top"><p>—</p></td><td><p class="norm">{part}</p></td></tr>' for part in parts)
    return f'<table width="100%"><col width="5%"/><col width="95%"/>{rows}</table>' if parts else f"<p>{cell}</p>"


def amended_html(lang: str) -> str:
    """As the site gives a text that was amended many times."""
    mark = '<p class="modref"><a href="http://publications.europa.eu/resource/celex/32017D2113">▼M13</a></p>'
    note = ' (<a href="#E0009" id="src.E0009"><span class="superscript">9</span></a>)'
    text = ['<p class="title-annex-1">ANNEX V</p>']
    for point, above, rows in tables(lang):
        head, *body = ("".join(f"<td>{_listing(cell)}</td>" for cell in row) for row in rows)
        heading = f'<span class="no-parag">{point}.  </span><div class="norm inline-element">A heading</div>'
        over = f'<tr><td colspan="{len(rows[0])}"><p>{above}</p></td></tr>' if above else ""
        marks = f'<tr><td colspan="{len(rows[0])}">{mark}</td></tr>'
        last = body.pop().replace("</p>", f"{note}</p>", 1)
        first = "".join(f"<tr>{row}</tr>" for row in (head, *body))
        text.append(
            f'<div class="norm">{heading}</div>{mark}<table border="1">{over}{first}{marks}</table>'
            f'{mark}<table border="1"><tr>{last}</tr></table>'
            '<p class="footnote">(<a href="#src.E0009" id="E0009"><span>9</span></a>) Of old.</p>'
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>02005L0036</title>'
        f"</head><body><p>02005L0036 — 20.06.2024 — 018.001</p>{''.join(text)}</body></html>"
    )


def amended_formex(lang: str) -> str:
    """As the archive gives a consolidated text: heads marked as such, empty cells said to be empty, notes where they are called."""
    text = []
    for point, above, rows in tables(lang):
        first, *body = rows
        lines = [f'<ROW TYPE="HEADER">{_formex_cells(first, " TYPE=" + chr(34) + "HEADER" + chr(34))}</ROW>']
        lines += [f"<?CLG.MDFC ID='C1' IDREF='O1'?><ROW>{_formex_cells(row)}</ROW>" for row in body]
        heading = f"<P>{above}</P>" if above else ""
        text.append(
            f'<GR.SEQ LEVEL="2"><TITLE><TI><NP><NO.P>{point}.</NO.P><TXT>A heading</TXT></NP></TI></TITLE>{heading}'
            f'<TBL NO.SEQ="0001" COLS="{len(first)}"><CORPUS>{"".join(lines)}</CORPUS></TBL></GR.SEQ>'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CONS.ACT><INFO.CONSLEG CONSLEG.REF="2005L0036" START.DATE="20240620"/>'
        f"<CONS.DOC><CONS.ANNEX><CONTENTS>{''.join(text)}</CONTENTS></CONS.ANNEX></CONS.DOC></CONS.ACT>"
    )


def _formex_cells(row: Sequence[str], kind: str = "") -> str:
    note = '<NOTE NOTE.ID="E0001" TYPE="FOOTNOTE"><P>Of old.</P></NOTE>'
    cells = [f"<HT TYPE='BOLD'>{cell}</HT>{note if number == 2 else ''}" for number, cell in enumerate(row, 1)]
    shown = [cell if row[number] else "<IE/>" for number, cell in enumerate(cells)]
    return "".join(f'<CELL COL="{number}"{kind}>{cell}</CELL>' for number, cell in enumerate(shown, 1))
