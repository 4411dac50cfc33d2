import {
  activateModel,
  addModel,
  allDecisions,
  readModelLibrary,
  replacedPatients,
  saidBySource,
  type ModelKeeper,
  type ModelLibrary,
  type ModelWriting,
  type StandingDecision,
} from '../domain/mpi/index.js';
import type { WriteContext } from '../domain/records/index.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';
import type { PatientText } from './model-messages.js';
import { createOneModelJob, type JobResult, type OneModelJob, type RunningJob } from './one-model-job.js';
import { previewInWorker } from './preview-model.js';
import { isRematched, type Registration, type RegistrationProgress } from './register-patients.js';
import { trainInWorker } from './train-model.js';

export interface MatchModelsDeps extends ModelWriting {
  readonly store: ModelWriting['store'] & Pick<Store, 'cursor'>;
  readonly models: ModelKeeper;
  readonly registration: Pick<Registration, 'progress'>;
  readonly logger: Logger;
  /** Patients that are looked at, of more a sample; 50,000 when absent. */
  readonly mostRecords?: number;
}

/** What is done about the models by which a node matches. One job at a time runs in a process. */
export interface MatchModels {
  /** Begins to learn a model, which is kept as a draft. Throws FhirError `conflict` while a job runs. */
  train(context: WriteContext): void;
  /** Begins to find out what a model would change. Throws besides as readModelLibrary does. */
  preview(context: WriteContext, library: string): Promise<void>;
  activate(
    context: WriteContext,
    request: { readonly library: string; readonly ifMatch?: string },
  ): Promise<ModelLibrary>;
  status(): Promise<ModelsStatus>;
  /** Ends a job that runs: nothing of it stays. */
  stop(): Promise<void>;
}

export interface ModelsStatus {
  /** The last job of this process. */
  readonly job: ReturnType<OneModelJob['status']>;
  readonly inUse: {
    readonly version: string;
    /** Id of the Library; absent of the built-in model. */
    readonly library?: string;
    /** All Patients that were there when it came into use are placed by it. */
    readonly rematched: boolean;
  };
  /** In the process that registers, while it places Patients anew. */
  readonly rematching?: RegistrationProgress['rematching'] & { readonly logEnd: number };
}

export function createMatchModels(deps: MatchModelsDeps): MatchModels {
  const { models } = deps;
  const jobs = createOneModelJob(deps);
  return {
    train(context) {
      if (jobs.isRepeat(context)) return;
      jobs.begin(context, { kind: 'train' }, (job) => trainDraft(deps, context, job));
    },
    async preview(context, id) {
      if (jobs.isRepeat(context)) return;
      jobs.requireIdle();
      const { model } = await readModelLibrary(deps.store, id);
      const before = await models.current();
      const first = { kind: 'preview', library: id, version: model.version } as const;
      jobs.begin(context, first, (job) =>
        previewInWorker({ ...samplingOf(deps, job), ...deciding(deps.store), before, after: model }),
      );
    },
    async activate(context, request) {
      const activated = await activateModel(deps, context, request);
      models.changed();
      return activated;
    },
    status: async () => ({ job: jobs.status(), ...(await matchingOf(deps)) }),
    stop: jobs.stop,
  };
}

async function trainDraft(deps: MatchModelsDeps, context: WriteContext, job: RunningJob): Promise<JobResult> {
  const startedAt = new Date(deps.clock.now()).toISOString();
  // Called what it is kept as only when it is kept.
  const { model, measured } = await trainInWorker({ ...samplingOf(deps, job), version: startedAt });
  job.signal.throwIfAborted();
  const [records, total] = [measured.records, measured.total].map((count) => count.toLocaleString('en'));
  const description = `由 ${String(total)} 份患者记录中的 ${String(records)} 份训练 (trained on ${String(records)} of ${String(total)} Patients)`;
  const { key, body } = await addModel(deps, context, { model, description });
  const { version } = JSON.parse(body) as { readonly version: string };
  return { library: key.id, version, measured };
}

const samplingOf = ({ store, mostRecords }: MatchModelsDeps, { signal, onProgress, today }: RunningJob) => ({
  patients: storedPatients(store),
  // Another sample each time would make two trainings of one day hard to compare.
  seed: today,
  today,
  signal,
  onProgress,
  ...(mostRecords === undefined ? {} : { mostRecords }),
});

/** All Patients, and what stands of them whatever the model; of their sources what was met on the way. */
function deciding(store: Pick<Store, 'search' | 'read'>) {
  const said: StandingDecision[] = [];
  async function* patients(): AsyncGenerator<readonly PatientText[], void> {
    for await (const page of storedPatients(store)) {
      for (const { id, body } of page) {
        const sameAs = await replacedPatients(store, { key: { type: 'Patient', id }, body });
        said.push(...saidBySource(id, sameAs));
      }
      yield page;
    }
  }
  return {
    patients: patients(),
    decisions: async () => [...said, ...(await allDecisions(store))],
  };
}

const pageSize = 200;

async function* storedPatients(store: Pick<Store, 'search'>): AsyncGenerator<readonly PatientText[], void> {
  for (let cursor: string | undefined; ;) {
    const page = await store.search({
      type: 'Patient',
      where: { kind: 'and', of: [] },
      sort: { by: 'first-arrival', descending: false },
      limit: pageSize,
      total: 'none',
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield page.matches.map(({ key, body }) => ({ id: key.id, body }));
    cursor = page.nextCursor;
    if (cursor === undefined) return;
  }
}

async function matchingOf({
  store,
  models,
  registration,
}: MatchModelsDeps): Promise<Omit<ModelsStatus, 'job'>> {
  const inUse = await models.inUse();
  const { rematching, logEnd } = await registration.progress();
  return {
    inUse: {
      version: inUse.model.version,
      ...(inUse.library === undefined ? {} : { library: inUse.library }),
      rematched: await isRematched(store, inUse),
    },
    ...(rematching ? { rematching: { ...rematching, logEnd } } : {}),
  };
}
