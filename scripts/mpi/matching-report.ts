import { linkPosterior } from '../../src/domain/mpi/index.js';
import { type MatchingRun } from './run-matching.js';

/** What a run must reach, each a share of 1. */
export interface Floors {
  readonly precision?: number;
  readonly recall?: number;
  readonly f1?: number;
}

/** Floors that a run falls short of, as text; none where all are kept. */
export function shortfalls({ agreement }: MatchingRun, floors: Floors): string[] {
  return (['precision', 'recall', 'f1'] as const).flatMap((figure) => {
    const floor = floors[figure];
    return floor === undefined || agreement[figure] >= floor
      ? []
      : [`${figure} ${agreement[figure].toFixed(4)} is below ${floor}`];
  });
}

/** The figures of a run, a line each. */
export function formatRun(run: MatchingRun): string {
  const { matching, candidates, agreement, result } = run;
  const rows = [
    ['records', count(matching.records.length)],
    ['true pairs', count(agreement.truePairs)],
    ['candidates', `${count(candidates.first.length)}, ${formatCut(run)}`],
    ['pair completeness', share(run.completeness)],
    [
      `precision (posterior ≥ ${linkPosterior})`,
      `${share(agreement.precision)} (${count(agreement.foundPairs - agreement.rightPairs)} wrong)`,
    ],
    ['recall', share(agreement.recall)],
    ['F1', share(agreement.f1)],
    ['possible links', count(result.reviews.length)],
    ['training', `${run.trainingSeconds.toFixed(1)} s of processor time`],
    ['scoring', `${count(Math.round(run.pairsPerSecond))} pairs/s on one core`],
    ['peak memory', `${count(Math.round(process.resourceUsage().maxRSS / 1024))} MB (whole process so far)`],
  ];
  const width = Math.max(...rows.map(([title = '']) => title.length));
  return [
    matching.name,
    ...rows.map(([title = '', value = '']) => `  ${title.padEnd(width)}  ${value}`),
  ].join('\n');
}

const formatCut = ({ candidates: { cut } }: MatchingRun): string =>
  cut.blocks === 0
    ? 'no block cut'
    : `${count(cut.blocks)} blocks cut, the largest of ${count(cut.largest)} records`;

const count = (value: number): string => value.toLocaleString('en');
const share = (value: number): string => value.toFixed(4);
