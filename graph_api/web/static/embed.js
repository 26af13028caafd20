// Two web components for foreign pages: <passerelle-search> and <passerelle-path>. No cookies, nothing stored.

import { suggest } from "./suggest.js";

const HOME = new URL("..", import.meta.url).href.replace(/\/$/, "");
const styles = new CSSStyleSheet();
styles.replaceSync(`
  :host { display: block; font: 1rem/1.5 system-ui, sans-serif; color: #16242c; max-width: 34rem; position: relative; }
  input { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem .8rem; border: 1px solid #7b8b94; border-radius: .45rem; }
  ul { list-style: none; margin: .2rem 0 0; padding: .3rem; border: 1px solid #7b8b94; border-radius: .45rem; background: #fff; position: absolute; inset-inline: 0; z-index: 9; }
  li { padding: .4rem .6rem; cursor: pointer; } li[aria-selected=true], li:hover { background: #e1f1f4; } small { display: block; color: #4a5b65; }
  [hidden] { display: none; }
  article { border: 1px solid #ccd6da; border-left: .4rem solid #7a4b00; border-radius: .6rem; padding: 1rem 1.2rem; background: #fff; }
  article.open { border-left-color: #16653a; } article.none { border-left-color: #8f2420; }
  h2 { font-size: 1.15rem; margin: 0 0 .4rem; } p { margin: .2rem 0; } a { color: #00637a; }
`);

class SearchBox extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styles];
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = field.ariaLabel = this.getAttribute("label") || "Passerelle";
    field.setAttribute("aria-label", field.placeholder);
    root.append(field);
    const lang = this.lang || "en";
    suggest(field, { lang, kinds: (this.getAttribute("kind") || "").split(" ").filter(Boolean), base: HOME, chosen: (hit) => { location.assign(`${HOME}/page/${hit.kind}/${hit.slug}?lang=${lang}`); } });
  }
}

class PathCard extends HTMLElement {
  async connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styles];
    const query = new URLSearchParams({ lang: this.lang || "en" });
    for (const name of ["qualification", "issued_in", "profession", "country", "issued", "intent"]) {
      if (this.getAttribute(name)) query.set(name, this.getAttribute(name));
    }
    const answer = await fetch(`${HOME}/path/card?${query}`, { credentials: "omit" }).catch(() => null);
    // Where there is no answer, the card still leads to the question.
    const card = answer?.ok ? await answer.json() : { status: "unknown", lang: this.lang || "en", address: `${HOME}/path?${query}` };
    const article = document.createElement("article");
    article.className = card.status;
    article.lang = card.lang;
    for (const [tag, text] of [["h2", card.verdict], ["p", card.question], ["p", card.route]]) {
      if (text) article.append(Object.assign(document.createElement(tag), { textContent: text }));
    }
    const link = Object.assign(document.createElement("a"), { href: card.address, textContent: "Passerelle" });
    article.append(link);
    root.append(article);
  }
}

customElements.define("passerelle-search", SearchBox);
customElements.define("passerelle-path", PathCard);
