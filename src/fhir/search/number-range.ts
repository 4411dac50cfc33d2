/** A decimal literal with the interval that it stands for by its significant digits: `low` ≤ x < `high`. */
export interface NumberRange {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Reads a number of a query (http://hl7.org/fhir/R4/search.html#number): half a unit of the last digit written on
 * either side, so `100` is 99.5 to 100.5 and `100.00` is 99.995 to 100.005. With an exponent the specification counts
 * one digit more: `1e2` is 95 to 105. Undefined when the text is no decimal.
 */
export function numberRange(text: string): NumberRange | undefined {
  const parts = /^([+-]?)(\d{1,64})(?:\.(\d{1,64}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent] = parts;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  // Decimal arithmetic, then one rounding to a double: 100.00 − 0.005 is 99.995 and nothing beside it.
  const further = exponent === undefined ? 1 : 2;
  const units = BigInt(`${whole}${fraction}`.padEnd(whole.length + fraction.length + further, '0'));
  const signed = sign === '-' ? -units : units;
  const scale = Number(exponent ?? 0) - fraction.length - further;
  return { value, low: Number(`${signed - 5n}e${scale}`), high: Number(`${signed + 5n}e${scale}`) };
}
