// Prints the current of v1 in eecircuit-engine, ngspice as WebAssembly, for decks with one analysis
// each: `deck` before each, then `x re im` per line. usage: node wasm_run.mjs ENGINE_FOLDER DECK...
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [engine, ...decks] = process.argv.slice(2);
const { Simulation } = await import(
  pathToFileURL(path.join(engine, "dist/eecircuit-engine.mjs")).href
);
const simulation = new Simulation();
await simulation.start();
const part = (z, name, otherwise) => (typeof z === "number" ? otherwise : z[name]);
for (const deck of decks) {
  simulation.setNetList(fs.readFileSync(deck, "utf8"));
  const result = await simulation.runSim();
  const column = (name) => result.data.find((c) => c.name === name)?.values;
  const current = column("i(v1)");
  const x = column("frequency") ?? column("time") ?? current;
  console.log("deck");
  current.forEach((i, k) =>
    console.log(part(x[k], "real", x[k]), part(i, "real", i), part(i, "img", 0)),
  );
}
process.exit(0);
