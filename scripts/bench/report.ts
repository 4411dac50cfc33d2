import { cpus, totalmem } from 'node:os';

export type Unit = '/s' | 'ms' | 's' | 'MB' | 'bytes' | 'rows';

/** One line of the result. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** What it is held against, in the same unit. */
  readonly against?: { readonly name: string; readonly value: number };
  /** Ours to theirs. */
  readonly ratio?: number;
  /** Of the ratio where there is one, else of the value. */
  readonly least?: number;
  readonly most?: number;
  readonly note?: string;
}

/** Bounds of a measure; nothing where nothing is wanted. */
export const atLeast = (least: number | undefined): Pick<Measure, 'least'> =>
  least === undefined ? {} : { least };
export const atMost = (most: number | undefined): Pick<Measure, 'most'> =>
  most === undefined ? {} : { most };

export function isShort({ value, ratio, least = -Infinity, most = Infinity }: Measure): boolean {
  const held = ratio ?? value;
  return !(held >= least && held <= most);
}

/** Processors, memory and Node of this machine, in a line. */
export const describeMachine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;

/** The measures as a table in Markdown. */
export function formatTable(measures: readonly Measure[]): string {
  const head = ['measure', 'ours', 'held against', 'ratio', 'wanted', 'result'];
  const rows = measures.map((measure) => [
    measure.name + (measure.note === undefined ? '' : ` (${measure.note})`),
    amount(measure.value, measure.unit),
    measure.against ? `${measure.against.name} ${amount(measure.against.value, measure.unit)}` : '',
    measure.ratio === undefined ? '' : share(measure.ratio),
    wanted(measure),
    verdict(measure),
  ]);
  const widths = head.map((title, place) =>
    Math.max(...[head, ...rows].map((row) => row[place]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, place) => cell.padEnd(widths[place] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const amount = (value: number, unit: Unit): string =>
  unit === '/s'
    ? `${Math.round(value).toLocaleString('en')}/s`
    : `${value < 100 ? Number(value.toPrecision(3)) : Math.round(value).toLocaleString('en')} ${unit}`;

const share = (ratio: number): string =>
  ratio < 2 ? `${(ratio * 100).toFixed(1)} %` : `${ratio.toFixed(1)} ×`;

function wanted({ ratio, least, most, unit }: Measure): string {
  const show = (bound: number): string => (ratio === undefined ? amount(bound, unit) : share(bound));
  if (least !== undefined) return `≥ ${show(least)}`;
  return most === undefined ? '' : `< ${show(most)}`;
}

const verdict = (measure: Measure): string => {
  if (measure.least === undefined && measure.most === undefined) return '';
  return isShort(measure) ? 'short' : 'ok';
};
