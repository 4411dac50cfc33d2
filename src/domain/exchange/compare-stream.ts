import { versionName, type VersionName } from '../../fhir/key.js';
import type { DigestRow, DigestScope, VersionList } from '../../ports/store.js';
import { forkName, type ResolvedForks } from './resolved-forks.js';

/** One end of a stream: its sums, and the versions behind them. */
export interface StreamEnd {
  digests(): Promise<readonly DigestRow[]>;
  versions(request: {
    readonly scope: DigestScope;
    readonly after?: string;
    readonly limit: number;
  }): Promise<VersionList>;
}

export interface StreamComparison {
  /** What differs, if anything, are forks above which their owner has written since. */
  readonly equal: boolean;
  /** Versions at each end. */
  readonly offered: number;
  readonly held: number;
  /** Cells (owner × source × type × day) compared, and those that differ in more than resolved forks. */
  readonly cells: number;
  readonly differing: readonly CellDifference[];
  /** Versions that differ because of a fork that is resolved: each end keeps the other's content apart. */
  readonly resolved: readonly VersionName[];
}

export interface CellDifference {
  readonly owner: string;
  readonly source: string;
  readonly type: string;
  /** Of the owner's lastUpdated in Asia/Shanghai, YYYY-MM-DD. */
  readonly day: string;
  readonly offered: number;
  readonly held: number;
  /** Offered, not held. */
  readonly missing: readonly VersionName[];
  /** Held, not offered. */
  readonly surplus: readonly VersionName[];
  /** Held with another content. */
  readonly different: readonly VersionName[];
}

type Cell = Pick<DigestRow, 'owner' | 'source' | 'type' | 'day' | 'n' | 'digest'>;
type Listed = VersionList['versions'][number];

const pageSize = 2000;

/**
 * Compares number and digest of every cell, and lists the versions where they differ. `forks` is asked once, and only
 * where something differs: what either end keeps apart as a resolved fork.
 */
export async function compareStream(
  sender: StreamEnd,
  receiver: StreamEnd,
  forks: () => Promise<ResolvedForks> = () => Promise.resolve(new Map()),
): Promise<StreamComparison> {
  const offered = byCell(await sender.digests());
  const held = byCell(await receiver.digests());
  const differing: CellDifference[] = [];
  const resolved: VersionName[] = [];
  let known: ResolvedForks | undefined;
  const names = new Set([...offered.keys(), ...held.keys()]);
  for (const name of names) {
    const here = offered.get(name);
    const there = held.get(name);
    const cell = here ?? there;
    if (!cell || sameSums(here, there)) continue;
    known ??= await forks();
    const found = await listDifference({ sender, receiver, cell, known });
    resolved.push(...found.resolved);
    if (found.resolved.length > 0 && found.open === 0) continue;
    differing.push({ ...found.lists, offered: here?.n ?? 0, held: there?.n ?? 0 });
  }
  return {
    equal: differing.length === 0,
    offered: total(offered),
    held: total(held),
    cells: names.size,
    differing,
    resolved,
  };
}

const sameSums = (a: Cell | undefined, b: Cell | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.n === b.n &&
  a.digest[0] === b.digest[0] &&
  a.digest[1] === b.digest[1];

const total = (cells: ReadonlyMap<string, Cell>): number =>
  [...cells.values()].reduce((sum, cell) => sum + cell.n, 0);

function byCell(rows: readonly DigestRow[]): ReadonlyMap<string, Cell> {
  return new Map(rows.map((row) => [JSON.stringify([row.owner, row.source, row.type, row.day]), row]));
}

interface Difference {
  readonly lists: Omit<CellDifference, 'offered' | 'held'>;
  readonly resolved: readonly VersionName[];
  /** Versions in the lists. */
  readonly open: number;
}

async function listDifference(of: {
  readonly sender: StreamEnd;
  readonly receiver: StreamEnd;
  readonly cell: Cell;
  readonly known: ResolvedForks;
}): Promise<Difference> {
  const { owner, source, type, day } = of.cell;
  const scope = { owner, source, type, day };
  const [offered, held] = await Promise.all([listAll(of.sender, scope), listAll(of.receiver, scope)]);
  const lists = {
    missing: [] as VersionName[],
    surplus: [] as VersionName[],
    different: [] as VersionName[],
  };
  const resolved: VersionName[] = [];
  const isResolved = (version: Listed | undefined): boolean =>
    version !== undefined && of.known.has(forkName(version, version.hash));
  for (const name of new Set([...offered.keys(), ...held.keys()])) {
    const [here, there] = [offered.get(name), held.get(name)];
    const version = here ?? there;
    if (!version || here?.hash === there?.hash) continue;
    if (isResolved(here) || isResolved(there)) resolved.push(nameOf(version));
    else if (here && there) lists.different.push(nameOf(version));
    else lists[here ? 'missing' : 'surplus'].push(nameOf(version));
  }
  const open = lists.missing.length + lists.surplus.length + lists.different.length;
  return { lists: { ...scope, ...lists }, resolved, open };
}

async function listAll(end: StreamEnd, scope: DigestScope): Promise<Map<string, Listed>> {
  const listed = new Map<string, Listed>();
  let after: string | undefined;
  do {
    const page = await end.versions({ scope, limit: pageSize, ...(after === undefined ? {} : { after }) });
    for (const version of page.versions) {
      listed.set(versionName(version), version);
    }
    after = page.next;
  } while (after !== undefined);
  return listed;
}

const nameOf = ({ key, versionId }: VersionName): VersionName => ({ key, versionId });
