import type { JsonObject } from './accessor.js';

/** Bounds of an index entry, inclusive; an open side is ±Number.MAX_VALUE, which every store can hold. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

const open = Number.MAX_VALUE;

/** Of a Quantity: its value, or the side that its comparator leaves open. */
export function quantityBounds({ value, comparator }: JsonObject): Bounds | undefined {
  if (!isNumber(value)) return undefined;
  if (comparator === '<' || comparator === '<=') return { low: -open, high: value };
  if (comparator === '>' || comparator === '>=') return { low: value, high: open };
  return { low: value, high: value };
}

/** Of a Range: from its low to its high, open where one is absent. */
export function rangeBounds({ low, high }: JsonObject): Bounds | undefined {
  const from = valueOf(low);
  const to = valueOf(high);
  if (from === undefined && to === undefined) return undefined;
  const bounds = { low: from ?? -open, high: to ?? open };
  return bounds.low <= bounds.high ? bounds : undefined;
}

/**
 * Of SampledData (http://hl7.org/fhir/R4/datatypes.html#SampledData): the smallest and the largest sample, `E` left
 * out, `L` and `U` standing for the limits.
 */
export function sampledBounds(sampled: JsonObject): Bounds | undefined {
  const { data, factor, lowerLimit, upperLimit } = sampled;
  const origin = valueOf(sampled['origin']);
  if (typeof data !== 'string' || origin === undefined) return undefined;
  const scale = isNumber(factor) ? factor : 1;
  let low = Infinity;
  let high = -Infinity;
  for (const sample of data.split(' ')) {
    const raw =
      sample === 'L' ? lowerLimit : sample === 'U' ? upperLimit : sample === '' ? undefined : Number(sample);
    if (!isNumber(raw)) continue;
    low = Math.min(low, origin + raw * scale);
    high = Math.max(high, origin + raw * scale);
  }
  return low <= high ? { low, high } : undefined;
}

function valueOf(quantity: unknown): number | undefined {
  if (typeof quantity !== 'object' || quantity === null) return undefined;
  const { value } = quantity as JsonObject;
  return isNumber(value) ? value : undefined;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
