/** Options without the fields that are undefined, so that defaults apply when they are spread. */
export type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

export function definedOf<T extends object>(options: T | undefined): Defined<T> {
  return Object.fromEntries(
    Object.entries(options ?? {}).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
