import {
  type FeatureRecord,
  type Field,
  type Finding,
  type Frequencies,
  type Schema,
  unknownChance,
} from './features.js';

/** All fields of a schema, in the order of the slots that comparisons write. */
export const fieldsOf = (schema: Schema): Field[] => schema.comparisons.flatMap(({ fields }) => fields);

/** Compares pairs into one finding, which each call overwrites. */
export interface RecordComparer {
  readonly found: Finding;
  compare(one: FeatureRecord, other: FeatureRecord): void;
}

export function createComparer(schema: Schema, frequencies: Frequencies): RecordComparer {
  const size = fieldsOf(schema).length;
  const found: Finding = {
    levels: new Uint8Array(size),
    logChances: new Float64Array(size),
    frequencies,
    place: 0,
  };
  const { comparisons } = schema;
  return {
    found,
    compare({ values }, { values: otherValues }) {
      found.levels.fill(0);
      found.logChances.fill(unknownChance);
      found.place = 0;
      let index = 0;
      for (const comparison of comparisons) {
        const value = values[index];
        const otherValue = otherValues[index++];
        if (value !== undefined && otherValue !== undefined) comparison.compare(value, otherValue, found);
        found.place += comparison.fields.length;
      }
    },
  };
}
