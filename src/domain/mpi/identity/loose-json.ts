// Patients of other nodes may be of any shape: what is read here never throws.

const longest = 400;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of an object; undefined of anything else. */
export const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) ? value[name] : undefined;

/** A string, cut at 400 characters; the empty string for anything else. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, longest) : '');

/** A list, or the empty one. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A string member. */
export const textAt = (value: unknown, name: string): string => textOf(memberOf(value, name));
