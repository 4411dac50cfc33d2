import type { FaultList } from './faults.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What a walk over one value carries with it. */
export interface Walk {
  readonly faults: FaultList;
  /** Place of the value that is looked at; grows and shrinks with the walk. */
  readonly path: (string | number)[];
  /** Objects above the one that is looked at. */
  depth: number;
  /** Whether the body's text has escapes at all, so that its strings may hold control characters. */
  readonly mayHoldControls: boolean;
  /** Each element of the resource so far is one of its type and has the JSON form of its type. */
  isSound: boolean;
  /** Whether an element of an integer type was met: its text must be looked at too. */
  holdsIntegers: boolean;
  /** The resource whose `contained` a reference `#x` points into. */
  container: JsonObject;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
