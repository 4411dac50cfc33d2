import type { ForeseenChoice, ForeseenPerson } from './foresee-choices.js';
import { reviewReasons, type ReviewChoice } from '../records/review-codes.js';
import { reasonCodeOf, type ReviewTask } from '../records/review-task.js';

/** What a choice would do, in words: Chinese, and English beside. Ids and numbers only, nothing of a record. */
export function effectText(
  { choice, refused, deferred, status, persons }: ForeseenChoice,
  { conflict }: Pick<ReviewTask, 'conflict'>,
): string {
  if (refused !== undefined) return `此刻不能选 not possible now: ${refused}`;
  const moved = persons.filter(isMoved);
  const effects = deferred
    ? [byDomain]
    : [
        ...(moved.length === 0 ? [nobody] : moved.map(personText)),
        ...(choice === 'link' && conflict !== undefined ? [overRule(conflict)] : []),
      ];
  return [
    ...effects,
    ...(meaning[choice] === undefined ? [] : [meaning[choice]]),
    ...(status === undefined ? [] : [`待办的状态 Task: ${status}`]),
  ].join('；');
}

const byDomain =
  '本节点只写下决定并上报,结果由身份域决定 this node writes it down and sends it up: the identity domain decides what becomes of it';
const nobody = 'Person 都不变 no Person changes';

const meaning: Partial<Record<ReviewChoice, string>> = {
  'keep-apart': '这两份记录今后不再归为同一人 these two records are never linked again',
  undo: '如同从未决定 as if nothing had been decided',
  postpone: '留在队列中 it stays in the queue',
  note: '只添加备注 only a note is added',
};

const overRule = (conflict: NonNullable<ReviewTask['conflict']>): string =>
  `决定高于规则 the decision stands over the rule: ${reviewReasons[reasonCodeOf(conflict)]}`;

const isMoved = ({ before, after, mergedInto }: ForeseenPerson): boolean =>
  mergedInto !== undefined || before.join() !== after.join();

const called = (id: string | undefined): string =>
  id === undefined || id === '' ? '新的 Person (a new one)' : `Person/${id}`;

const records = (count: number): string => `${String(count)} record${count === 1 ? '' : 's'}`;

function personText({ id, before, after, mergedInto }: ForeseenPerson): string {
  const name = called(id);
  const [had, has] = [before.length, after.length];
  if (mergedInto !== undefined) {
    const end = called(mergedInto);
    const chinese = `${name}(${String(had)} 份记录)并入 ${end},其 id 永远指向后者`;
    return `${chinese} ${name} (${records(had)}) becomes part of ${end}, to which its id leads for ever`;
  }
  if (has === 0) return `${name} 不再有记录,停用 ${name} has no records left and is inactive`;
  if (id === undefined) {
    return `产生一个新的 Person,有 ${String(has)} 份记录 a new Person with ${records(has)} is made`;
  }
  if (had === 0) return `${name} 恢复,有 ${String(has)} 份记录 ${name} comes back with ${records(has)}`;
  const gained = String(after.filter((patient) => !before.includes(patient)).length);
  const lost = String(before.filter((patient) => !after.includes(patient)).length);
  const chinese = `${name} 由 ${String(had)} 份记录变为 ${String(has)} 份(增 ${gained},减 ${lost})`;
  return `${chinese} ${name} has ${records(has)} instead of ${String(had)}: ${gained} added, ${lost} taken out`;
}
