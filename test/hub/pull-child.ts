/** A process that pulls: `pull-child REFERENCE SETTINGS`, with settings as JSON. Prints the bytes it received. */
import { pull } from "../../src/hub/pull.ts";

const [, , name, options] = process.argv;
const { receivedBytes, path } = await pull(name, JSON.parse(options));
process.stdout.write(JSON.stringify({ receivedBytes, path }));
