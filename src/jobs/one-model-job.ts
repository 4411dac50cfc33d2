import { regionDay } from '../domain/audit/index.js';
import type { PartitionChange } from '../domain/mpi/index.js';
import type { WriteContext } from '../domain/records/index.js';
import { FhirError, fhirError } from '../fhir/fhir-error.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ModelProgress, SampleMeasures } from './model-messages.js';
import { ModelRefusal, ModelWorkerFault } from './run-on-sample.js';

export interface JobStatus {
  readonly kind: 'train' | 'preview';
  readonly state: 'running' | 'done' | 'failed';
  /** ISO instants. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly progress?: ModelProgress;
  /** The Library that was made, or is previewed. */
  readonly library?: string;
  readonly version?: string;
  readonly measured?: SampleMeasures;
  readonly change?: PartitionChange;
  /** Why it failed. */
  readonly reason?: string;
}

export type JobResult = Pick<JobStatus, 'library' | 'version' | 'measured' | 'change'>;

export interface RunningJob {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ModelProgress) => void;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/** Runs one job on models at a time and remembers the last one. */
export interface OneModelJob {
  /** The request that began the last job was sent again. */
  isRepeat(context: WriteContext): boolean;
  /** Throws FhirError `conflict` while a job runs. */
  requireIdle(): void;
  /** Throws as `requireIdle`. */
  begin(
    context: WriteContext,
    first: Pick<JobStatus, 'kind' | 'library' | 'version'>,
    work: (job: RunningJob) => Promise<JobResult>,
  ): void;
  status(): JobStatus | { readonly state: 'idle' };
  /** Aborts what runs and waits for its end. */
  stop(): Promise<void>;
}

export function createOneModelJob({
  clock,
  logger,
}: {
  readonly clock: Clock;
  readonly logger: Logger;
}): OneModelJob {
  const stopping = new AbortController();
  let last: { status: JobStatus; readonly askedBy: string } | undefined;
  let running: Promise<void> = Promise.resolve();
  const now = (): string => new Date(clock.now()).toISOString();
  const requireIdle = (): void => {
    if (last?.status.state !== 'running') return;
    throw fhirError('conflict', 'conflict', 'A job on models runs: wait until it is done');
  };
  return {
    isRepeat: (context) => context.once !== undefined && last?.askedBy === askedBy(context),
    requireIdle,
    begin(context, first, work) {
      requireIdle();
      const status: JobStatus = { ...first, state: 'running', startedAt: now() };
      const job = { status, askedBy: askedBy(context) };
      last = job;
      const onProgress = (progress: ModelProgress): void => {
        job.status = { ...job.status, progress };
      };
      const end = (state: 'done' | 'failed', result: JobResult & Pick<JobStatus, 'reason'>): void => {
        job.status = { ...status, ...result, state, endedAt: now() };
      };
      running = work({ signal: stopping.signal, onProgress, today: regionDay(clock.now()) }).then(
        (result) => end('done', result),
        (error: unknown) => {
          if (!stopping.signal.aborted) logFailure(logger, first.kind, error);
          end('failed', { reason: reasonOf(error) });
        },
      );
    },
    status: () => last?.status ?? { state: 'idle' },
    async stop() {
      stopping.abort(new ModelRefusal('the node stops'));
      await running;
    },
  };
}

const askedBy = ({ principal, once }: WriteContext): string =>
  once ? JSON.stringify([principal.id, once.requestId, once.digest]) : '';

const reasonOf = (error: unknown): string =>
  error instanceof ModelRefusal || error instanceof FhirError
    ? error.message
    : 'A fault of the program: the log of this node says more';

function logFailure(logger: Logger, job: JobStatus['kind'], error: unknown): void {
  const name = error instanceof Error ? error.name : 'unknown';
  if (error instanceof ModelRefusal) {
    logger.warn({ job, reason: error.message }, 'a job on models came to nothing');
    return;
  }
  const reason = error instanceof ModelWorkerFault || error instanceof FhirError ? error.message : '';
  logger.error({ job, error: name, reason }, 'a job on models failed');
}
