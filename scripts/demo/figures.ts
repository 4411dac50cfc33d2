import { directoryTypes } from '../../src/fhir/lane.js';
import type { NodeAccess } from '../network/node-access.js';

export interface NodeFigures {
  readonly node: string;
  readonly rows: readonly TypeFigures[];
  /** Handed to nobody yet, over all streams. */
  readonly waiting: number;
}

export interface TypeFigures {
  readonly type: string;
  /** Accepted from clients and taken over from peers. */
  readonly received: number;
  /** Versions handed to peers, and confirmed by them. */
  readonly reported: number;
  readonly acknowledged: number;
  readonly refused: number;
}

/** What a node counted, by type. */
export async function readFigures(access: NodeAccess): Promise<NodeFigures> {
  const rows = new Map<string, Record<'received' | 'reported' | 'acknowledged' | 'refused', number>>();
  for (const { series, type, n } of await access.volumes()) {
    const row = rows.get(type) ?? { received: 0, reported: 0, acknowledged: 0, refused: 0 };
    rows.set(type, row);
    row[series === 'accepted' || series === 'replicated' ? 'received' : series] += n;
  }
  const streams = await access.streams();
  return {
    node: access.node.id,
    waiting: streams.reduce((sum, { waiting }) => sum + waiting, 0),
    rows: [...rows]
      .map(([type, row]) => ({ type, ...row }))
      .sort((one, other) => rank(one.type) - rank(other.type) || (one.type < other.type ? -1 : 1)),
  };
}

const rank = (type: string): number => (directoryTypes.has(type) ? 0 : 1);

const columns = ['received', 'reported', 'acknowledged', 'refused', 'waiting', 'records/s'] as const;

/** A table for a terminal; `seconds` is the time in which the records came. */
export function formatFigures(nodes: readonly NodeFigures[], seconds: number): string {
  const lines = [line('node', 'type', columns), '-'.repeat(114)];
  for (const { node, rows, waiting } of nodes) {
    for (const row of rows) {
      const open = row.reported - row.acknowledged;
      lines.push(line(node, row.type, [...cells(row), open, rate(row.received, seconds)]));
    }
    const sum = (name: 'received' | 'reported' | 'acknowledged' | 'refused'): number =>
      rows.reduce((total, row) => total + row[name], 0);
    const total = [sum('received'), sum('reported'), sum('acknowledged'), sum('refused')];
    lines.push(line(node, 'all', [...total, waiting, rate(sum('received'), seconds)]), '');
  }
  return lines.join('\n');
}

const cells = (row: TypeFigures): number[] => [row.received, row.reported, row.acknowledged, row.refused];
const rate = (n: number, seconds: number): number => Math.round(n / Math.max(seconds, 0.001));
const line = (node: string, type: string, values: readonly (string | number)[]): string =>
  `${node.padEnd(17)}${type.padEnd(25)}${values.map((value) => String(value).padStart(12)).join('')}`;
