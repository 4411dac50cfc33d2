declare const validated: unique symbol;

/**
 * A resource that passed both stages of validation; only validate-resource.ts makes one. `value` is the parsed form of
 * `text`, compact JSON as it will be stored.
 */
export interface ValidResource {
  readonly [validated]: true;
  readonly type: string;
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}
