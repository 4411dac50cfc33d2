import type { Population } from '../../src/domain/mpi/index.js';
import type { NodeAccess } from '../network/node-access.js';
import { comparePersons, formatAgreement } from './compare-persons.js';
import { awaitPopulation, formatPopulation } from './population.js';
import { type Progress, showProgress } from './progress.js';
import type { Scenario } from './scenario.js';

/** Waits until the city knows who is who; undefined, and without a word, where it has nothing that could say so. */
export async function waitForPopulation(
  city: NodeAccess,
  { patients, limitMs }: { readonly patients: number; readonly limitMs: number },
): Promise<Population | undefined> {
  let progress: Progress | undefined;
  const ask = async (): Promise<Population | undefined> =>
    (await city.find('/api/population')) as Population | undefined;
  try {
    return await awaitPopulation(ask, {
      limitMs,
      onWaiting({ records }) {
        progress ??= showProgress('人口索引 / who is who');
        progress.update(records, Math.max(records, patients));
      },
    });
  } finally {
    progress?.stop();
  }
}

export async function printPopulation(
  population: Population,
  city: NodeAccess,
  scenario: Scenario,
): Promise<void> {
  console.log(`\n${formatPopulation(population)}`);
  const truth = scenario.truth?.();
  if (truth) console.log(formatAgreement(await comparePersons(city, truth)));
}
