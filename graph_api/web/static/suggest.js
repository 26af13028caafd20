// A combobox after the ARIA pattern "editable combobox with list autocomplete", over /api/v1/search.

const HOME = new URL("..", import.meta.url).href.replace(/\/$/, "");
const PAUSE = 120;
let lists = 0;

/** Suggest things while one types; `chosen` is called with the hit. */
export function suggest(field, { lang, kinds = [], chosen, base = HOME }) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `suggestions-${++lists}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.getAttribute("aria-label") || field.labels?.[0]?.textContent.trim() || "");
  list.hidden = true;
  field.insertAdjacentElement("afterend", list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    field.setAttribute(name, value);
  }
  let hits = [], active = -1, timer = 0, asked = 0;

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hits.length) {
      event.preventDefault();
      mark((active + step + hits.length) % hits.length);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  field.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) take([...list.children].indexOf(item));
  });

  async function look() {
    const text = field.value.trim();
    if (text.length < 2) return close();
    const mine = ++asked;
    const query = new URLSearchParams({ q: text, lang, limit: "8" });
    for (const kind of kinds) query.append("kind", kind);
    const answer = await fetch(`${base}/api/v1/search?${query}`, { headers: { Accept: "application/json" } });
    if (mine !== asked || !answer.ok) return;
    hits = (await answer.json()).results;
    show();
  }

  function show() {
    list.replaceChildren(...hits.map(option));
    active = -1;
    list.hidden = hits.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  }

  function option(hit, number) {
    const item = document.createElement("li");
    item.id = `${list.id}-${number}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const label = document.createElement("span");
    label.lang = hit.lang;
    label.textContent = hit.label;
    item.append(label);
    if (hit.matched.label !== hit.label) {
      const matched = document.createElement("small");
      matched.lang = hit.matched.lang;
      matched.textContent = hit.matched.lang ? `${hit.matched.label} (${hit.matched.lang})` : hit.matched.label;
      item.append(matched);
    }
    return item;
  }

  function mark(number) {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === number)));
    active = number;
    field.setAttribute("aria-activedescendant", list.children[number].id);
    list.children[number].scrollIntoView({ block: "nearest" });
  }

  function take(number) {
    const hit = hits[number];
    close();
    chosen(hit);
  }

  function close() {
    asked++;
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }
}
