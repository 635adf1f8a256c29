// Reads {name: html} as JSON, writes {name: [kinds of findings]}: what some mail program does not know, or knows in part.
// The first argument is the folder that holds node_modules.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { caniemail } = await import(pathToFileURL(`${process.argv[2]}/node_modules/caniemail/dist/index.js`));
const clients = ["gmail.*", "outlook.*", "apple-mail.*", "yahoo.*", "thunderbird.*"];
const kinds = (issues) => [...issues.values()].flat().map((issue) => issue.title);
const found = {};
for (const [name, html] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const { issues } = caniemail({ clients, html });
  found[name] = [...new Set([...kinds(issues.errors), ...kinds(issues.warnings)])].sort();
}
process.stdout.write(JSON.stringify(found));
