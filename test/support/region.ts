import type { StoredVersion } from '../../src/ports/store.js';
import {
  removeDirectories,
  startExchangeNode,
  type ExchangeNode,
  type ExchangeNodeOptions,
} from './exchange-node.js';
import { openFaultyLink, type FaultyLink } from './faulty-link.js';
import { fhirRequest, type FhirAnswer, type Json } from './fhir-request.js';

/** Nodes in one process, each speaking to its neighbours through a link of its own. */
export interface Region {
  /** The link over which `from` speaks to `to`. */
  link(from: string, to: string): FaultyLink;
  start(options: NodeInRegion): Promise<ExchangeNode>;
  /** Resolves when every stream between running nodes has caught up. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

export type NodeInRegion = Omit<ExchangeNodeOptions, 'parent' | 'children'> & {
  readonly parent?: string;
  readonly children?: readonly (string | { readonly id: string; readonly owners: readonly string[] })[];
};

export async function openRegion(
  pairs: readonly (readonly [below: string, above: string])[],
): Promise<Region> {
  const links = new Map<string, FaultyLink>();
  for (const [below, above] of pairs) {
    links.set(`${below}>${above}`, await openFaultyLink());
    links.set(`${above}>${below}`, await openFaultyLink());
  }
  const running = new Map<string, ExchangeNode>();
  const link = (from: string, to: string): FaultyLink => {
    const found = links.get(`${from}>${to}`);
    if (!found) throw new Error(`no link from ${from} to ${to}`);
    return found;
  };

  return {
    link,
    async start({ parent, children = [], ...options }) {
      const url = (to: string): string => link(options.id, to).origin;
      const node = await startExchangeNode({
        ...options,
        ...(parent === undefined ? {} : { parent: { id: parent, url: url(parent) } }),
        children: children.map((child) =>
          typeof child === 'string' ? { id: child, url: url(child) } : { ...child, url: url(child.id) },
        ),
      });
      running.set(node.id, node);
      for (const [name, towards] of links) if (name.endsWith(`>${node.id}`)) towards.target = node.origin;
      return {
        ...node,
        async stop() {
          running.delete(node.id);
          await node.stop();
        },
      };
    },
    async caughtUp() {
      await eventually(async () => {
        for (const node of running.values()) {
          const streams = await node.exchange.streams();
          if (!streams.every((stream) => stream.caughtUp || !running.has(stream.peer))) return false;
        }
        return true;
      });
    },
    async close() {
      for (const node of running.values()) await node.stop();
      running.clear();
      for (const each of links.values()) await each.close();
      await removeDirectories();
    },
  };
}

const pollMs = 5;
const patienceMs = 20_000;

/** Waits for a condition; rejects when it doesn't come. */
export async function eventually(
  condition: () => Promise<boolean> | boolean,
  limitMs = patienceMs,
): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error('the condition did not come');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

export const put = (node: ExchangeNode, resource: Json): Promise<FhirAnswer> =>
  fhirRequest(`${node.origin}/fhir/${String(resource['resourceType'])}/${String(resource['id'])}`, {
    method: 'PUT',
    body: resource,
  });

export const remove = (node: ExchangeNode, reference: string): Promise<FhirAnswer> =>
  fhirRequest(`${node.origin}/fhir/${reference}`, { method: 'DELETE' });

/** What a node holds under `Type/id`. */
export async function held(node: ExchangeNode, reference: string): Promise<StoredVersion | undefined> {
  const [type = '', id = ''] = reference.split('/');
  return (await node.store.read([{ type, id }]))[0];
}

/** Every version of `Type/id` that a node holds, by version number. */
export async function versionsHeld(node: ExchangeNode, reference: string): Promise<StoredVersion[]> {
  const [type = '', id = ''] = reference.split('/');
  const { versions } = await node.store.history({ kind: 'instance', key: { type, id } }, { limit: 100 });
  return [...versions].sort((a, b) => a.versionId - b.versionId);
}

/** What makes two copies of a version the same. */
export const sameParts = ({ versionId, lastUpdated, deleted, body, hash, origin }: StoredVersion) => ({
  versionId,
  lastUpdated,
  deleted,
  body,
  hash,
  owner: origin.owner,
  source: origin.source,
});
