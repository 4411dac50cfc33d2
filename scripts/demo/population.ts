import { setTimeout as sleep } from 'node:timers/promises';

import type { CountyPopulation, Population } from '../../src/domain/mpi/index.js';
import { counties as divisions } from '../region/divisions.js';

export interface AwaitOptions {
  readonly limitMs: number;
  readonly onWaiting?: (population: Population) => void;
}

const pollMs = 250;

/**
 * Asks until every record is looked at; undefined from a node that doesn't say who is who. Rejects when the limit is
 * over.
 */
export async function awaitPopulation(
  ask: () => Promise<Population | undefined>,
  { limitMs, onWaiting }: AwaitOptions,
): Promise<Population | undefined> {
  const until = Date.now() + limitMs;
  for (;;) {
    const population = await ask();
    if (!population) return undefined;
    onWaiting?.(population);
    if (population.complete) return population;
    if (Date.now() > until)
      throw new Error(
        `the person index is behind: ${population.persons} people of ${population.records} records`,
      );
    await sleep(pollMs);
  }
}

/** For a terminal, Chinese first. */
export function formatPopulation(population: Population): string {
  const { persons, records, institutions, verifiedShare, waitingForReview, unmatched } = population;
  return [
    `全市人口 / people: ${institutions} 家机构的 ${records} 份档案属于 ${persons} 人 / ${persons} people have ${records} records in ${institutions} institutions`,
    `  待复核 / waiting for review: ${waitingForReview}`,
    `  证件已核验 / with a verified id: ${(verifiedShare * 100).toFixed(1)} %`,
    `  无从匹配 / nothing to match on: ${unmatched}`,
    ...formatCounties(population.counties),
  ].join('\n');
}

const columns = ['人 people', '档案 records', '机构 institutions', '已核验 verified', '无从匹配 unmatched'];
const columnWidth = 20;

function formatCounties(rows: readonly CountyPopulation[]): string[] {
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => padStart(cell, columnWidth)).join('');
  return [
    `${line(columns)}  县市区 county`,
    ...[...rows].sort(byDivision).map((row) => {
      const { persons, records, institutions, verified, unmatched, division } = row;
      const cells = [persons, records, institutions, verified, unmatched].map(String);
      return `${line(cells)}  ${nameOf(division)}`;
    }),
  ];
}

/** Records that tell no county come last. */
const byDivision = (one: CountyPopulation, other: CountyPopulation): number =>
  (one.division || '~') < (other.division || '~') ? -1 : 1;

function nameOf(division: string): string {
  if (division === '') return '未说明 not told';
  const known = divisions.find(({ code }) => code === division);
  return known ? `${known.name} ${division}` : division;
}

/** A Chinese character is as wide as two letters. */
function padStart(text: string, width: number): string {
  const own = [...text].reduce((sum, character) => sum + (/\p{Script=Han}/u.test(character) ? 2 : 1), 0);
  return ' '.repeat(Math.max(0, width - own)) + text;
}
