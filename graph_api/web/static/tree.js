// The levels of a classification opened in their place: the arrows, which are links without scripts, become buttons.

for (const tree of document.querySelectorAll(".tree")) enliven(tree);

function enliven(tree) {
  for (const link of tree.querySelectorAll("a.twig")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "twig";
    button.dataset.below = link.dataset.below;
    button.setAttribute("aria-expanded", "false");
    button.append(...link.childNodes);
    button.addEventListener("click", () => turn(button));
    button.addEventListener("keydown", (event) => {
      const open = button.getAttribute("aria-expanded") === "true";
      if ((event.key === "ArrowRight" && !open) || (event.key === "ArrowLeft" && open)) turn(button);
    });
    link.replaceWith(button);
  }
}

async function turn(button) {
  const open = button.getAttribute("aria-expanded") !== "true";
  const item = button.closest("li");
  let below = item.querySelector(":scope > .branch");
  if (open && !below) {
    button.setAttribute("aria-busy", "true");
    const answer = await fetch(button.dataset.below, { headers: { Accept: "text/html" } });
    button.removeAttribute("aria-busy");
    if (!answer.ok || item.querySelector(":scope > .branch")) return;
    below = document.createElement("div");
    below.className = "branch";
    below.append(document.createRange().createContextualFragment(await answer.text()));
    item.append(below);
    enliven(below);
  }
  button.setAttribute("aria-expanded", String(open));
  if (below) below.hidden = !open;
}
