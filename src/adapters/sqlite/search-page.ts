import type { PagePlace } from '../../fhir/page-cursor.js';
import type { SqlValue } from './driver.js';
import type { SearchPlan } from './search-plan.js';
import { join, type Sql } from './search-predicate.js';

/*
 * The statements of a page. A page is read in stretches: with a date sort first the resources that have the date, then
 * those without; each stretch goes on after the cursor's place by comparing the sort key, never by an offset.
 * Statements give id, body, rid and, where there is one, the sort value: a page is read often, and each column more
 * costs it. In the place of a body above the statement's bound stands its sequence, so that one large resource after the
 * other can be fetched as long as there is room for it.
 */

interface Stretch {
  /** Tables `r` and, where the key lies there, `s`; the driving one first. */
  readonly from: string;
  readonly fromValues: readonly SqlValue[];
  readonly where: readonly Sql[];
  /** The sort value, undefined where the order is that of arrival. */
  readonly key?: string;
  readonly order: string;
  /** A resource may stand in the index several times. */
  readonly grouped?: true;
}

/** Each takes the bound of bodies before and the limit behind its values; the next is asked where it gave fewer rows. */
export function pageStatements(plan: SearchPlan, after: PagePlace | undefined): Sql[] {
  return stretches(plan, after).map(({ from, fromValues, where, key, order, grouped }) => {
    const conditions = join(plan.filter ? [...where, { ...plan.filter }] : where, ' AND ');
    return {
      text: `SELECT r.id, iif(octet_length(v.body) <= ?, v.body, v.seq), r.rid${key === undefined ? '' : `, ${key}`} FROM ${from} CROSS JOIN version v ON v.seq = r.seq
        WHERE ${conditions.text}${grouped ? ' GROUP BY d.rid' : ''} ORDER BY ${order} LIMIT ?`,
      values: [...fromValues, ...conditions.values],
    };
  });
}

export function countStatement(plan: SearchPlan): Sql {
  const { draw, filter, searched } = plan;
  if (draw.from === 'nowhere') return { text: 'SELECT 0', values: [] };
  if (draw.from === 'type') {
    const where = join([live(searched.type), ...(filter ? [filter] : [])], ' AND ');
    return { text: `SELECT count(*) FROM resource r WHERE ${where.text}`, values: where.values };
  }
  const { rids } = draw.source;
  const distinct = `(SELECT DISTINCT rid FROM (${rids.text}))`;
  if (!filter) return { text: `SELECT count(*) FROM ${distinct}`, values: rids.values };
  return {
    text: `SELECT count(*) FROM ${distinct} d CROSS JOIN resource r ON r.rid = d.rid WHERE ${filter.text}`,
    values: [...rids.values, ...filter.values],
  };
}

const live = (type: number): Sql => ({ text: 'r.type = ? AND r.deleted = 0', values: [type] });

function stretches(plan: SearchPlan, after: PagePlace | undefined): Stretch[] {
  switch (plan.draw.from) {
    case 'nowhere':
      return [];
    case 'ordered': {
      const { table, where } = plan.draw.source.ordered;
      const { condition, order } = arrival('d.rid', plan, after);
      return [
        {
          from: `${table} d CROSS JOIN resource r ON r.rid = d.rid`,
          fromValues: [],
          where: [where, ...condition],
          order,
          grouped: true,
        },
      ];
    }
    case 'list': {
      const { rids } = plan.draw.source;
      const listed: Sql = { text: `r.rid IN (${rids.text})`, values: rids.values };
      const { condition, order } = arrival('r.rid', plan, after);
      return [
        {
          from: 'resource r INDEXED BY resource_by_arrival',
          fromValues: [],
          where: [live(plan.searched.type), listed, ...condition],
          order,
        },
      ];
    }
    case 'few':
    case 'type':
      return sorted(plan, after);
  }
}

function arrival(column: string, { sort }: SearchPlan, after: PagePlace | undefined) {
  const operator = sort.descending ? '<' : '>';
  const condition: Sql[] = after ? [{ text: `${column} ${operator} ?`, values: [after.row] }] : [];
  return { condition, order: `${column}${sort.descending ? ' DESC' : ''}` };
}

function sorted(plan: SearchPlan, after: PagePlace | undefined): Stretch[] {
  const { sort } = plan;
  const base = (index: string): Pick<Stretch, 'from' | 'fromValues'> => drawn(plan, index);
  const all = live(plan.searched.type);
  switch (sort.by) {
    case 'first-arrival': {
      const { condition, order } = arrival('r.rid', plan, after);
      return [{ ...base('resource_by_arrival'), where: [all, ...condition], order }];
    }
    case 'id': {
      const where = [all, ...beyond('r.id', plan, after)];
      return [{ ...base('resource_by_id'), where, key: 'r.id', order: direction('r.id', plan) }];
    }
    case 'last-updated': {
      const key = 'r.last_updated';
      const where = [all, ...beyond(key, plan, after)];
      return [{ ...base('resource_by_update'), where, key, order: `${direction(key, plan)}, r.rid` }];
    }
    case 'date':
      return byDate(plan, sort.code, after);
  }
}

const direction = (column: string, { sort }: SearchPlan): string =>
  `${column}${sort.descending ? ' DESC' : ''}`;

/** After a sort value, or at it and after a resource. The first comparison is what an index can follow. */
function beyond(column: string, { sort }: SearchPlan, after: PagePlace | undefined): Sql[] {
  if (!after) return [];
  const operator = sort.descending ? '<' : '>';
  return [
    {
      text: `${column} ${operator}= ? AND (${column} ${operator} ? OR r.rid > ?)`,
      values: [after.value, after.value, after.row],
    },
  ];
}

function drawn({ draw }: SearchPlan, index: string): Pick<Stretch, 'from' | 'fromValues'> {
  if (draw.from !== 'few') return { from: `resource r INDEXED BY ${index}`, fromValues: [] };
  const { rids } = draw.source;
  return {
    from: `(SELECT DISTINCT rid FROM (${rids.text})) d CROSS JOIN resource r ON r.rid = d.rid`,
    fromValues: rids.values,
  };
}

function byDate(plan: SearchPlan, code: string, after: PagePlace | undefined): Stretch[] {
  const { draw, searched, sort } = plan;
  const param = searched.names.param(searched.type, code);
  const all = live(searched.type);
  const withoutKey: Sql[] =
    param === undefined
      ? []
      : [
          {
            text: 'NOT EXISTS (SELECT 1 FROM date_index n WHERE n.param = ? AND n.rid = r.rid)',
            values: [param],
          },
        ];
  const last: Sql[] = after?.value === null ? [{ text: 'r.rid > ?', values: [after.row] }] : [];
  const without: Stretch = {
    ...drawn(plan, 'resource_by_arrival'),
    where: [all, ...withoutKey, ...last],
    order: 'r.rid',
  };
  if (param === undefined || after?.value === null) return [without];
  const key = sort.descending ? 's.high' : 's.low';
  const ofParam: Sql = {
    text: `s.param = ? AND s.${sort.descending ? 'last' : 'first'} = 1`,
    values: [param],
  };
  const order = `${direction(key, plan)}, s.rid`;
  // Of few resources the dates are looked up one by one: the sign keeps the planner from the order of the dates.
  const where = [all, ofParam, ...beyond(draw.from === 'few' ? `+${key}` : key, plan, after)];
  const few = drawn(plan, '');
  const index = sort.descending ? 'date_by_high' : 'date_by_low';
  const withKey =
    draw.from === 'few'
      ? { ...few, from: `${few.from} CROSS JOIN date_index s ON s.rid = r.rid` }
      : { ...few, from: `date_index s INDEXED BY ${index} CROSS JOIN resource r ON r.rid = s.rid` };
  return [{ ...withKey, where, key, order }, without];
}
