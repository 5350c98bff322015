/** Reads pickles without executing code: the loop over the instructions, and its limits. */
import { ByteReader, type ByteSource } from "../../base/bytes.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { PICKLE_LIMITS, PickleMachine } from "./pickle-machine.ts";
import { PROTO, refuse, STEPS, STOP } from "./pickle-opcodes.ts";
import type { PickleValue } from "./pickle-values.ts";

const OLDEST_PROTOCOL = 2;
const NEWEST_PROTOCOL = 5;

export interface PickleResult {
  readonly value: PickleValue;
  /** The byte after the pickle. */
  readonly end: number;
}

function checkProtocol(reader: ByteReader): void {
  const doing = `read the pickle of "${reader.source.name}"`;
  if (reader.u8() !== PROTO) {
    const found = "no protocol number at its start";
    throw new UnsupportedError({ doing, expected: "a pickle of protocols 2 to 5", found });
  }
  const protocol = reader.u8();
  if (protocol < OLDEST_PROTOCOL || protocol > NEWEST_PROTOCOL) {
    throw new UnsupportedError({ doing, expected: "protocols 2 to 5", found: `protocol ${protocol}` });
  }
}

/**
 * Reads one pickle that starts at `start`. Names outside the whitelist (pickle-globals.ts) are refused, so the
 * result is plain data and descriptions of tensors.
 * @throws FormatError if the pickle is malformed, exceeds PICKLE_LIMITS or wants to run code; UnsupportedError
 *   for protocols 0 and 1.
 */
export function readPickle(source: ByteSource, start = 0, end = source.byteLength): PickleResult {
  const reader = new ByteReader(source, start, Math.min(end, start + PICKLE_LIMITS.byteLength));
  checkProtocol(reader);
  const vm = new PickleMachine(reader);
  for (let i = 0; i < PICKLE_LIMITS.instructions; i++) {
    const opcode = reader.u8();
    if (opcode === STOP) return { value: vm.result(), end: reader.position };
    const step = STEPS.get(opcode);
    if (step === undefined) {
      if (opcode !== PROTO) refuse(vm, opcode);
      throw new FormatError({ doing: `read the pickle of "${vm.file}"`, found: "a second protocol number" });
    }
    step(vm);
  }
  return vm.fail(`at most ${PICKLE_LIMITS.instructions} instructions`, "more");
}
