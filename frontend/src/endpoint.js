// Questions to the endpoint of this server.

const VOID = "http://rdfs.org/ns/void#";
const SH = "http://www.w3.org/ns/shacl#";

/** The answer as text, with its media type and the seconds it took. Throws what the server says went wrong. */
export async function ask(address, query, accept, signal) {
  const began = performance.now();
  const response = await fetch(address, { method: "POST", body: new URLSearchParams({ query }), headers: { Accept: accept }, signal });
  const text = await response.text();
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok) throw new Error(type.includes("json") ? JSON.parse(text).detail : response.statusText);
  return { text, type, seconds: (performance.now() - began) / 1000 };
}

/** The rows of a SELECT, each as plain values by variable. */
async function rows(address, query) {
  const { text } = await ask(address, query, "application/sparql-results+json");
  return JSON.parse(text).results.bindings.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell.value])));
}

/** The prefixes that the dataset declares. */
export async function prefixes(address) {
  const found = await rows(address, `SELECT ?prefix ?namespace WHERE { [] <${SH}prefix> ?prefix ; <${SH}namespace> ?namespace }`);
  return Object.fromEntries(found.map((row) => [row.prefix, row.namespace]));
}

/** The classes and properties in use, the most used first. */
export async function terms(address) {
  const dataset = "<https://w3id.org/passerelle/dataset>";
  const [classes, properties] = await Promise.all([
    rows(address, `SELECT ?term WHERE { ${dataset} <${VOID}classPartition> [ <${VOID}class> ?term ; <${VOID}entities> ?n ] } ORDER BY DESC(?n) ?term`),
    rows(address, `SELECT ?term WHERE { ${dataset} <${VOID}propertyPartition> [ <${VOID}property> ?term ; <${VOID}triples> ?n ] } ORDER BY DESC(?n) ?term`),
  ]);
  return { class: classes.map((row) => row.term), property: properties.map((row) => row.term) };
}
