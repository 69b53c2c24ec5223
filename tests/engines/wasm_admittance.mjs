// Prints the admittance of a part in eecircuit-engine, ngspice as WebAssembly: `frequency re im`
// per line. usage: node wasm_admittance.mjs ENGINE_FOLDER DECK
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [engine, deck] = process.argv.slice(2);
const { Simulation } = await import(
  pathToFileURL(path.join(engine, "dist/eecircuit-engine.mjs")).href
);
const simulation = new Simulation();
await simulation.start();
simulation.setNetList(fs.readFileSync(deck, "utf8"));
const result = await simulation.runSim();
const column = (name) => result.data.find((c) => c.name === name).values;
const current = column("i(v1)");
column("frequency").forEach((f, k) =>
  console.log(f.real, -current[k].real, -current[k].img),
);
process.exit(0);
