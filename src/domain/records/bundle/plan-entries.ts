import { FhirError, fhirError } from '../../../fhir/fhir-error.js';
import { toReference, type ResourceKey } from '../../../fhir/key.js';
import type { SearchExpression } from '../../../fhir/search/search-expression.js';
import type { BundleEntry, EntryDecision } from '../../../ports/ingest.js';
import type { Guard, StoredVersion } from '../../../ports/store.js';
import { matchCriteria, type CriteriaMatch } from '../match-criteria.js';
import type { RecordDeps, WriteAnswer, WriteContext } from '../record-deps.js';
import { conditionalTarget, requirePreconditions } from '../update-record.js';
import { answerOf, deleteChange, nextStamp, nothingDeleted } from '../version-changes.js';
import { requireChoosableId, requireOwner } from '../write-rules.js';
import { atEntry } from './at-entry.js';
import { criteriaName } from './criteria-name.js';
import type { EntryRequest } from './entry-request.js';
import { mapLimited } from './map-limited.js';

/** What becomes of one entry of a transaction, before its resource is prepared. */
export interface EntryPlan {
  readonly decision: EntryDecision;
  readonly current: StoredVersion | undefined;
  readonly guards: readonly Guard[];
  /** Of a conditional create or update: what no other resource of the transaction may satisfy. */
  readonly criteria?: SearchExpression;
  /** Answer of an entry that writes nothing; a delete's stands in `remove`. */
  readonly answer?: WriteAnswer;
  readonly remove?: ReturnType<typeof deleteChange>;
}

export interface TransactionEntry {
  readonly entry: BundleEntry;
  readonly request: EntryRequest;
}

const nothing: EntryPlan = { decision: { kind: 'none' }, current: undefined, guards: [] };

/** Looks up what the entries mean on the current state. Throws FhirError with the entry's place. */
export async function planEntries(
  deps: RecordDeps,
  context: WriteContext,
  entries: readonly TransactionEntry[],
): Promise<readonly EntryPlan[]> {
  const [currents, matches] = await Promise.all([
    readCurrents(deps, entries),
    matchAll(deps, context, entries),
  ]);
  const removed = removedBy(entries, matches);
  const plans: EntryPlan[] = [];
  for (const [index, entry] of entries.entries()) {
    const lookup = { current: currents.get(index), match: matches.get(index), removed };
    plans.push(await atEntry(index, () => planEntry(deps, context, { ...entry, ...lookup })));
  }
  requireDistinct(plans);
  return plans;
}

async function readCurrents(
  deps: RecordDeps,
  entries: readonly TransactionEntry[],
): Promise<ReadonlyMap<number, StoredVersion | undefined>> {
  const wanted: { readonly index: number; readonly key: ResourceKey }[] = [];
  for (const [index, { request }] of entries.entries()) {
    if (request.interaction === 'update' || request.interaction === 'delete')
      wanted.push({ index, key: request.key });
  }
  if (wanted.length === 0) return new Map();
  const versions = await deps.store.read(wanted.map(({ key }) => key));
  return new Map(wanted.map(({ index }, position) => [index, versions[position]]));
}

/** Resolves the criteria of conditional entries; two of them under the same criteria would make a duplicate. */
async function matchAll(
  deps: RecordDeps,
  context: WriteContext,
  entries: readonly TransactionEntry[],
): Promise<ReadonlyMap<number, CriteriaMatch>> {
  const wanted: { readonly index: number; readonly type: string; readonly criteria: string }[] = [];
  for (const [index, { request }] of entries.entries()) {
    const criteria = criteriaOf(request);
    if (criteria === undefined || !('type' in request)) continue;
    wanted.push({ index, type: request.type, criteria });
  }
  const found = await mapLimited(wanted, async ({ index, ...condition }) => {
    const match = await atEntry(index, () => matchCriteria(deps, context, condition));
    return [index, match] as const;
  });
  const seen = new Set<string>();
  for (const [index, { guard }] of found) {
    const name = criteriaName(guard.query.type, guard.query.where);
    if (seen.has(name)) {
      throw fhirError('malformed', 'duplicate', {
        diagnostics: 'Another entry has the same criteria',
        expression: `Bundle.entry[${String(index)}]`,
      });
    }
    seen.add(name);
  }
  return new Map(found);
}

/** `Type/id` of what the transaction deletes: deletes come first, so that no other entry finds it any more. */
function removedBy(
  entries: readonly TransactionEntry[],
  matches: ReadonlyMap<number, CriteriaMatch>,
): ReadonlySet<string> {
  const removed = new Set<string>();
  for (const [index, { request }] of entries.entries()) {
    if (request.interaction === 'delete') removed.add(toReference(request.key));
    const found = request.interaction === 'conditional-delete' && matches.get(index)?.found;
    if (found) removed.add(toReference(found.key));
  }
  return removed;
}

function criteriaOf(request: EntryRequest): string | undefined {
  if (request.interaction === 'create') return request.ifNoneExist;
  if (request.interaction === 'conditional-update' || request.interaction === 'conditional-delete') {
    return request.criteria;
  }
  return undefined;
}

interface LookedUpEntry extends TransactionEntry {
  readonly current: StoredVersion | undefined;
  readonly match: CriteriaMatch | undefined;
  /** `Type/id` of what the transaction deletes. */
  readonly removed: ReadonlySet<string>;
}

async function planEntry(deps: RecordDeps, context: WriteContext, looked: LookedUpEntry): Promise<EntryPlan> {
  const { request, entry, current, match, removed } = looked;
  const guards = match ? [match.guard] : [];
  const criteria = match?.guard.query.where;
  switch (request.interaction) {
    case 'create': {
      const found = match?.found;
      if (found && !removed.has(toReference(found.key))) return resolved(found, { guards, criteria });
      const key = { type: request.type, id: deps.ids.uuid() };
      return writeOf(deps, { key, current: undefined, guards, criteria });
    }
    case 'update':
      requireWritable(deps, current, entry);
      if (!current) requireChoosableId(request.key, context.principal, deps.anyId);
      return writeOf(deps, { key: request.key, current, guards });
    case 'conditional-update': {
      const bodyId = entry.resourceId;
      const target = await conditionalTarget(deps, { type: request.type, found: match?.found, bodyId });
      requireWritable(deps, target.current, entry);
      const key = target.key ?? { type: request.type, id: deps.ids.uuid() };
      if (target.key && !target.current) requireChoosableId(key, context.principal, deps.anyId);
      return writeOf(deps, { key, current: target.current, guards, criteria });
    }
    case 'delete':
      requireWritable(deps, current, entry);
      return removeOf(deps, context, { key: request.key, current, guards });
    case 'conditional-delete': {
      const found = match?.found;
      requireWritable(deps, found, entry);
      return removeOf(deps, context, {
        key: found?.key ?? { type: request.type, id: '' },
        current: found,
        guards,
      });
    }
    default:
      return nothing;
  }
}

function requireWritable(deps: RecordDeps, current: StoredVersion | undefined, entry: BundleEntry): void {
  requireOwner(current, deps.nodeId);
  requirePreconditions(current, entry);
}

interface Target {
  readonly key: ResourceKey;
  readonly current: StoredVersion | undefined;
  readonly guards: readonly Guard[];
  readonly criteria?: SearchExpression | undefined;
}

const resolved = (
  found: StoredVersion,
  { guards, criteria }: Pick<Target, 'guards' | 'criteria'>,
): EntryPlan => ({
  decision: { kind: 'resolved', key: found.key },
  current: found,
  guards,
  ...(criteria ? { criteria } : {}),
  answer: answerOf(200, found),
});

function writeOf(deps: RecordDeps, { key, current, guards, criteria }: Target): EntryPlan {
  const stamp = nextStamp(deps, key.id, current);
  const compared = current && !current.deleted ? { current } : {};
  return {
    decision: { kind: 'write', key, stamp, ...compared },
    current,
    guards,
    ...(criteria ? { criteria } : {}),
  };
}

function removeOf(deps: RecordDeps, context: WriteContext, { key, current, guards }: Target): EntryPlan {
  if (!current) return { ...nothing, answer: nothingDeleted(key), guards };
  if (current.deleted) return { ...nothing, current, answer: answerOf(204, current), guards };
  return { ...nothing, current, guards, remove: deleteChange(deps, context, current) };
}

/** A resource may be written by one entry only (http://hl7.org/fhir/R4/http.html#trules). */
function requireDistinct(plans: readonly EntryPlan[]): void {
  const seen = new Set<string>();
  for (const [index, { decision, remove }] of plans.entries()) {
    const key = decision.kind === 'write' ? decision.key : remove?.key;
    if (!key) continue;
    const name = toReference(key);
    if (seen.has(name)) {
      throw new FhirError('malformed', [
        {
          severity: 'error',
          code: 'duplicate',
          diagnostics: 'Another entry of the transaction writes the same resource',
          expression: `Bundle.entry[${String(index)}]`,
        },
      ]);
    }
    seen.add(name);
  }
}
