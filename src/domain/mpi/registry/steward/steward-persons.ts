import { fhirError, type FhirError } from '../../../../fhir/fhir-error.js';
import { requirePreconditions, type WriteContext } from '../../../records/index.js';
import type { DecisionRecord } from '../records/decision.js';
import type { Person } from '../records/person.js';
import {
  commitProposal,
  type Proposal,
  type StewardAnswer,
  type StewardCommitDeps,
} from './steward-commit.js';
import type { Held } from '../held/person-set.js';
import type { WorkingSet } from '../held/working-set.js';

/** What is asked of one Person. */
export interface PersonRequest {
  readonly person: string;
  readonly reason?: string;
  /** Header value: the Person must still be that version. */
  readonly ifMatch?: string;
}

export interface MergeRequest extends PersonRequest {
  /** Id of the Person that goes on. */
  readonly into: string;
}

export interface PatientRequest extends PersonRequest {
  readonly patient: string;
}

/** Makes one Person of two: all records of both are one person from now on, and `into` goes on. */
export function mergePersons(
  deps: StewardCommitDeps,
  context: WriteContext,
  request: MergeRequest,
): Promise<StewardAnswer> {
  const { person, into } = request;
  const newRecord = recorder(deps, context, request);
  return commitProposal(deps, context, async ({ set }): Promise<Proposal> => {
    const gone = await askedPerson(set, request);
    if (person === into) throw refusal('A Person can’t be merged into itself');
    const survivor = await set.heldPerson(into);
    if (!survivor) throw refusal('into names no Person that is held here');
    requireActive(gone.value);
    if (!survivor.value.active && (await endOf(set, into)) === person) {
      throw refusal(`Person/${into} was itself merged into Person/${person}: that would go in a circle`);
    }
    requireActive(survivor.value);
    const groups = [membersOf(gone.value), membersOf(survivor.value)] as const;
    return {
      action: 'merge',
      target: { type: 'Person', id: person },
      decision: newRecord({ kind: 'link', groups, person: into }),
      persons: [gone, survivor],
      shown: [{ type: 'Person', id: into }],
      check: async () => {
        if (deps.isDomain && (await endOf(set, person)) !== into)
          throw keptApart(await standing(set, groups));
      },
    };
  });
}

/** Takes a merged-away Person out of the one that it went into, with the records that it had, and keeps them apart. */
export function unmergePerson(
  deps: StewardCommitDeps,
  context: WriteContext,
  request: PersonRequest,
): Promise<StewardAnswer> {
  const { person } = request;
  const newRecord = recorder(deps, context, request);
  return commitProposal(deps, context, async ({ set }): Promise<Proposal> => {
    const gone = await askedPerson(set, request);
    if (gone.value.active || gone.value.mergedInto === undefined) {
      throw refusal(`Person/${person} was never merged into another, or is no longer`);
    }
    const end = await endOf(set, person);
    const survivor = await set.heldPerson(end);
    if (!survivor) throw refusal('The Person that it was merged into is not held here');
    const joint = membersOf(survivor.value);
    const own = new Set(await set.lastMembers(person));
    const back = joint.filter((patient) => own.has(patient));
    const rest = joint.filter((patient) => !own.has(patient));
    if (back.length === 0) throw refusal(`None of the records that it had is left in Person/${end}`);
    if (rest.length === 0) throw refusal(`Person/${end} has no records beside those that it had`);
    return {
      action: 'unmerge',
      target: { type: 'Person', id: person },
      decision: newRecord({ kind: 'non-link', groups: [back, rest], person }),
      persons: [gone, survivor],
      shown: [{ type: 'Person', id: person }],
      check: async () => {
        const after = deps.isDomain ? await set.person(person) : undefined;
        if (deps.isDomain && after?.active !== true) throw keptApart([]);
      },
    };
  });
}

/** Says that a Patient is of a Person: one with all records that the Person has. */
export function linkPatient(
  deps: StewardCommitDeps,
  context: WriteContext,
  request: PatientRequest,
): Promise<StewardAnswer> {
  const { person, patient } = request;
  const newRecord = recorder(deps, context, request);
  return commitProposal(deps, context, async ({ set }): Promise<Proposal> => {
    const held = await askedPerson(set, request);
    requireActive(held.value);
    await requirePatient(deps, patient);
    const others = membersOf(held.value).filter((member) => member !== patient);
    if (others.length === 0) throw refusal('It is the only record of this Person already');
    const groups = [[patient], others] as const;
    const deferred = !(await isRegistered(set, patient));
    return {
      action: 'link',
      deferred,
      target: { type: 'Person', id: person },
      decision: newRecord({ kind: 'link', groups, person }),
      persons: [held],
      shown: [{ type: 'Person', id: person }],
      check: async () => {
        if (!deps.isDomain || deferred) return;
        if (!(await isOf(set, patient, person))) throw keptApart(await standing(set, groups));
      },
    };
  });
}

/** Says that a Patient is not of the Person that it is linked to: it is one with none of the other records. */
export function unlinkPatient(
  deps: StewardCommitDeps,
  context: WriteContext,
  request: PatientRequest,
): Promise<StewardAnswer> {
  const { person, patient } = request;
  const newRecord = recorder(deps, context, request);
  return commitProposal(deps, context, async ({ set }): Promise<Proposal> => {
    const held = await askedPerson(set, request);
    requireActive(held.value);
    const members = membersOf(held.value);
    if (!members.includes(patient)) throw refusal('The Patient is not linked to this Person');
    const rest = members.filter((member) => member !== patient);
    if (rest.length === 0) throw refusal('It is the only record of this Person: nothing to take it from');
    return {
      action: 'unlink',
      target: { type: 'Person', id: person },
      decision: newRecord({ kind: 'non-link', groups: [rest, [patient]], person }),
      persons: [held],
      shown: [{ type: 'Person', id: person }],
    };
  });
}

/** Mints the decision's id once, so that a lost race does not change it. */
function recorder(
  { ids }: StewardCommitDeps,
  { principal }: WriteContext,
  { reason }: PersonRequest,
): (decision: Pick<DecisionRecord, 'kind' | 'groups' | 'person'>) => NonNullable<Proposal['decision']> {
  const id = ids.uuid();
  return (decision) => ({
    record: {
      ...decision,
      id,
      decidedBy: principal.id,
      active: true,
      ...(reason === undefined ? {} : { reason }),
    },
    current: undefined,
  });
}

export const refusal = (diagnostics: string): FhirError =>
  fhirError('business-rule', 'business-rule', diagnostics);

/** The Person in the path. Throws `not-found`, or `version-mismatch` where it is another version than expected. */
async function askedPerson(set: WorkingSet, { person, ifMatch }: PersonRequest): Promise<Held<Person>> {
  const held = await set.heldPerson(person);
  if (!held) throw fhirError('not-found', 'not-found', 'No such Person at this node');
  requirePreconditions(held.current, ifMatch === undefined ? {} : { ifMatch });
  return held;
}

function requireActive({ id, active, mergedInto }: Person): void {
  if (active) return;
  throw mergedInto === undefined
    ? refusal(`Person/${id} is not active: it has no records left`)
    : refusal(`Person/${id} was merged into Person/${mergedInto} already`);
}

async function requirePatient({ store }: StewardCommitDeps, patient: string): Promise<void> {
  const [version] = await store.read([{ type: 'Patient', id: patient }]);
  if (!version || version.deleted) throw refusal('patient names no Patient that is held here');
}

const membersOf = ({ members }: Person): string[] => members.map(({ patient }) => patient);

const mostHops = 100;

/** Where a merged-away id leads to. */
async function endOf(set: WorkingSet, person: string): Promise<string> {
  let end = person;
  for (let hop = 0; hop < mostHops; hop++) {
    const next = (await set.person(end))?.mergedInto;
    if (next === undefined) break;
    end = next;
  }
  return end;
}

async function isOf(set: WorkingSet, patient: string, person: string): Promise<boolean> {
  return (await set.personsOf([patient])).some(({ id }) => id === person);
}

/** Its version is in the index: what has not come by yet is placed when it does. */
const isRegistered = async (set: WorkingSet, patient: string): Promise<boolean> =>
  (await set.known([patient])).has(patient);

/** Linkages that keep records of two groups from being one person by way of others. */
async function standing(set: WorkingSet, groups: readonly (readonly string[])[]): Promise<readonly string[]> {
  const decisions = await set.decisionsOf(groups.flat());
  return decisions.filter(({ kind }) => kind === 'non-link').map(({ id }) => `Linkage/${id}`);
}

function keptApart(linkages: readonly string[]): FhirError {
  const which = linkages.length === 0 ? '' : ` (${linkages.slice(0, 5).join(', ')})`;
  return refusal(
    `This would have no effect: earlier decisions that stand${which}, or the number of records, are against it`,
  );
}
