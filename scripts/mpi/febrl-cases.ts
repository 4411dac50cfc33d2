import { basename, join } from 'node:path';

import { type FebrlFields, febrlFeatures, febrlPerson, febrlSchemas, readFebrl } from './febrl.js';
import { type Floors, type MatchingCase } from './run-matching.js';

/** One file to find duplicates in, or two to link. */
export function febrlCase(files: readonly string[], fields: FebrlFields): MatchingCase {
  const [first = [], second] = files.map(readFebrl);
  const rows = [...first, ...(second ?? [])];
  return {
    name: `${files.map((file) => basename(file)).join(' × ')}, ${febrlSchemas[fields].name}`,
    schema: febrlSchemas[fields],
    records: rows.map((row) => febrlFeatures(row, fields)),
    truth: rows.map(febrlPerson),
    ...(second && { boundary: first.length }),
  };
}

/** What each public set must reach, without labels and by the one threshold. */
const gates: readonly { files: readonly string[]; fields: FebrlFields; floors: Floors }[] = [
  { files: ['dataset1.csv'], fields: 'all', floors: { f1: 0.999 } },
  { files: ['dataset2.csv'], fields: 'all', floors: { f1: 0.999 } },
  { files: ['dataset4a.csv', 'dataset4b.csv'], fields: 'all', floors: { f1: 0.9997 } },
  { files: ['dataset1.csv'], fields: 'names,birthdate', floors: {} },
  { files: ['dataset2.csv'], fields: 'names,birthdate', floors: { f1: 0.905 } },
  { files: ['dataset4a.csv', 'dataset4b.csv'], fields: 'names,birthdate', floors: { f1: 0.945 } },
];

/** Precision that automatic links must reach on every set. */
const leastPrecision = 0.999;

export interface GatedCase {
  readonly matching: MatchingCase;
  readonly floors: Floors;
}

export function* febrlGates(folder: string): Generator<GatedCase> {
  for (const { files, fields, floors } of gates) {
    yield {
      matching: febrlCase(
        files.map((file) => join(folder, file)),
        fields,
      ),
      floors: { precision: leastPrecision, ...floors },
    };
  }
}
