// Ticks of a checklist stay in the reader's browser, under the question that the address asks; nothing is sent.

const key = "ticks " + question();

function question() {
  const asked = new URLSearchParams(location.search);
  for (const name of ["lang", "applied_on", "format"]) asked.delete(name);
  asked.sort();
  return `${location.pathname}?${asked}`;
}

function kept() {
  try { return new Set(JSON.parse(localStorage.getItem(key)) ?? []); } catch { return new Set(); }
}

/** Keep the ticks of a list; what the browser does not let us keep is ticked for as long as the page is open. */
export function keepTicks(list) {
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  const before = kept();
  for (const box of boxes) box.checked = before.has(box.value);
  list.addEventListener("change", () => {
    const ticked = kept();
    for (const box of boxes) if (box.checked) ticked.add(box.value); else ticked.delete(box.value);
    try { if (ticked.size) localStorage.setItem(key, JSON.stringify([...ticked])); else localStorage.removeItem(key); } catch { /* private */ }
  });
  for (const said of list.parentElement.querySelectorAll("[data-ticks-kept]")) said.hidden = false;
  for (const button of list.parentElement.querySelectorAll("[data-forget]")) {
    button.addEventListener("click", () => {
      for (const box of boxes) box.checked = false;
      list.dispatchEvent(new Event("change"));
    });
  }
}
