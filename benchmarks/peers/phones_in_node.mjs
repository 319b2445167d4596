// Writes phones as JSON lines with a generic node generator: node phones_in_node.mjs NAME COUNT MODULES SCHEMA.
// MODULES is a node_modules folder with the generators, SCHEMA a file with the schema of a phone.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [name, count, modules, schemaFile] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${modules}/${path}`).href);

const generators = {
  "faker-js": async () => {
    const { faker } = await load("@faker-js/faker/dist/index.js");
    faker.seed(1);
    return () => ({
      uuid: faker.string.uuid(),
      name: faker.company.name(),
      number: faker.phone.number({ style: "international" }),
      type: faker.helpers.arrayElement(["private", "shared", "ordered"]),
      countryCode: faker.location.countryCode(),
      provider: faker.helpers.arrayElement(["vapi", "twilio", "telnyx", null]),
      status: faker.helpers.arrayElement(["registered", "pending", "active", "inactive"]),
      smsEnabled: faker.datatype.boolean(),
      createdAt: faker.date.past().toISOString(),
      updatedAt: faker.date.recent().toISOString(),
    });
  },
  "json-schema-faker": async () => {
    const { createGeneratorSync } = await load("json-schema-faker/dist/index.js");
    const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
    const generator = createGeneratorSync({ seed: 1 });
    return () => generator.generate(schema);
  },
};

const make = await generators[name]();
const out = openSync("/dev/stdout", "w");
let lines = [];
for (let made = 1; made <= Number(count); made++) {
  lines.push(JSON.stringify(make()));
  if (lines.length === 512 || made === Number(count)) {
    writeSync(out, lines.join("\n") + "\n");
    lines = [];
  }
}
closeSync(out);
