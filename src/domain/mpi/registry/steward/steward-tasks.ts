import { fhirError } from '../../../../fhir/fhir-error.js';
import type { StoredVersion } from '../../../../ports/store.js';
import { requirePreconditions, type WriteContext } from '../../../records/index.js';
import { pairKey, standingPairs, type DecisionRecord } from '../records/decision.js';
import type { ReviewChoice } from '../records/review-codes.js';
import { mostInGroup } from '../records/person-size.js';
import { reviewLinkageId, type ReviewNote, type ReviewTask } from '../records/review-task.js';
import {
  commitProposal,
  type Look,
  type Proposal,
  type StewardAnswer,
  type StewardCommitDeps,
} from './steward-commit.js';
import { refusal } from './steward-persons.js';

export interface DecideRequest {
  readonly task: string;
  readonly choice: ReviewChoice;
  /** Why, in the steward's words; the choice `note` needs it. */
  readonly note?: string;
  /** Header value: the Task must still be that version. */
  readonly ifMatch?: string;
}

interface Asked {
  readonly deps: StewardCommitDeps;
  readonly context: WriteContext;
  readonly request: DecideRequest;
  readonly look: Look;
  readonly task: ReviewTask;
  /** The Task as stored. */
  readonly version: StoredVersion;
}

/** Decides something of the queue. */
export function decideTask(
  deps: StewardCommitDeps,
  context: WriteContext,
  request: DecideRequest,
): Promise<StewardAnswer> {
  return commitProposal(deps, context, proposeChoice(deps, context, request));
}

/** Plans what is decided of a Task, on any look. */
export function proposeChoice(
  deps: StewardCommitDeps,
  context: WriteContext,
  request: DecideRequest,
): (look: Look) => Promise<Proposal> {
  return async (look) => {
    const asked = { deps, context, request, look, ...(await askedTask(deps, look, request)) };
    requireChoice(asked);
    const { choice } = request;
    if (choice === 'link' || choice === 'keep-apart') return decidePair(asked, choice);
    requireOwnTask(asked);
    if (choice === 'undo' && asked.task.status !== 'on-hold' && asked.task.code !== 'overlay') {
      return undoDecision(asked);
    }
    const { decided, ...task } = asked.task;
    const now = choice === 'keep' ? { choice } : choice === 'undo' ? undefined : decided;
    put(asked, task, { status: statusAfter(asked, choice), ...(now ? { decided: now } : {}) });
    return proposalOf(asked);
  };
}

async function askedTask(
  { store }: StewardCommitDeps,
  { set }: Look,
  { task: id, ifMatch }: DecideRequest,
): Promise<Pick<Asked, 'task' | 'version'>> {
  const task = await set.task(id);
  const [version] = await store.read([{ type: 'Task', id }]);
  if (!version || version.deleted) throw fhirError('not-found', 'not-found', 'No such Task at this node');
  if (!task) throw refusal('This Task is none of the steward’s queue');
  requirePreconditions(version, ifMatch === undefined ? {} : { ifMatch });
  return { task, version };
}

const always: readonly ReviewChoice[] = ['postpone', 'undo', 'note'];

/** What may be asked of a Task at all. */
export const choicesOf = ({ code }: Pick<ReviewTask, 'code'>): readonly ReviewChoice[] => [
  ...(code === 'overlay' ? (['keep'] as const) : (['link', 'keep-apart'] as const)),
  ...always,
];

function requireChoice({ request: { choice, note }, task }: Asked): void {
  const { status, decided } = task;
  const possible = choicesOf(task);
  if (!possible.includes(choice)) throw refusal(`Of this Task one may decide ${possible.join(', ')}`);
  if (choice === 'note' && note === undefined) {
    throw fhirError('malformed', 'required', {
      diagnostics: 'The choice note needs the parameter note',
      expression: 'Parameters.parameter',
    });
  }
  if (choice === 'note' || status === 'requested' || status === 'on-hold') return;
  if (status === 'cancelled') throw refusal('This Task is no longer in question: nothing is to be decided');
  if (choice === 'undo') return;
  const what = decided ? `decided already (${decided.choice}): undo that first` : 'settled already';
  throw refusal(`This Task is ${what}`);
}

function requireOwnTask({ version, deps }: Asked): void {
  const { owner } = version.origin;
  if (owner === deps.nodeId) return;
  throw fhirError('conflict', 'conflict', `This Task is a replica: only its owner, node ${owner}, writes it`);
}

function statusAfter({ task }: Asked, choice: ReviewChoice): ReviewTask['status'] {
  if (choice === 'keep') return 'completed';
  if (choice === 'postpone') return 'on-hold';
  if (choice === 'note') return task.status;
  if (task.status === 'requested') throw refusal('Nothing of this Task has been decided');
  return 'requested';
}

async function decidePair(asked: Asked, choice: 'link' | 'keep-apart'): Promise<Proposal> {
  const { deps, task, version } = asked;
  const id = reviewLinkageId(task.id, deps.nodeId);
  const [current] = await deps.store.read([{ type: 'Linkage', id }]);
  const kind = choice === 'link' ? 'link' : 'non-link';
  if (choice === 'link') await requireRoom(asked);
  const record = recordOf(asked, { id, kind, groups: [[task.first], [task.second]], active: true });
  return {
    ...proposalOf(asked),
    decision: { record, current },
    check: async () => {
      if (deps.isDomain && choice === 'link') await requireTogether(asked);
      if (version.origin.owner !== deps.nodeId) return;
      put(asked, task, { status: 'completed', decided: { choice, linkage: id } });
    },
  };
}

/** Two Persons that are partitioned no more would exchange a record, and stay two. */
async function requireRoom({ look: { set }, task: { first, second } }: Asked): Promise<void> {
  const [one, other] = await set.personsOf([first, second]);
  if (!one || !other || Math.min(one.members.length, other.members.length) <= mostInGroup) return;
  throw refusal(
    `Both records are of Persons with more than ${String(mostInGroup)}: $merge makes one of Person/${one.id} and Person/${other.id}`,
  );
}

async function requireTogether({ look: { set }, task: { first, second } }: Asked): Promise<void> {
  const known = await set.known([first, second]);
  const persons = await set.personsOf([first, second]);
  if (known.size < 2 || persons.length === 1) return;
  throw refusal(
    'This would have no effect: earlier decisions that stand, or the number of records, are against it',
  );
}

/** What was decided here decides nothing any more; everybody is placed anew, and the Task is open if still in question. */
async function undoDecision(asked: Asked): Promise<Proposal> {
  const { deps, look, task } = asked;
  const { first, second } = task;
  const id = reviewLinkageId(task.id, deps.nodeId);
  const [current] = await deps.store.read([{ type: 'Linkage', id }]);
  const decisions = await look.set.decisionsOf([first, second]);
  const standing = standingPairs(decisions).get(pairKey(first, second))?.decision;
  if (!standing) throw refusal('Nothing that stands has been decided of these two records');
  if (standing.id !== id || !current) {
    throw refusal(
      `They were decided of elsewhere, by Linkage/${standing.id}: undo it where it was made, or reverse it`,
    );
  }
  const { decided: _, ...before } = task;
  look.set.putTask({ ...before, status: 'requested' });
  const record = recordOf(asked, {
    id,
    kind: standing.kind,
    groups: standing.groups,
    active: false,
  });
  return {
    ...proposalOf(asked),
    decision: { record, current },
    check: async () => {
      const placed = (await look.set.task(task.id)) ?? task;
      put(asked, placed, { status: placed.status });
    },
  };
}

const recordOf = (
  { context, request }: Asked,
  decision: Pick<DecisionRecord, 'id' | 'kind' | 'groups' | 'active'>,
): DecisionRecord => ({
  ...decision,
  decidedBy: context.principal.id,
  ...(request.note === undefined ? {} : { reason: request.note }),
});

const proposalOf = ({ task }: Asked): Proposal => {
  const key = { type: 'Task', id: task.id };
  return { action: 'decide', target: key, shown: [key] };
};

/** The Task as it will stand, with the steward's note. */
function put(
  { deps, context, request, look }: Asked,
  task: ReviewTask,
  change: Pick<ReviewTask, 'status' | 'decided'>,
): void {
  const time = new Date(deps.clock.now()).toISOString();
  const { note } = request;
  const added: ReviewNote[] = note === undefined ? [] : [{ text: note, time, by: context.principal.id }];
  look.set.putTask({ ...task, ...change, notes: [...task.notes, ...added] });
}
