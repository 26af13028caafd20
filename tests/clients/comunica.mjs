// Asks a SPARQL endpoint with Comunica and prints the rows, or the quads, as JSON.
// node comunica.mjs ENDPOINT QUERY
import { QueryEngine } from "@comunica/query-sparql";

const [endpoint, query] = process.argv.slice(2);
const result = await new QueryEngine().query(query, { sources: [{ type: "sparql", value: endpoint }] });
const found = await (await result.execute()).toArray();
const value = (term) => ({ type: term.termType, value: term.value, language: term.language });
const rows =
  result.resultType === "bindings"
    ? found.map((row) => Object.fromEntries([...row].map(([name, term]) => [name.value, value(term)])))
    : found.map((quad) => [quad.subject.value, quad.predicate.value, quad.object.value]);
process.stdout.write(JSON.stringify(rows));
