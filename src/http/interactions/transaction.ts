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
    const form = { base: context.base, withBody: preferReturn === 'representation' };
    const texts = entries.map((entry) => entryText(entry, form));
    return {
      status: 200,
      body: bundleText(`${type}-response`, { links: [], entries: texts }),
      headers: noHeaders,
    };
  };

interface EntryForm {
  readonly base: string;
  /** `Prefer: return=representation`: written resources are shown. */
  readonly withBody: boolean;
}

function entryText(entry: EntryAnswer, { base, withBody }: EntryForm): string {
  switch (entry.kind) {
    case 'write':
      return writeText(entry.answer, withBody);
    case 'version': {
      const { versionId, lastUpdated, body } = entry.version;
      return `{"resource":${body},"response":${responseText(200, { versionId, lastUpdated })}}`;
    }
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

function writeText(answer: WriteAnswer, withBody: boolean): string {
  const { status, key, versionId, lastUpdated, body } = answer;
  if (versionId === 0) return `{"response":${responseText(status)}}`;
  const location = status === 204 ? '' : `${toReference(key)}/_history/${String(versionId)}`;
  const resource = withBody && body !== '' ? `"resource":${body},` : '';
  return `{${resource}"response":${responseText(status, { versionId, lastUpdated, location })}}`;
}

function responseText(
  status: number,
  version?: { readonly versionId: number; readonly lastUpdated: string; readonly location?: string },
): string {
  const start = `{"status":"${statusText(status)}"`;
  if (!version) return `${start}}`;
  const location = version.location ? `,"location":"${version.location}"` : '';
  const etag = JSON.stringify(formatEtag(version.versionId));
  return `${start}${location},"etag":${etag},"lastModified":"${version.lastUpdated}"}`;
}
