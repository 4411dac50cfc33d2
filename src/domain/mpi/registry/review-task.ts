import { createHash } from 'node:crypto';

import { listOf, memberOf, textAt } from '../identity/loose-json.js';
import type { Review } from './cluster-group.js';
import { reviewSystem } from './names.js';

/** One thing in the steward's queue: two records that may be one person, or must not be and look like it. */
export interface ReviewTask extends Review {
  readonly id: string;
  readonly code: 'possible-link' | 'conflict';
  /** `requested`: open; `on-hold`: postponed by a steward; `completed`: decided; `cancelled`: no longer in question. */
  readonly status: 'requested' | 'on-hold' | 'completed' | 'cancelled';
  /** ISO instant of the first version. */
  readonly authoredOn: string;
  readonly notes: readonly { readonly text: string; readonly time: string; readonly by: string }[];
}

/** UUID of version 5 (RFC 9562) of a pair: the pair has one Task for ever. */
export function reviewTaskId(first: string, second: string): string {
  const digest = createHash('sha1').update(namespace).update([first, second].sort().join(' ')).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Drawn once for these ids. */
const namespace = Buffer.from('5d4c1f0e9a3b4c6d8e7f102132435465', 'hex');

const displays = {
  'possible-link': '可能是同一人 possible link',
  conflict: '相似但有矛盾 conflict',
} as const;

const effects =
  'link：两份记录归为同一人 both records become one person; ' +
  'keep-apart：今后不再归为同一人 they are never linked; postpone：暂缓 stays in the queue; note：备注 adds a note';

/** FHIR R4 Task as JSON text, without `meta`. */
export function reviewTaskText(task: ReviewTask): string {
  const reference = (patient: string): object => ({ reference: `Patient/${patient}` });
  const display = displays[task.code];
  return JSON.stringify({
    resourceType: 'Task',
    id: task.id,
    status: task.status,
    intent: 'proposal',
    code: { coding: [{ system: reviewSystem, code: task.code, display }], text: display },
    description: effects,
    focus: reference(task.second),
    for: reference(task.first),
    authoredOn: task.authoredOn,
    ...(task.conflict === undefined
      ? {}
      : { reasonCode: { coding: [{ system: reviewSystem, code: codeOf(task.conflict) }] } }),
    ...(task.notes.length === 0
      ? {}
      : { note: task.notes.map(({ text, time, by }) => ({ authorString: by, time, text })) }),
    input: [{ type: { text: 'posterior' }, valueDecimal: task.posterior }],
  });
}

const codeOf = (conflict: NonNullable<Review['conflict']>): string => conflict.replaceAll(' ', '-');

/** Of a stored Task; undefined where it is none of the steward's queue. */
export function readReviewTask(body: string): ReviewTask | undefined {
  const value: unknown = JSON.parse(body);
  const coding = listOf(memberOf(memberOf(value, 'code'), 'coding'))[0];
  const code = textAt(coding, 'code');
  if (textAt(coding, 'system') !== reviewSystem || (code !== 'possible-link' && code !== 'conflict'))
    return undefined;
  const status = textAt(value, 'status') as ReviewTask['status'];
  const reason = textAt(listOf(memberOf(memberOf(value, 'reasonCode'), 'coding'))[0], 'code');
  const patientAt = (name: string): string =>
    textAt(memberOf(value, name), 'reference').slice('Patient/'.length);
  return {
    id: textAt(value, 'id'),
    code,
    status,
    first: patientAt('for'),
    second: patientAt('focus'),
    posterior: Number(memberOf(listOf(memberOf(value, 'input'))[0], 'valueDecimal') ?? 0),
    authoredOn: textAt(value, 'authoredOn'),
    ...(reason === '' ? {} : { conflict: reason.replaceAll('-', ' ') as NonNullable<Review['conflict']> }),
    notes: listOf(memberOf(value, 'note')).map((note) => ({
      text: textAt(note, 'text'),
      time: textAt(note, 'time'),
      by: textAt(note, 'authorString'),
    })),
  };
}
