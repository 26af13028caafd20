// What scripts add to pages that work without them: suggestions while typing, short addresses, ticks that stay, a print button.

import { suggest } from "./suggest.js";
import { keepTicks } from "./ticks.js";

const lang = document.documentElement.lang;

for (const field of document.querySelectorAll("input[data-suggest]")) attach(field);

/** Suggestions below a text field; choosing one fills the hidden field beside it, or opens the page of the thing. */
function attach(field) {
  const kind = field.dataset.suggest;
  const hidden = field.dataset.value ? document.getElementById(field.dataset.value) : null;
  suggest(field, {
    lang,
    kinds: kind === "/page" ? [] : kind.split(" "),
    chosen(hit) {
      if (hidden) {
        hidden.value = hit.slug;
        field.dataset.chosen = field.value = hit.label;
      } else if (field.dataset.goto) {
        location.assign(withQualification(field, hit.slug));
      } else {
        location.assign(addressOf(hit));
      }
    },
  });
  if (hidden) {
    field.dataset.chosen = hidden.value ? field.value : "";
    field.addEventListener("input", () => { if (field.value !== field.dataset.chosen) hidden.value = ""; });
  }
}

function addressOf(hit) {
  const ours = hit.id.match(/^https:\/\/w3id\.org\/passerelle\/(scheme\/.+)$/);
  if (hit.kind === "concept" && !ours) return hit.id;
  const address = new URL(ours ? `/page/${ours[1]}` : `/page/${hit.kind}/${hit.slug}`, location.origin);
  const chosen = new URLSearchParams(location.search).get("lang");
  if (chosen) address.searchParams.set("lang", chosen);
  return address;
}

function withQualification(field, slug) {
  const address = new URL(field.dataset.goto, location.origin);
  for (const held of field.dataset.held.split(" ").filter(Boolean)) address.searchParams.append("qualification", held);
  address.searchParams.append("qualification", slug);
  return address;
}

// Addresses hold only what was said: empty fields, and names whose thing is known, are not sent.
for (const form of document.querySelectorAll("form[data-clean]")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      const known = field.dataset?.value && document.getElementById(field.dataset.value)?.value;
      if (field.name && (known || field.value === "")) field.disabled = true;
    }
    setTimeout(() => { for (const field of form.elements) field.disabled = false; }, 0);
  });
}

for (const list of document.querySelectorAll("[data-ticks]")) keepTicks(list);

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Paper shows what is folded in the first route; of the other routes it names only the titles.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("section.route details.part:not([open])")) {
    part.open = true;
    part.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const part of document.querySelectorAll("details[data-folded]")) {
    part.open = false;
    delete part.dataset.folded;
  }
});
