// What messages/LANGUAGE.json lacks and says in vain: `npm run texts`; with `--json` the lines to add.
import { runnerImport } from "vite";

const web = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const load = async (name) => (await runnerImport(`${web}/translate/${name}.ts`)).module;
const [{ readCatalogue }, { unsaid }] = [await load("plugin"), await load("unsaid")];
const { missing, unused, wrong } = unsaid(web, readCatalogue(web, "de"));
if (process.argv.includes("--json")) {
  const texts = Object.fromEntries(missing.map(({ message }) => [message, ""]));
  process.stdout.write(`${JSON.stringify(texts, null, 2)}\n`);
} else {
  for (const { file, line, message } of missing)
    process.stdout.write(`missing: ${file}:${line}: ${message}\n`);
  for (const message of unused) process.stdout.write(`unused: ${message}\n`);
  for (const message of wrong) process.stdout.write(`other values: ${message}\n`);
}
