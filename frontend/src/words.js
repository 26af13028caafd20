// What the editor says, in the languages of the pages.

const WORDS = {
  en: {
    running: "The query is running …", rows: "{rows} rows in {seconds} s", statements: "{rows} statements in {seconds} s",
    yes: "Yes", no: "No", more: "Show more rows", share: "Copy the address of this query", shared: "Copied",
    address: "Address of this query", failed: "The query was not answered", empty: "Nothing was found.",
    keys: "Ctrl+Enter runs the query, Ctrl+Space completes.", table: "Table", result: "Result",
  },
  nl: {
    running: "De zoekopdracht loopt …", rows: "{rows} rijen in {seconds} s", statements: "{rows} uitspraken in {seconds} s",
    yes: "Ja", no: "Nee", more: "Meer rijen tonen", share: "Adres van deze zoekopdracht kopiëren", shared: "Gekopieerd",
    address: "Adres van deze zoekopdracht", failed: "De zoekopdracht is niet beantwoord", empty: "Er is niets gevonden.",
    keys: "Ctrl+Enter voert uit, Ctrl+Spatie vult aan.", table: "Tabel", result: "Resultaat",
  },
  fr: {
    running: "La requête est en cours…", rows: "{rows} lignes en {seconds} s", statements: "{rows} énoncés en {seconds} s",
    yes: "Oui", no: "Non", more: "Afficher plus de lignes", share: "Copier l’adresse de cette requête", shared: "Copié",
    address: "Adresse de cette requête", failed: "La requête n’a pas reçu de réponse", empty: "Rien n’a été trouvé.",
    keys: "Ctrl+Entrée exécute, Ctrl+Espace complète.", table: "Tableau", result: "Résultat",
  },
  de: {
    running: "Die Abfrage läuft …", rows: "{rows} Zeilen in {seconds} s", statements: "{rows} Aussagen in {seconds} s",
    yes: "Ja", no: "Nein", more: "Weitere Zeilen zeigen", share: "Adresse dieser Abfrage kopieren", shared: "Kopiert",
    address: "Adresse dieser Abfrage", failed: "Die Abfrage wurde nicht beantwortet", empty: "Nichts gefunden.",
    keys: "Strg+Eingabe führt aus, Strg+Leertaste ergänzt.", table: "Tabelle", result: "Ergebnis",
  },
};

const lang = document.documentElement.lang;
const chosen = WORDS[lang] ?? WORDS.en;

/** The sentence in the language of the page, with the values in their places. */
export function say(name, values = {}) {
  return chosen[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

/** A number as the language of the page writes it. */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(lang || "en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}
