import { readBundle } from '../fhir/bundle/read-bundle.js';
import type { ReadBundle, ReadEntry } from '../fhir/bundle/read-bundle.js';
import type {
  BundleDecisions,
  BundleEntry,
  OpenBundle,
  OpenBundleResult,
  PrepareBundleResult,
  PrepareRequest,
  PrepareResult,
  ReplicaBatchResult,
} from '../ports/ingest.js';
import { prepareEntries } from './prepare-entries.js';
import { prepareReplicas } from './prepare-replicas.js';
import { prepareResource } from './prepare-resource.js';

/** What the ingest port does, on the thread that calls; bundles are held under their handles. */
export interface IngestSteps {
  prepare(request: PrepareRequest): PrepareResult;
  openBundle(handle: number, text: string): OpenBundleResult;
  /** Undefined where the handle is not held. */
  prepareBundle(handle: number, decisions: BundleDecisions): PrepareBundleResult | undefined;
  dropBundle(handle: number): void;
  prepareReplicas(text: string): ReplicaBatchResult;
}

/** `base`: this server's FHIR base without a slash at its end. */
export function createIngestSteps(base: string): IngestSteps {
  const held = new Map<number, ReadBundle>();
  return {
    prepare: (request) => prepareResource(request, base),
    openBundle(handle, text) {
      const read = readBundle(text, base);
      if (!read.ok) return { outcome: 'invalid', issues: read.issues };
      // The entries of a batch come back one by one as texts.
      if (read.bundle.type === 'transaction') held.set(handle, read.bundle);
      return { outcome: 'open', handle, bundle: viewOf(read.bundle) };
    },
    prepareBundle(handle, decisions) {
      const bundle = held.get(handle);
      return bundle === undefined ? undefined : prepareEntries(bundle, decisions, base);
    },
    dropBundle(handle) {
      held.delete(handle);
    },
    prepareReplicas,
  };
}

function viewOf({ type, entries }: ReadBundle): OpenBundle {
  const conditional = new Set<string>();
  for (const { links } of entries) {
    for (const { to } of links.links) if (typeof to === 'string') conditional.add(to);
  }
  return {
    type,
    entries: entries.map((entry) => entryView(entry, type)),
    conditionalReferences: [...conditional],
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function entryView({ members, resource }: ReadEntry, type: ReadBundle['type']): BundleEntry {
  const { resource: _place, ...request } = members;
  if (resource === undefined) return request;
  const view: Writable<BundleEntry> = request;
  view.resourceType = resource.type;
  if (resource.id !== undefined) view.resourceId = resource.id;
  if (type === 'batch') view.resource = resource.text;
  return view;
}
