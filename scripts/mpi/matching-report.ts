import { linkPosterior } from '../../src/domain/mpi/index.js';
import { type Agreement, countAgreement, pairsWithin } from './count-agreement.js';
import { type Floors, type MatchingRun } from './run-matching.js';

export interface Report {
  readonly text: string;
  /** Whether every floor was kept. */
  readonly kept: boolean;
}

/** The figures of a run, a line each, and the floors it falls short of. */
export function reportRun(run: MatchingRun, floors: Floors): Report {
  const { matching, agreement, result } = run;
  const parts = (matching.parts ?? []).map(({ name, counts, floors: partFloors }) => {
    const figures = countAgreement({ truth: matching.truth, answer: result.clusterOf, counts });
    return { line: `${name}: ${formatAgreement(figures)}`, short: shortfalls(figures, partFloors) };
  });
  const short = [...shortfalls(agreement, floors), ...parts.flatMap((part) => part.short)];
  const lines = [
    ...formatFigures(run),
    ...parts.map(({ line }) => line),
    ...formatClasses(run),
    ...short.map((shortfall) => `BELOW THE FLOOR: ${shortfall}`),
  ];
  return { text: [matching.name, ...lines].join('\n  '), kept: short.length === 0 };
}

function shortfalls(agreement: Agreement, floors: Floors): string[] {
  return (['precision', 'recall', 'f1'] as const).flatMap((figure) => {
    const floor = floors[figure];
    return floor === undefined || agreement[figure] >= floor
      ? []
      : [`${figure} ${agreement[figure].toFixed(4)}, wanted ${floor}`];
  });
}

function formatFigures(run: MatchingRun): string[] {
  const { matching, candidates, agreement, result } = run;
  const rows = [
    ['records', `${count(matching.records.length)} with ${count(agreement.truePairs)} true pairs`],
    ['candidates', `${count(candidates.first.length)}, ${formatCut(run)}`],
    ['pair completeness', share(run.completeness)],
    [`links (posterior ≥ ${linkPosterior})`, formatAgreement(agreement)],
    ['possible links', count(result.reviews.length)],
    ['training', `${run.trainingSeconds.toFixed(1)} s of processor time`],
    ['scoring', `${count(Math.round(run.pairsPerSecond))} pairs/s on one core`],
    [
      'peak memory',
      `${count(Math.round(process.resourceUsage().maxRSS / 1024))} MB, the whole process so far`,
    ],
  ];
  const width = Math.max(...rows.map(([title = '']) => title.length));
  return rows.map(([title = '', value = '']) => `${title.padEnd(width)}  ${value}`);
}

const formatAgreement = ({ precision, recall, f1, foundPairs, rightPairs }: Agreement): string =>
  `precision ${share(precision)} (${count(foundPairs - rightPairs)} wrong), recall ${share(recall)}, F1 ${share(f1)}`;

const formatCut = ({ candidates: { cut } }: MatchingRun): string =>
  cut.blocks === 0
    ? 'no block cut'
    : `${count(cut.blocks)} blocks cut, the largest of ${count(cut.largest)} records`;

/** How many of the pairs of one person were found, by what is wrong with them. */
function formatClasses({ matching: { truth, classOf }, result: { clusterOf } }: MatchingRun): string[] {
  if (!classOf) return [];
  const classes = new Map<string, { found: number; all: number }>();
  for (const pair of pairsWithin(truth)) {
    const name = classOf(pair);
    const sums = classes.get(name) ?? { found: 0, all: 0 };
    sums.all++;
    if (clusterOf[pair[0]] === clusterOf[pair[1]]) sums.found++;
    classes.set(name, sums);
  }
  return [...classes]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { found, all }]) => `recall of ${name}: ${share(found / all)} (${found} of ${all})`);
}

const count = (value: number): string => value.toLocaleString('en');
const share = (value: number): string => value.toFixed(4);
