import type { EntryAnswer, RecordService, WriteAnswer } from '../../domain/records/index.js';
import { formatEtag } from '../../fhir/etag.js';
import { toReference } from '../../fhir/key.js';
import { bundleText, historyText, searchsetText } from '../bundle-text.js';
import { noHeaders } from '../call.js';
import { statusOf } from '../error-table.js';
import { operationOutcome } from '../operation-outcome.js';
import type { Route } from '../route.js';
import { statusText } from '../status-text.js';

/** http://hl7.org/fhir/R4/http.html#transaction: batch and transaction. */
export const transaction =
  (records: Pick<RecordService, 'bundle'>): Route['handler'] =>
  async ({ context, text, preferReturn }) => {
    const { type, entries } = await records.bundle(context, text);
    const shown = createShown(preferReturn === 'representation');
    const texts = entries.map((entry) => entryText(entry, context.base, shown));
    return {
      status: 200,
      body: bundleText(`${type}-response`, { links: [], entries: texts }),
      headers: noHeaders,
    };
  };

/** Of written resources one answer shows so much: the transaction is committed, so that it must fit into memory. */
const mostShownBytes = 67_108_864;

/** What an answer shows of a written resource. */
type Shown = (body: string) => 'body' | 'nothing' | 'left out';

/** `Prefer: return=representation` is followed as far as there is room; what doesn't fit is said to be left out. */
function createShown(withBodies: boolean): Shown {
  let leftBytes = mostShownBytes;
  return (body) => {
    if (!withBodies || body === '') return 'nothing';
    const bytes = Buffer.byteLength(body);
    if (bytes > leftBytes) return 'left out';
    leftBytes -= bytes;
    return 'body';
  };
}

function entryText(entry: EntryAnswer, base: string, shown: Shown): string {
  switch (entry.kind) {
    case 'write':
      return writeText(entry.answer, shown(entry.answer.body));
    case 'version': {
      const { versionId, lastUpdated, body } = entry.version;
      return `{"resource":${body},"response":${responseText(200, { versionId, lastUpdated })}}`;
    }
    case 'head':
      return `{"response":${responseText(200, entry.version)}}`;
    case 'not-modified':
      return `{"response":${responseText(304, entry.version)}}`;
    case 'search':
      return `{"resource":${searchsetText(base, entry.page)},"response":${responseText(200)}}`;
    case 'history':
      return `{"resource":${historyText({ base, ...entry })},"response":${responseText(200)}}`;
    case 'refused': {
      const { error } = entry;
      const status = JSON.stringify(statusText(statusOf(error)));
      return `{"response":{"status":${status},"outcome":${operationOutcome(error.issues)}}}`;
    }
  }
}

const leftOut = operationOutcome([
  {
    severity: 'information',
    code: 'too-costly',
    diagnostics: 'The resource is stored but left out here, as the answer would grow too large: read it',
  },
]);

function writeText(answer: WriteAnswer, shown: ReturnType<Shown>): string {
  const { status, key, versionId, lastUpdated, body } = answer;
  if (versionId === 0) return `{"response":${responseText(status)}}`;
  const location = status === 204 ? '' : `${toReference(key)}/_history/${String(versionId)}`;
  const resource = shown === 'body' ? `"resource":${body},` : '';
  const outcome = shown === 'left out' ? leftOut : '';
  return `{${resource}"response":${responseText(status, { versionId, lastUpdated, location, outcome })}}`;
}

interface RespondedVersion {
  readonly versionId: number;
  readonly lastUpdated: string;
  readonly location?: string;
  /** JSON text of an OperationOutcome, '' for none. */
  readonly outcome?: string;
}

function responseText(status: number, version?: RespondedVersion): string {
  const start = `{"status":"${statusText(status)}"`;
  if (!version) return `${start}}`;
  const location = version.location ? `,"location":"${version.location}"` : '';
  const etag = JSON.stringify(formatEtag(version.versionId));
  const outcome = version.outcome ? `,"outcome":${version.outcome}` : '';
  return `${start}${location},"etag":${etag},"lastModified":"${version.lastUpdated}"${outcome}}`;
}
