import type { FhirError } from '../fhir/fhir-error.js';
import type { BundleDecisions, Ingest, PrepareBundleResult } from '../ports/ingest.js';
import type { Logger } from '../ports/logger.js';
import type { IngestAdmission } from './admission.js';
import { createHeldBundles } from './held-bundles.js';
import { createIngestSteps } from './ingest-steps.js';
import { unpackRecords, unpackReplicas } from './packed-rows.js';
import { busy, createWorkerLink, type WorkerLink } from './worker-link.js';

export interface IngestOptions {
  /** Bodies up to this length are prepared on the calling thread, larger ones on the worker. */
  readonly inlineLimitBytes: number;
  /** Bounds the texts under way and the bundles held; the same object as the one that lets bodies in. */
  readonly admission: Pick<IngestAdmission, 'take' | 'during'>;
  /** This server's FHIR base without a slash at its end. */
  readonly base: string;
  readonly logger?: Logger;
  /** A bundle that nobody drops is dropped after this time; 60 s when absent. */
  readonly holdMs?: number;
}

const HOLD_MS = 60_000;

/** The ingest port: small bodies on this thread, larger ones on one worker, which is started at once. */
export function createIngest(options: IngestOptions): Ingest {
  const { inlineLimitBytes, base, admission, holdMs = HOLD_MS } = options;
  const steps = createIngestSteps(base);
  const worker = createWorkerLink({ base }, options.logger);
  const held = createHeldBundles(holdMs, (handle, { generation }) => {
    if (generation === 0) steps.dropBundle(handle);
    else if (generation === worker.generation()) worker.drop(handle);
  });
  let handles = 0;
  const isSmall = (text: string): boolean => text.length <= inlineLimitBytes;

  return {
    async prepare(request) {
      const { text } = request;
      if (isSmall(text)) return steps.prepare(request);
      return (await admission.during(text.length, () => worker.call({ kind: 'prepare', request }))).result;
    },
    async openBundle(text) {
      const handle = ++handles;
      const release = admission.take(text.length);
      try {
        const opening = isSmall(text)
          ? steps.openBundle(handle, text)
          : worker.call({ kind: 'open', handle, text });
        const generation = isSmall(text) ? 0 : worker.generation();
        const opened = await opening;
        const result = 'result' in opened ? opened.result : opened;
        // The entries of a batch come back one by one, each counted for itself.
        if (result.outcome === 'open' && result.bundle.type === 'transaction') {
          held.add(handle, { generation, release });
        } else release();
        return result;
      } catch (error) {
        release();
        throw error;
      }
    },
    async prepareBundle(handle, decisions) {
      const bundle = held.get(handle);
      if (bundle === undefined) throw notHeld();
      const result =
        bundle.generation === 0
          ? steps.prepareBundle(handle, decisions)
          : await prepareOnWorker(worker, handle, decisions);
      if (result === undefined) throw notHeld();
      return result;
    },
    dropBundle: (handle) => held.drop(handle),
    async prepareReplicas(text) {
      if (isSmall(text)) return steps.prepareReplicas(text);
      const { result } = await admission.during(text.length, () => worker.call({ kind: 'replicas', text }));
      return result.outcome === 'packed' ? { outcome: 'read', batch: unpackReplicas(result) } : result;
    },
    async close() {
      held.dropAll();
      await worker.close();
    },
  };
}

const notHeld = (): FhirError => busy('the bundle is no longer held');

async function prepareOnWorker(
  worker: WorkerLink,
  handle: number,
  decisions: BundleDecisions,
): Promise<PrepareBundleResult | undefined> {
  const { result } = await worker.call({ kind: 'prepare-bundle', handle, decisions });
  if (result?.outcome !== 'packed') return result;
  const { records, outside } = unpackRecords(result.records, decisions);
  return { outcome: 'prepared', records, references: outside };
}
