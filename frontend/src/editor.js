// Turns the plain form of the SPARQL page into an editor: colours, completion, checks while typing, results in place.
// Everything comes from this server. Without scripts the form works as it stands.

import Yasqe from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";
import "./editor.css";
import { ask, prefixes, terms } from "./endpoint.js";
import { show, showError } from "./result.js";
import { say } from "./words.js";

const ANY = "application/sparql-results+json, text/turtle;q=0.9";
const form = document.querySelector("form[data-editor]");
if (form) start(form);

function start(form) {
  const endpoint = new URL(form.action).href;
  const field = form.elements.namedItem("query");
  const format = form.elements.namedItem("format");
  const result = document.getElementById("result");
  const known = { prefixes: {}, class: [], property: [] };

  const status = document.createElement("p");
  status.className = "quiet status";
  status.setAttribute("role", "status");
  // A whole table read aloud helps nobody: the sentence about it is announced instead.
  result.removeAttribute("aria-live");
  result.before(status);

  const editor = create(field, endpoint, known);
  format.prepend(new Option(say("table"), "", true, true));
  form.querySelector("button").after(shareButton(editor));
  let running = null;

  form.addEventListener("submit", (event) => {
    field.value = editor.getValue();
    if (format.value) return;
    event.preventDefault();
    run();
  });
  editor.setOption("extraKeys", {
    ...editor.getOption("extraKeys"), "Ctrl-Enter": run, "Cmd-Enter": run, Tab: false, "Shift-Tab": false,
  });
  // The examples are those that the server wrote into the page: nothing is put in their place while somebody aims at one.
  document.querySelector("[data-example]")?.closest("ul").addEventListener("click", take);
  load();
  if (new URLSearchParams(location.search).has("query")) run();

  async function run() {
    running?.abort();
    running = new AbortController();
    const query = editor.getValue();
    history.replaceState(null, "", addressOf(query));
    status.textContent = say("running");
    result.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(endpoint, query, ANY, running.signal);
      status.textContent = show(result, answer, known.prefixes);
    } catch (error) {
      if (error.name === "AbortError") return;
      status.textContent = "";
      showError(result, error);
    }
    result.removeAttribute("aria-busy");
  }

  async function load() {
    const [found, names] = await Promise.all([prefixes(endpoint), terms(endpoint)]);
    known.prefixes = found;
    Object.assign(known, names);
  }

  function take(event) {
    const link = event.target.closest("a[data-example]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    editor.setValue(new URL(link.href).searchParams.get("query"));
    editor.getWrapperElement().scrollIntoView({ block: "nearest" });
    editor.focus();
    run();
  }
}

/** The editor in place of the text field, which stays in the form. */
function create(field, endpoint, known) {
  completion(known);
  const label = document.querySelector(`label[for="${field.id}"]`);
  const place = document.createElement("div");
  const hint = document.createElement("p");
  hint.className = "quiet";
  hint.textContent = say("keys");
  field.after(place, hint);
  const editor = new Yasqe(place, {
    value: field.value,
    requestConfig: { endpoint },
    showQueryButton: false,
    createShareableLink: null,
    consumeShareLink: null,
    persistenceId: null,
    prefixCcApi: null,
    resizeable: false,
    editorHeight: "24rem",
    inputStyle: "contenteditable",
    screenReaderLabel: label.textContent,
    autocompleters: ["prefixes", "variables", "class", "property"],
  });
  field.hidden = true;
  label.addEventListener("click", () => editor.focus());
  return editor;
}

/** Completion from what the dataset says of itself; nothing is asked of other servers. */
function completion(known) {
  Yasqe.Autocompleters.prefixes.persistenceId = null;
  Yasqe.Autocompleters.prefixes.bulk = false;
  Yasqe.Autocompleters.prefixes.get = (_, token) =>
    Object.entries(known.prefixes)
      .map(([prefix, namespace]) => `${prefix}: <${namespace}>`)
      .filter((text) => text.startsWith(token?.autocompletionString ?? token?.string ?? ""));
  for (const kind of ["class", "property"]) {
    Yasqe.Autocompleters[kind].persistenceId = null;
    Yasqe.Autocompleters[kind].get = (_, token) => known[kind].filter((iri) => iri.startsWith(token?.autocompletionString ?? ""));
  }
}

/** A button that copies the address under which this page opens with the query. */
function shareButton(editor) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = say("share");
  button.addEventListener("click", async () => {
    const address = addressOf(editor.getValue());
    history.replaceState(null, "", address);
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = say("shared");
    } catch {
      // Without leave to write, or off https, the address is shown to be copied by hand.
      window.prompt(say("address"), address);
    }
    setTimeout(() => { button.textContent = say("share"); }, 2000);
  });
  return button;
}

function addressOf(query) {
  const address = new URL(location.href);
  address.search = "";
  address.hash = "";
  const lang = new URLSearchParams(location.search).get("lang");
  address.searchParams.set("query", query);
  if (lang) address.searchParams.set("lang", lang);
  return address.href;
}
