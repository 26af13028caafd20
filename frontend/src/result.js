// Results as what they are: a table, a yes or no, or a graph as text.

import { number, say } from "./words.js";

const PIECE = 200;
const NAMESPACE = "https://w3id.org/passerelle/";

/** Show an answer of the endpoint. Returns the sentence that sums it up. */
export function show(place, answer, prefixes) {
  place.replaceChildren();
  const seconds = number(answer.seconds, 2);
  if (!answer.type.includes("sparql-results+json")) {
    place.append(element("pre", { tabIndex: 0, textContent: answer.text, ariaLabel: say("result") }));
    const statements = answer.text.split("\n").filter((line) => line.endsWith(".") && !line.startsWith("@")).length;
    return say("statements", { rows: number(statements), seconds });
  }
  const body = JSON.parse(answer.text);
  if ("boolean" in body) {
    const text = say(body.boolean ? "yes" : "no");
    place.append(element("p", { className: "verdict", textContent: text }));
    return text;
  }
  const rows = body.results.bindings;
  place.append(rows.length ? table(body.head.vars, rows, prefixes) : element("p", { textContent: say("empty") }));
  return say("rows", { rows: number(rows.length), seconds });
}

/** Show what went wrong, in the words of the server. */
export function showError(place, error) {
  const box = element("div", { className: "problem" });
  box.setAttribute("role", "alert");
  box.append(element("strong", { textContent: say("failed") }), element("p", { textContent: error.message, lang: "en" }));
  place.replaceChildren(box);
}

function table(names, rows, prefixes) {
  const frame = element("div", { className: "scroll", tabIndex: 0, ariaLabel: say("result") });
  frame.setAttribute("role", "region");
  const shown = element("table", { className: "list" });
  const body = element("tbody");
  shown.append(element("thead"), body);
  shown.tHead.append(element("tr"));
  for (const name of names) shown.tHead.rows[0].append(element("th", { scope: "col", textContent: name }));
  const more = element("button", { type: "button", className: "plain", textContent: say("more") });
  let next = 0;
  const add = () => {
    for (const row of rows.slice(next, next + PIECE)) body.append(tableRow(names, row, prefixes));
    next += PIECE;
    more.hidden = next >= rows.length;
  };
  more.addEventListener("click", add);
  add();
  frame.append(shown, more);
  return frame;
}

function tableRow(names, row, prefixes) {
  const line = element("tr");
  for (const name of names) {
    const cell = element("td");
    cell.dataset.title = name;
    if (row[name]) cell.append(term(row[name], prefixes));
    line.append(cell);
  }
  return line;
}

function term(cell, prefixes) {
  if (cell.type === "uri") return link(cell.value, prefixes);
  if (cell.type === "bnode") return element("code", { textContent: `_:${cell.value}` });
  const text = element("span", { textContent: cell.value });
  if (cell["xml:lang"]) {
    text.lang = cell["xml:lang"];
    text.title = cell["xml:lang"];
  }
  return text;
}

/** A link: to this server for what it describes itself, and with the shortest name. */
function link(iri, prefixes) {
  if (!/^https?:/.test(iri)) return element("code", { textContent: iri });
  let shown = iri;
  for (const [prefix, start] of Object.entries(prefixes)) {
    const short = `${prefix}:${iri.slice(start.length)}`;
    if (iri.startsWith(start) && short.length < shown.length) shown = short;
  }
  const local = iri.startsWith(NAMESPACE) ? `/${iri.slice(NAMESPACE.length)}` : iri;
  return element("a", { href: local, title: iri, textContent: shown.replace(NAMESPACE, "") });
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
