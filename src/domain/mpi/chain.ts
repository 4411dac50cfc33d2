/**
 * One of several values, with the next. Most records have one telephone and one home: they are read without the two
 * places in memory that an array would add, which is where the time of comparing many records goes.
 */
export type Chain<Value> = Value & { readonly next: Chain<Value> | undefined };

/** Made from the last on; `undefined` of no values. */
export const chainOf = <Source, Value>(
  sources: readonly Source[],
  make: (source: Source, next: Chain<Value> | undefined) => Chain<Value>,
): Chain<Value> | undefined =>
  sources.reduceRight<Chain<Value> | undefined>((next, source) => make(source, next), undefined);

export function* valuesOf<Value>(chain: Chain<Value>): Generator<Value> {
  for (let link: Chain<Value> | undefined = chain; link; link = link.next) yield link;
}
