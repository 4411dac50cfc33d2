import type { FaultName } from './fault-kinds.js';

/** Property names and array indexes from the root value. */
export type Place = readonly (string | number)[];

export interface Fault {
  readonly name: FaultName;
  readonly place: Place;
  /** A name from the specification that the text needs; never a value. */
  readonly detail: string;
}

/** Listed faults of one resource; the rest is only told of. */
const maxFaults = 200;

/** Collects the faults of one value. */
export interface FaultList {
  readonly faults: readonly Fault[];
  isFull(): boolean;
  add(name: FaultName, place: Place, detail?: string): void;
}

export function createFaultList(): FaultList {
  const faults: Fault[] = [];
  return {
    faults,
    isFull: () => faults.length > maxFaults,
    add(name, place, detail = '') {
      if (faults.length < maxFaults) faults.push({ name, place: place.slice(), detail });
      else if (faults.length === maxFaults) faults.push({ name: 'more', place: [], detail: '' });
    },
  };
}
