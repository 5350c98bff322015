/** What a configuration may ask of the weights it stands beside. */
/** What the tensors of the file tell. Names are canonical. */
export interface TensorFacts {
  has(name: string): boolean;
  shape(name: string): readonly number[] | undefined;
  /** Values of a small tensor (rotary divisors); called only for tensors that exist. */
  floats(name: string): Float32Array;
}
