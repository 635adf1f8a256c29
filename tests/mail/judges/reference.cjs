// Reads {name: MJML} as JSON, writes {name: {html, errors}} as the reference compiler has it.
// The first argument is the folder that holds node_modules.
const { readFileSync } = require("node:fs");
const compile = require(`${process.argv[2]}/node_modules/mjml`);

const found = {};
for (const [name, mjml] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const { html, errors } = compile(mjml, { fonts: {}, keepComments: false, validationLevel: "soft" });
  found[name] = { html, errors: errors.map((error) => error.formattedMessage) };
}
process.stdout.write(JSON.stringify(found));
