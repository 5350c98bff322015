/** Memory of a kernel host that steps write in place. Only kernels know its layout. */
import { DISPOSE } from "../../../base/dispose.ts";
import { type DType, tensorByteLength } from "../../../base/dtypes.ts";
import { assert } from "../../../base/errors.ts";
import type { State } from "../../graph/bindings.ts";
import type { KernelHost, Region } from "./kernel-host.ts";

/** A state in memory that kernels can access. */
export class KernelState implements State {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly region: Region;

  constructor(host: KernelHost, shape: readonly number[], dtype: DType) {
    const byteLength = tensorByteLength(dtype, shape);
    assert(byteLength !== undefined, `a state of ${dtype} [${shape.join(", ")}] has no size`);
    this.dtype = dtype;
    this.shape = shape;
    this.byteLength = byteLength;
    this.region = host.allocate(byteLength);
  }
  bytes(): Uint8Array<ArrayBuffer> {
    return this.region.bytes();
  }
  copyWithin(target: number, source: number, byteLength: number): void {
    this.region.bytes().copyWithin(target, source, source + byteLength);
  }
  dispose(): void {
    this.region.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
