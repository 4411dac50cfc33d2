import type { Bundle, FhirResource } from 'fhir/r4.js';
import { randomUUID } from 'node:crypto';

import { openFhirClient } from '../../src/adapters/peer/fhir-client.js';
import { createTokenSource } from '../../src/adapters/peer/token-source.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { signClientAssertion } from '../../src/auth/client-assertion.js';
import { type PatientClient, sendPatiently } from '../../src/cli/load/send-patiently.js';
import { reconcileNode } from '../../src/cli/reconcile.js';
import type { ReconcileReport, StreamStatus } from '../../src/domain/exchange/index.js';
import type { CountRow } from '../../src/ports/store.js';
import type { TokenSource } from '../../src/ports/token-source.js';
import { keyId, type PlannedNode } from './network-plan.js';

/** A node as its clients and its operators reach it. */
export interface NodeAccess {
  readonly node: PlannedNode;
  readonly base: string;
  /** A registered system, signed in. */
  client(clientId: string): PatientClient;
  /** Current resources of a type. */
  count(type: string): Promise<number>;
  /** What a search finds, page after page: `Patient?_count=500`. */
  resources(query: string): AsyncGenerator<FhirResource>;
  /** JSON of an address below the origin, for the operator; undefined where the node has none there. */
  find(path: string): Promise<unknown>;
  streams(): Promise<readonly StreamStatus[]>;
  volumes(): Promise<readonly CountRow[]>;
  reconcile(wish?: { readonly repair: boolean }): Promise<ReconcileReport>;
  /** An access token of a registered system. */
  tokenOf(clientId: string): Promise<string>;
  /** An access token of the node's operator. */
  token(): Promise<string>;
}

const patienceMs = 120_000;

export function openNode(node: PlannedNode): NodeAccess {
  const base = `${node.origin}/fhir`;
  const fhir = openFhirClient(base);
  const clients = new Map<string, PatientClient>();
  const operator = tokenSource(node, node.id);

  async function request(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${await operator.token()}` };
    return fetch(node.origin + path, { headers, signal: AbortSignal.timeout(30_000) });
  }

  async function readJson(response: Response): Promise<unknown> {
    if (!response.ok)
      throw new Error(`${node.id} answered ${response.status} to ${new URL(response.url).pathname}`);
    return response.json();
  }

  async function getJson<T>(path: string): Promise<T> {
    return (await readJson(await request(path))) as T;
  }

  return {
    node,
    base,
    client(clientId) {
      const known = clients.get(clientId);
      if (known) return known;
      const made = { client: fhir, tokens: tokenSource(node, clientId), patienceMs };
      clients.set(clientId, made);
      return made;
    },
    async count(type) {
      const target = { client: fhir, tokens: operator, patienceMs };
      const answer = await sendPatiently(target, { method: 'GET', path: `${type}?_count=1&_total=accurate` });
      const { total } = answer.body as { total?: number };
      if (answer.status !== 200 || total === undefined)
        throw new Error(`${node.id} does not count its ${type}`);
      return total;
    },
    async *resources(query) {
      const target = { client: fhir, tokens: operator, patienceMs };
      for (let path: string | undefined = query; path !== undefined;) {
        const { status, body } = await sendPatiently(target, { method: 'GET', path });
        if (status !== 200) throw new Error(`${node.id} answered ${status} to a search of ${query}`);
        const page = body as Bundle<FhirResource>;
        for (const { resource } of page.entry ?? []) if (resource) yield resource;
        const next = page.link?.find(({ relation }) => relation === 'next')?.url;
        path = next?.slice(next.indexOf('/fhir/') + '/fhir/'.length);
      }
    },
    async find(path) {
      const response = await request(path);
      return response.status === 404 ? undefined : readJson(response);
    },
    streams: async () => (await getJson<{ streams: StreamStatus[] }>('/api/exchange/streams')).streams,
    volumes: async () => (await getJson<{ volumes: CountRow[] }>('/api/volumes')).volumes,
    reconcile: async ({ repair } = { repair: false }) =>
      reconcileNode(node.origin, { token: await operator.token(), repair }),
    tokenOf: (clientId) => tokenSource(node, clientId).token(),
    token: () => operator.token(),
  };
}

function tokenSource(node: PlannedNode, clientId: string): TokenSource {
  const key = node.keys.get(clientId);
  if (!key) throw new Error(`no client ${clientId} at ${node.id}`);
  return createTokenSource({
    tokenUrl: `${node.origin}/auth/token`,
    scope: 'system/*.cruds',
    clock: systemClock,
    timeoutMs: 30_000,
    sign: (audience) =>
      signClientAssertion({ clientId, audience, key, keyId, jti: randomUUID(), nowMs: Date.now() }),
  });
}
