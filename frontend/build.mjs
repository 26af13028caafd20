// One script and one style sheet for graph_api/web/static/editor/, with the licences of what is inside.

import { readdir, readFile, rename, rm, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = join(here, "..", "graph_api", "web", "static", "editor");
const work = `${target}.new`;

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { editor: "src/editor.js" },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2021",
  outdir: work,
  loader: { ".svg": "dataurl" },
  legalComments: "none",
  metafile: true,
});
await writeFile(join(work, "LICENSES.txt"), await licences(Object.keys(metafile.inputs)));
// The old bundle goes only when the new one is whole.
await rm(target, { recursive: true, force: true });
await rename(work, target);

/** The licences of the packages that are bundled, and of those that they were made from. */
async function licences(inputs) {
  const queue = inputs.filter((path) => path.includes("node_modules/")).map(packageOf);
  const seen = new Map();
  while (queue.length) {
    const name = queue.pop();
    if (seen.has(name)) continue;
    const folder = join(here, "node_modules", name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? await readFile(join(folder, file), "utf8") : "";
    const people = [about.author, ...(about.contributors ?? [])].map((each) => each?.name ?? each).filter(Boolean);
    const head = `${name} ${about.version}, licence ${about.license}, by ${people.join(", ") || "its contributors"}`;
    seen.set(name, `${head}\n\n${text.trim()}`.trim());
    queue.push(...Object.keys(about.dependencies ?? {}));
  }
  return [...seen.keys()].sort().map((name) => seen.get(name)).join("\n\n----\n\n") + "\n";
}

function packageOf(path) {
  const [first, second] = path.split("node_modules/").pop().split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}
