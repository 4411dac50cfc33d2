import { setMaxListeners } from 'node:events';

import { lanes } from '../../fhir/lane.js';
import { readReceipt } from '../../fhir/replicate-receipt.js';
import { parsePosition } from '../../fhir/stream-position.js';
import type {
  FetchedVersions,
  KeptApart,
  OutgoingBatch,
  Peer,
  PeerAnswer,
  PeerPositions,
  RefusedVersion,
  ReplicateReceipt,
} from '../../ports/peer.js';
import type { DigestRow, Position, VersionList } from '../../ports/store.js';
import type { TokenSource } from '../../ports/token-source.js';
import { callPeer, type HttpAnswer, type PeerConnection, type PeerRequest } from './call-peer.js';

export interface HttpPeerSettings {
  readonly id: string;
  readonly url: string;
  readonly nodeId: string;
  readonly tokens?: TokenSource;
  readonly timeoutMs: number;
  readonly gzipLevel: number;
  readonly answerLimitBytes?: number;
}

const defaultAnswerLimit = 256 * 1024 * 1024;
const exceptionsPage = 1000;
const mostExceptions = 10_000;

/** Another node of this program, spoken to by plain fetch. */
export function createHttpPeer(settings: HttpPeerSettings): Peer {
  const closing = new AbortController();
  // Every call under way listens to it.
  setMaxListeners(0, closing.signal);
  const connection: PeerConnection = {
    answerLimitBytes: defaultAnswerLimit,
    ...settings,
    signal: closing.signal,
  };
  const ask = async <T>(
    request: PeerRequest,
    read: (answer: HttpAnswer) => T | undefined,
  ): Promise<PeerAnswer<T>> => {
    const answer = await callPeer(connection, request);
    if (!answer.ok) return answer;
    const value = readSafely(answer.value, read);
    if (value !== undefined) return { ok: true, value };
    return { ok: false, failure: { kind: 'cut', reason: 'the answer can’t be read' } };
  };
  const get = (path: string, query: Readonly<Record<string, string | number | undefined>>): PeerRequest => ({
    method: 'GET',
    path: `${path}?${toQuery(query)}`,
  });

  const noted = (kind: RefusedVersion['kind']): Promise<PeerAnswer<readonly NotedException[]>> =>
    everyPage((offset) => {
      const stream = `from:${settings.nodeId}`;
      const request = get('/api/exceptions', { stream, kind, limit: exceptionsPage, offset });
      return ask(request, (answer) => readExceptions(answer, kind));
    });

  return {
    id: settings.id,
    positions: (started) => ask(get('/api/exchange/positions', { started: String(started) }), readPositions),
    replicate: (batch) => ask(replicateRequest(batch), readReplicateAnswer),
    digests: (view) => ask(get('/api/exchange/digests', { view }), readDigests),
    versions: ({ view, scope, after, limit }) =>
      ask(get('/api/exchange/versions', { view, ...scope, after, limit }), readVersions),
    fetch: ({ view, lane, versions }) =>
      ask(
        {
          method: 'POST',
          path: `/api/exchange/fetch?${toQuery({ view, lane })}`,
          body: JSON.stringify({
            versions: versions.map(({ key, versionId }) => [key.type, key.id, versionId]),
          }),
        },
        readFetched,
      ),
    refusals: () => allRefused(noted),
    forks: async () => {
      const answer = await noted('fork');
      return answer.ok ? { ok: true, value: answer.value.flatMap(keptApart) } : answer;
    },
    close: () => closing.abort(),
  };
}

const replicateRequest = ({ lane, text, complete }: OutgoingBatch): PeerRequest => ({
  method: 'POST',
  path: `/fhir/$replicate?${toQuery({ lane, complete: String(complete) })}`,
  contentType: 'application/fhir+json',
  body: text,
  expected: [409],
});

function toQuery(query: Readonly<Record<string, string | number | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.toString();
}

function readSafely<T>(answer: HttpAnswer, read: (answer: HttpAnswer) => T | undefined): T | undefined {
  try {
    return read(answer);
  } catch {
    return undefined;
  }
}

type Json = Readonly<Record<string, unknown>>;
const parse = (answer: HttpAnswer): Json => JSON.parse(answer.text) as Json;

function readPositions(answer: HttpAnswer): PeerPositions | undefined {
  const { positions } = parse(answer) as { positions?: Json };
  if (!positions) return undefined;
  const read = new Map<string, Position | undefined>();
  for (const lane of lanes) {
    const text = positions[lane];
    const position = typeof text === 'string' ? parsePosition(text) : undefined;
    if (text !== null && !position) return undefined;
    read.set(lane, position);
  }
  return { workflow: read.get('workflow'), clinical: read.get('clinical'), bulk: read.get('bulk') };
}

function readReplicateAnswer(answer: HttpAnswer): ReplicateReceipt | undefined {
  const text = answer.headers.get('x-stream-position');
  if (text === null) return undefined;
  const position = text === 'none' ? undefined : parsePosition(text);
  if (text !== 'none' && !position) return undefined;
  if (answer.status === 409) return { taken: false, position, exceptions: [] };
  const exceptions = readReceipt(parse(answer));
  return exceptions && { taken: true, position, exceptions };
}

function readDigests(answer: HttpAnswer): DigestRow[] | undefined {
  const { rows } = parse(answer);
  return Array.isArray(rows) ? (rows as DigestRow[]) : undefined;
}

function readVersions(answer: HttpAnswer): VersionList | undefined {
  const list = parse(answer);
  return Array.isArray(list['versions']) ? (list as unknown as VersionList) : undefined;
}

function readFetched(answer: HttpAnswer): FetchedVersions | undefined {
  const looked = Number(answer.headers.get('x-looked') ?? NaN);
  if (!Number.isSafeInteger(looked) || looked < 0) return undefined;
  const withheld = (answer.headers.get('x-withheld') ?? '').split(',').filter((index) => index !== '');
  JSON.parse(answer.text);
  return { text: answer.text, looked, withheld: withheld.map(Number) };
}

const refusedKinds: readonly RefusedVersion['kind'][] = ['refused', 'fork', 'foreign-owner'];

interface NotedException extends Omit<RefusedVersion, 'kind'> {
  readonly hash?: string;
}

interface ExceptionsPage {
  readonly noted: readonly NotedException[];
  readonly more: boolean;
}

async function everyPage(
  ask: (offset: number) => Promise<PeerAnswer<ExceptionsPage>>,
): Promise<PeerAnswer<readonly NotedException[]>> {
  const noted: NotedException[] = [];
  for (let offset = 0; offset < mostExceptions; offset += exceptionsPage) {
    const page = await ask(offset);
    if (!page.ok) return page;
    noted.push(...page.value.noted);
    if (!page.value.more) break;
  }
  return { ok: true, value: noted };
}

async function allRefused(
  noted: (kind: RefusedVersion['kind']) => Promise<PeerAnswer<readonly NotedException[]>>,
): Promise<PeerAnswer<readonly RefusedVersion[]>> {
  const refused: RefusedVersion[] = [];
  for (const kind of refusedKinds) {
    const answer = await noted(kind);
    if (!answer.ok) return answer;
    refused.push(...answer.value.map(({ key, versionId, reason }) => ({ key, versionId, kind, reason })));
  }
  return { ok: true, value: refused };
}

function readExceptions(answer: HttpAnswer, kind: string): ExceptionsPage | undefined {
  const { exceptions, nextOffset } = parse(answer);
  if (!Array.isArray(exceptions)) return undefined;
  const noted = (exceptions as (NotedException & { readonly kind: string })[]).filter(
    (one) => one.kind === kind,
  );
  return { noted, more: typeof nextOffset === 'number' };
}

const keptApart = ({ key, versionId, hash, reason }: NotedException): KeptApart[] =>
  typeof hash === 'string' ? [{ key, versionId, hash, reason }] : [];
