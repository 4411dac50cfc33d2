import type { InputFile } from './input-files.js';
import { type LoadTotals, loadUnits, newTotals } from './load-units.js';
import type { LoadUnit } from './load-unit.js';
import { readUnits, type UnreadableInput } from './read-units.js';
import type { PatientClient } from './send-patiently.js';

export interface LoadFilesOptions {
  /** In the order of findInputFiles. */
  readonly files: readonly InputFile[];
  readonly target: PatientClient;
  readonly parallel: number;
  /** So far: bytes of files read to their end, records accepted and refused. */
  readonly onProgress?: (progress: { bytes: number; accepted: number; refused: number }) => void;
}

/** Loads files stage by stage; batch Bundles one after the other, everything else in parallel. */
export async function loadFiles(options: LoadFilesOptions): Promise<LoadTotals> {
  const totals = newTotals();
  const progress = { bytes: 0, accepted: 0, refused: 0 };
  const stages = [...new Set(options.files.map(({ stage }) => stage))].sort();
  for (const stage of stages) {
    const files = options.files.filter((file) => file.stage === stage);
    const units = unitsOf(files, (bytes) => {
      progress.bytes += bytes;
    });
    await loadUnits(
      {
        units,
        targetOf: () => options.target,
        parallel: stage === 0 ? 1 : options.parallel,
        onAnswer: (_unit, result) => {
          for (const n of result.accepted.values()) progress.accepted += n;
          progress.refused += result.refused.length;
          options.onProgress?.(progress);
        },
      },
      totals,
    );
  }
  return totals;
}

async function* unitsOf(
  files: readonly InputFile[],
  onRead: (bytes: number) => void,
): AsyncGenerator<LoadUnit | UnreadableInput> {
  for (const file of files) {
    yield* readUnits(file);
    onRead(file.bytes);
  }
}
