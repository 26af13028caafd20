// Results of a query as a table below it, where scripts run; without them the form answers with a file.

/** The address of this server, with the path before it where there is one. */
const HOME = new URL("..", import.meta.url).href.replace(/\/$/, "");
const form = document.querySelector("form[data-editor]");
const place = document.getElementById("result");

form?.addEventListener("submit", async (event) => {
  if (form.elements.format.value !== "json") return;
  event.preventDefault();
  place.setAttribute("aria-busy", "true");
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/sparql-results+json, application/ld+json;q=0.9" },
    body: new URLSearchParams({ query: form.elements.query.value }),
  });
  const text = await answer.text();
  place.replaceChildren(answer.ok ? shown(JSON.parse(text)) : complaint(text));
  place.removeAttribute("aria-busy");
  place.querySelector("[tabindex]")?.focus();
});

/** A table of rows; yes or no; or the graph as it was sent. */
function shown(result) {
  if (typeof result.boolean === "boolean") return element("p", String(result.boolean));
  if (!result.results) return scrolled(element("pre", JSON.stringify(result, null, 1)));
  const table = element("table");
  const head = table.createTHead().insertRow();
  for (const name of result.head.vars) head.append(Object.assign(element("th", `?${name}`), { scope: "col" }));
  const body = table.createTBody();
  for (const row of result.results.bindings) {
    const line = body.insertRow();
    for (const name of result.head.vars) line.insertCell().append(cell(row[name]));
  }
  return scrolled(table);
}

function cell(term) {
  if (!term) return "";
  if (term.type === "uri" && /^https?:/.test(term.value)) {
    const own = term.value.replace(/^https:\/\/w3id\.org\/passerelle\/(id|scheme|graph|def)/, `${HOME}/$1`);
    return Object.assign(element("a", term.value.replace(/^https:\/\/w3id\.org\/passerelle\//, "")), { href: own });
  }
  const text = element("span", term.value);
  if (term["xml:lang"]) text.lang = term["xml:lang"];
  return text;
}

function complaint(text) {
  let detail = text;
  try {
    detail = JSON.parse(text).detail ?? text;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const box = element("div");
  box.className = "notice bad";
  box.setAttribute("role", "alert");
  box.append(Object.assign(element("p", detail), { lang: "en" }));
  return box;
}

function scrolled(content) {
  const box = element("div");
  box.className = "scroll";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", place.dataset.title);
  box.append(content);
  return box;
}

function element(name, text = "") {
  return Object.assign(document.createElement(name), { textContent: text });
}
