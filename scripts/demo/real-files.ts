import type { InputFile } from '../../src/cli/load/input-files.js';
import { loadUnits, type LoadTotals } from '../../src/cli/load/load-units.js';
import type { LoadUnit } from '../../src/cli/load/load-unit.js';
import { readUnits, type UnreadableInput } from '../../src/cli/load/read-units.js';
import type { PatientClient } from '../../src/cli/load/send-patiently.js';
import { showProgress } from './progress.js';
import { countyIds, type DemoNodes, directoryClient, type Scenario } from './scenario.js';
import { createTally, type Tally } from './tally.js';

const parallel = 4;
const hospitalOf = (nodeId: string): string => `his-${nodeId}`;

interface FileUnit extends LoadUnit {
  readonly target: PatientClient;
}

/**
 * Real files (in the order of findInputFiles): batch Bundles and files of institutions at the city; then transaction
 * Bundles alternately into the two counties, and files of other records, which refer to each other, into the first.
 */
export function realFiles(files: readonly InputFile[]): Scenario {
  const tally = createTally();
  const directory = files.filter(({ stage }) => stage <= 1);
  const records = files.filter(({ stage }) => stage > 1);
  return {
    clientsOf: (nodeId) => {
      if (countyIds.some((id) => id === nodeId))
        return [{ id: hospitalOf(nodeId), source: `${nodeId}-hospital` }];
      return nodeId === 'city' ? [{ id: directoryClient, source: 'city-commission' }] : [];
    },
    loadDirectory: ({ city }, totals) =>
      sendFiles({ what: 'directory', files: directory, tally, totals, parallel: 1 }, () =>
        city.client(directoryClient),
      ),
    async loadRecords(nodes, totals) {
      const next = alternate(nodes);
      await sendFiles({ what: 'files', files: records, tally, totals, parallel }, next);
    },
    expected: () => tally.sums(),
  };
}

function alternate({ counties }: DemoNodes): (unit: LoadUnit) => PatientClient {
  let turn = 0;
  return ({ kind }) => {
    const county = kind === 'transaction' && turn++ % 2 === 1 ? counties[1] : counties[0];
    return county.client(hospitalOf(county.node.id));
  };
}

interface FileJob {
  readonly what: string;
  readonly files: readonly InputFile[];
  readonly tally: Tally;
  readonly totals: LoadTotals;
  readonly parallel: number;
}

async function sendFiles(job: FileJob, targetOf: (unit: LoadUnit) => PatientClient): Promise<void> {
  const progress = showProgress(job.what);
  let read = 0;
  for (const stage of new Set(job.files.map((file) => file.stage))) {
    const files = job.files.filter((file) => file.stage === stage);
    await loadUnits<FileUnit>(
      {
        units: unitsOf(files, targetOf, () => (read += 1)),
        targetOf: (unit) => unit.target,
        parallel: stage === 0 ? 1 : job.parallel,
        onAnswer(unit, result) {
          job.tally.add(unit, result);
          progress.update(read, job.files.length);
        },
      },
      job.totals,
    );
  }
  progress.update(read, job.files.length);
  progress.stop();
}

async function* unitsOf(
  files: readonly InputFile[],
  targetOf: (unit: LoadUnit) => PatientClient,
  onRead: () => void,
): AsyncGenerator<FileUnit | UnreadableInput> {
  for (const file of files) {
    for await (const unit of readUnits(file)) {
      yield unit instanceof Error ? unit : { ...unit, target: targetOf(unit) };
    }
    onRead();
  }
}
