import type { BundleEntry } from '../../../ports/ingest.js';
import { clientHolds } from '../client-holds.js';
import { parseHistoryPage, parseQuery } from '../query-pairs.js';
import { readHistory, readRecord, readVersion, searchRecords } from '../read-records.js';
import type { CallContext, RecordDeps } from '../record-deps.js';
import type { EntryAnswer } from './bundle-answer.js';
import type { EntryRequest } from './entry-request.js';

export type GetRequest = Extract<EntryRequest, { interaction: 'read' | 'vread' | 'search-type' | 'history' }>;

export interface GetEntry {
  readonly request: GetRequest;
  readonly entry: BundleEntry;
}

export function isGet(request: EntryRequest): request is GetRequest {
  return (
    request.interaction === 'read' ||
    request.interaction === 'vread' ||
    request.interaction === 'search-type' ||
    request.interaction === 'history'
  );
}

/** Carries out a reading entry. Throws FhirError as the interaction itself does. */
export async function runGet(
  deps: RecordDeps,
  context: CallContext,
  { request, entry }: GetEntry,
): Promise<EntryAnswer> {
  const answer = await readGet(deps, context, request);
  if (answer.kind === 'version' && clientHolds(entry, answer.version)) {
    return { kind: 'not-modified', version: answer.version };
  }
  if (entry.method !== 'HEAD') return answer;
  return answer.kind === 'version' ? { kind: 'head', version: answer.version } : { kind: 'head' };
}

async function readGet(deps: RecordDeps, context: CallContext, request: GetRequest): Promise<EntryAnswer> {
  switch (request.interaction) {
    case 'read':
      return { kind: 'version', version: await readRecord(deps, request.key) };
    case 'vread':
      return { kind: 'version', version: await readVersion(deps, request.key, request.versionId) };
    case 'search-type': {
      const pairs = parseQuery(request.query);
      const page = await searchRecords(deps, context, { type: request.type, pairs });
      return { kind: 'search', page };
    }
    case 'history': {
      const pairs = parseQuery(request.query);
      const page = parseHistoryPage(pairs, { handling: context.handling, ...deps.search });
      return {
        kind: 'history',
        scope: request.scope,
        pairs,
        result: await readHistory(deps, request.scope, page),
      };
    }
  }
}
