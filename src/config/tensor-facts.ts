/** The interface through which a configuration queries its weights. */
/** Facts about the tensors of the file. Names are canonical. */
export interface TensorFacts {
  has(name: string): boolean;
  shape(name: string): readonly number[] | undefined;
  /** Values of a small tensor (rotary divisors); called only for tensors that exist. */
  floats(name: string): Float32Array;
}
