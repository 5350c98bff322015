/** The part of zod's types that Cria's declarations name: zod is bundled, and is not installed with Cria. */
export interface ZodMiniType<Output = unknown> {
  readonly _output: Output;
}
type Out<T> = T extends ZodMiniType<infer Output> ? Output : never;
type Shape = Readonly<Record<string, ZodMiniType>>;
type OptionalKeys<S> = { [K in keyof S]: undefined extends Out<S[K]> ? K : never }[keyof S];
type Flat<T> = { [K in keyof T]: T[K] };

export type ZodMiniString<_ = string> = ZodMiniType<string>;
export type ZodMiniNumber<_ = number> = ZodMiniType<number>;
export type ZodMiniInt = ZodMiniType<number>;
export type ZodMiniNullable<T> = ZodMiniType<Out<T> | null>;
export type ZodMiniBoolean<_ = boolean> = ZodMiniType<boolean>;
export type ZodMiniUnknown = ZodMiniType<unknown>;
export type ZodMiniLiteral<T> = ZodMiniType<T>;
export type ZodMiniCustom<Output = unknown, _ = unknown> = ZodMiniType<Output>;
export type ZodMiniEnum<T> = ZodMiniType<T[keyof T]>;
export type ZodMiniOptional<T> = ZodMiniType<Out<T> | undefined>;
export type ZodMiniArray<T> = ZodMiniType<Out<T>[]>;
export type ZodMiniReadonly<T> = ZodMiniType<Readonly<Out<T>>>;
export type ZodMiniUnion<T extends readonly unknown[]> = ZodMiniType<Out<T[number]>>;
export type ZodMiniTuple<T extends readonly unknown[], _ = null> = ZodMiniType<{ [K in keyof T]: Out<T[K]> }>;
export type ZodMiniRecord<K, V> = ZodMiniType<Record<Out<K> & PropertyKey, Out<V>>>;
export interface ZodMiniObject<S, _ = unknown>
  extends ZodMiniType<
    Flat<{ [K in Exclude<keyof S, OptionalKeys<S>>]: Out<S[K]> } & { [K in OptionalKeys<S>]?: Out<S[K]> }>
  > {
  readonly shape: S;
}
export declare namespace core {
  type $strict = unknown;
  type $strip = unknown;
}
type infer_<T> = Out<T>;

export type { infer_ as infer, infer_ as output, Shape };
