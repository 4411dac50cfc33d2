import { listOf, memberOf, textAt } from '../../identity/loose-json.js';
import type { Conflict } from '../../cluster.js';
import { reasonInput, reasonsFrom, type FieldReason } from './field-reasons.js';
import { namedUuid } from './named-uuid.js';
import { reviewSystem } from './names.js';
import {
  reviewChoices,
  reviewKinds,
  reviewParts,
  reviewReasons,
  type ReviewChoice,
  type ReviewKind,
  type ReviewReason,
} from './review-codes.js';
import { coded, codingOf } from './review-coding.js';

/** A pair that a steward has to look at. */
export interface Review {
  readonly first: string;
  readonly second: string;
  readonly posterior: number;
  /** Why a pair that is a link by its weight stays apart. */
  readonly conflict?: Conflict;
}

/**
 * One thing in the steward's queue: two records that may be one person, or must not be and look like it; or one record
 * (first and second are the same) that seems to have become another person's.
 */
export interface ReviewTask extends Review {
  readonly id: string;
  readonly code: ReviewKind;
  /** `requested`: open; `on-hold`: postponed by a steward; `completed`: decided; `cancelled`: no longer in question. */
  readonly status: 'requested' | 'on-hold' | 'completed' | 'cancelled';
  /** Field by field why the two are alike, and why not. */
  readonly fields: readonly FieldReason[];
  /** ISO instant of the first version. */
  readonly authoredOn: string;
  readonly notes: readonly ReviewNote[];
  /** Of an overlay: versions of the Patient before and after. */
  readonly versions?: { readonly before: number; readonly after: number };
  /** What a steward decided here, with the Linkage that says so where there is one. */
  readonly decided?: { readonly choice: ReviewChoice; readonly linkage?: string };
}

export interface ReviewNote {
  readonly text: string;
  /** ISO instant. */
  readonly time: string;
  /** The principal's id. */
  readonly by: string;
}

/** UUID of version 5 (RFC 9562) of a pair: the pair has one Task for ever. */
export const reviewTaskId = (first: string, second: string): string =>
  namedUuid([first, second].sort().join(' '));

/** The Linkage in which a node keeps what is decided of a Task: deciding again changes it. */
export const reviewLinkageId = (task: string, nodeId: string): string => namedUuid(`${task} ${nodeId}`);

const noted = 'note：备注 adds a note; $explain：各选项此刻的具体结果 what each choice would do now';
const general = `postpone：暂缓 stays in the queue; undo：撤销决定 as if nothing had been decided; ${noted}`;
const ofPairs =
  'link：两份记录归为同一人 both records become one person; ' +
  `keep-apart：今后不再归为同一人 they are never linked; ${general}`;
const effects: Readonly<Record<ReviewKind, string>> = {
  'possible-link': ofPairs,
  conflict: ofPairs,
  overlay:
    'keep：更正无误,保留 the change is right, nothing else happens; ' +
    '若有误,由来源机构改回 if it is not, its source puts it back; ' +
    `postpone：暂缓 stays in the queue; ${noted}`,
};

/** FHIR R4 Task as JSON text, without `meta`. */
export function reviewTaskText(task: ReviewTask): string {
  const { id, code, status, first, second, posterior, conflict, fields, notes, versions, decided } = task;
  const display = reviewKinds[code];
  const reference = (patient: string): object => ({ reference: `Patient/${patient}` });
  const version = (number: number): object => reference(`${first}/_history/${String(number)}`);
  return JSON.stringify({
    resourceType: 'Task',
    id,
    status,
    intent: 'proposal',
    code: { coding: [{ system: reviewSystem, code, display }], text: display },
    description: effects[code],
    focus: reference(second),
    for: reference(first),
    authoredOn: task.authoredOn,
    ...(conflict === undefined ? {} : { reasonCode: reasonOf(conflict) }),
    ...(notes.length === 0
      ? {}
      : { note: notes.map(({ text, time, by }) => ({ authorString: by, time, text })) }),
    input: [
      { type: partOf('posterior'), valueDecimal: posterior },
      ...(versions
        ? [
            { type: partOf('before'), valueReference: version(versions.before) },
            { type: partOf('after'), valueReference: version(versions.after) },
          ]
        : []),
      ...fields.map(reasonInput),
    ],
    ...(decided ? { output: outputOf(decided) } : {}),
  });
}

const partOf = (part: keyof typeof reviewParts): object => coded(part, reviewParts[part]);

/** The code of the rule that keeps a pair apart. */
export const reasonCodeOf = (conflict: NonNullable<Review['conflict']>): ReviewReason =>
  conflict.replaceAll(' ', '-') as ReviewReason;

function reasonOf(conflict: NonNullable<Review['conflict']>): object {
  const code = reasonCodeOf(conflict);
  return coded(code, reviewReasons[code]);
}

const outputOf = ({ choice, linkage }: NonNullable<ReviewTask['decided']>): object[] => [
  { type: partOf('choice'), valueCodeableConcept: coded(choice, reviewChoices[choice]) },
  ...(linkage === undefined
    ? []
    : [{ type: partOf('decision'), valueReference: { reference: `Linkage/${linkage}` } }]),
];

/** A Task with a code of the queue, whoever wrote it and whatever else it tells. */
export function isReviewTask(body: string): boolean {
  const codings = listOf(memberOf(memberOf(JSON.parse(body), 'code'), 'coding'));
  return codings.some((coding) => textAt(coding, 'system') === reviewSystem);
}

/**
 * Of a stored Task; undefined where it is none of the steward's queue, or not as the index writes it: a peer may send
 * anything, and what is written back from it must be valid.
 */
export function readReviewTask(body: string): ReviewTask | undefined {
  const value: unknown = JSON.parse(body);
  const { system, code } = codingOf(memberOf(value, 'code'));
  if (system !== reviewSystem || !Object.hasOwn(reviewKinds, code)) return undefined;
  const reason = codingOf(memberOf(value, 'reasonCode')).code;
  const [first, second] = [patientAt(value, 'for'), patientAt(value, 'focus')];
  const [id, authoredOn] = [textAt(value, 'id'), textAt(value, 'authoredOn')];
  if (id !== reviewTaskId(first, second) || authoredOn === '') return undefined;
  const inputs = partsOf(memberOf(value, 'input'));
  const versions = { before: versionIn(inputs.get('before')), after: versionIn(inputs.get('after')) };
  const decided = decidedFrom(partsOf(memberOf(value, 'output')));
  const posterior = Number(memberOf(inputs.get('posterior'), 'valueDecimal') ?? 0);
  return {
    id,
    code: code as ReviewKind,
    status: textAt(value, 'status') as ReviewTask['status'],
    first,
    second,
    posterior: posterior >= 0 && posterior <= 1 ? posterior : 0,
    fields: reasonsFrom(memberOf(value, 'input')),
    authoredOn,
    ...(Object.hasOwn(reviewReasons, reason)
      ? { conflict: reason.replaceAll('-', ' ') as NonNullable<Review['conflict']> }
      : {}),
    notes: listOf(memberOf(value, 'note')).flatMap(notesFrom),
    ...(versions.before > 0 && versions.after > 0 ? { versions } : {}),
    ...(decided ? { decided } : {}),
  };
}

/** '' where it refers to no Patient. */
function patientAt(value: unknown, name: string): string {
  const reference = textAt(memberOf(value, name), 'reference');
  return /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1] ?? '';
}

/** The whole text, however long. */
function notesFrom(note: unknown): ReviewNote[] {
  const text = memberOf(note, 'text');
  const [time, by] = [textAt(note, 'time'), textAt(note, 'authorString')];
  return typeof text === 'string' && time !== '' && by !== '' ? [{ text, time, by }] : [];
}

/** Task.input or Task.output by the code of its type. */
const partsOf = (list: unknown): ReadonlyMap<string, unknown> =>
  new Map(listOf(list).map((part) => [codingOf(memberOf(part, 'type')).code, part]));

const versionIn = (part: unknown): number =>
  Number(/\/_history\/(\d+)$/.exec(textAt(memberOf(part, 'valueReference'), 'reference'))?.[1] ?? 0);

function decidedFrom(outputs: ReadonlyMap<string, unknown>): ReviewTask['decided'] {
  const { code } = codingOf(memberOf(outputs.get('choice'), 'valueCodeableConcept'));
  if (!Object.hasOwn(reviewChoices, code)) return undefined;
  const linkage = textAt(memberOf(outputs.get('decision'), 'valueReference'), 'reference');
  return {
    choice: code as ReviewChoice,
    ...(linkage.startsWith('Linkage/') ? { linkage: linkage.slice('Linkage/'.length) } : {}),
  };
}
