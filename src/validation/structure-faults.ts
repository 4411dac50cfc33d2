/** What stage one finds: a JSON pointer from the value that was checked, and either the JSON type that is expected there or an unknown property. */
export interface StructureFault {
  readonly place: string;
  readonly expected?: string;
  readonly unknown?: string;
}

type Found = StructureFault[] | null;

/** More than a client can use; keeps an answer to a hostile body small. */
const maxFaults = 200;

/** Adds a value of the wrong JSON type. Called by the generated code, as are the two below. */
export function wrong(found: Found, place: string, expected: string): StructureFault[] {
  if (found === null) return [{ place, expected }];
  if (found.length < maxFaults) found.push({ place, expected });
  return found;
}

/** Adds a property that the type does not have. */
export function unknown(found: Found, key: string): StructureFault[] {
  if (found === null) return [{ place: '', unknown: key }];
  if (found.length < maxFaults) found.push({ place: '', unknown: key });
  return found;
}

/** Adds the faults of a part, found at `place` of the whole. */
export function join(found: Found, part: readonly StructureFault[], place: string): StructureFault[] {
  const joined = found ?? [];
  for (const fault of part) {
    if (joined.length >= maxFaults) break;
    joined.push({ ...fault, place: place + fault.place });
  }
  return joined;
}
