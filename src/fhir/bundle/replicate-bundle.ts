import type { ResourceKey } from '../key.js';
import { toReference } from '../key.js';
import type { Lane } from '../lane.js';
import { formatPosition } from '../stream-position.js';
import type { StreamPosition } from '../stream-position.js';

/** One version as it travels between nodes. */
export interface ReplicateEntry {
  readonly key: ResourceKey;
  readonly versionId: number;
  /** ISO instant, the owner's. */
  readonly lastUpdated: string;
  readonly deleted: boolean;
  /** The owner's exact text, '' when deleted. */
  readonly body: string;
  /** SHA-256 in hexadecimal, of the body or, for a delete, of `Type/id/versionId/lastUpdated`. */
  readonly hash: string;
  /** Node that owns the record, and the institution that sent it there. */
  readonly owner: string;
  readonly source: string;
}

export interface ReplicateBatch {
  readonly lane: Lane;
  /** The sender's positions; absent in a repair or fill, which moves no cursor. */
  readonly from?: StreamPosition;
  readonly to?: StreamPosition;
  readonly entries: readonly ReplicateEntry[];
}

/** Under which a record has the same name on every node. */
const root = 'https://regional-hie.org/fhir';
const namespace = `${root}/StructureDefinition`;
/** Extension of Bundle.meta: `lane`, `from`, `to`. */
export const batchExtension = `${namespace}/replicate-batch`;
/** Extension of Bundle.entry: `owner`, `source`, `hash`. */
export const entryExtension = `${namespace}/replicate-entry`;

/**
 * The body of a `$replicate` request: a Bundle of type history with the entries of one lane in log order, each resource
 * its raw text.
 */
export function writeReplicateBundle({ lane, from, to, entries }: ReplicateBatch): string {
  const parts = [part('lane', 'valueCode', lane)];
  if (from !== undefined) parts.push(part('from', 'valueString', formatPosition(from)));
  if (to !== undefined) parts.push(part('to', 'valueString', formatPosition(to)));
  const meta = `{"extension":[${complex(batchExtension, parts)}]}`;
  const list = entries.length === 0 ? '' : `,"entry":[${entries.map(writeEntry).join(',')}]`;
  return `{"resourceType":"Bundle","meta":${meta},"type":"history"${list}}`;
}

function writeEntry(entry: ReplicateEntry): string {
  const { key, versionId, lastUpdated, deleted, body } = entry;
  const extension = complex(entryExtension, [
    part('owner', 'valueString', entry.owner),
    part('source', 'valueString', entry.source),
    part('hash', 'valueString', entry.hash),
  ]);
  const resource = deleted ? '' : `"fullUrl":"${root}/${toReference(key)}","resource":${body},`;
  const request = `{"method":"${deleted ? 'DELETE' : 'PUT'}","url":${JSON.stringify(toReference(key))}}`;
  const status = deleted ? '204' : versionId === 1 ? '201' : '200';
  const response = `{"status":"${status}","etag":"W/\\"${String(versionId)}\\"","lastModified":${JSON.stringify(lastUpdated)}}`;
  return `{"extension":[${extension}],${resource}"request":${request},"response":${response}}`;
}

const part = (url: string, value: string, text: string): string =>
  `{"url":"${url}","${value}":${JSON.stringify(text)}}`;

const complex = (url: string, parts: readonly string[]): string =>
  `{"url":"${url}","extension":[${parts.join(',')}]}`;
