/** SMART App Launch 2.0 scope, `system/Observation.rs` (https://hl7.org/fhir/smart-app-launch/STU2/scopes-and-launch-context.html). */
export interface Scope {
  readonly context: 'system' | 'user' | 'patient';
  /** Resource type or `*`. */
  readonly type: string;
  readonly permissions: ReadonlySet<Permission>;
}

export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

const pattern = /^(system|user|patient)\/(\*|[A-Z][A-Za-z]+)\.(c?r?u?d?s?)$/;

/** Reads one scope; undefined where it is none of SMART v2 (the letters stand in the order `cruds`, at least one). */
export function parseScope(text: string): Scope | undefined {
  const match = pattern.exec(text);
  const letters = match?.[3];
  if (!match || !letters) return undefined;
  return {
    context: match[1] as Scope['context'],
    type: match[2] ?? '*',
    permissions: new Set([...letters] as Permission[]),
  };
}

export const formatScope = (scope: Scope): string =>
  `${scope.context}/${scope.type}.${[...scope.permissions].join('')}`;

/** What of `asked` the registered scopes allow, narrowed letter by letter. */
export function grantScopes(asked: readonly Scope[], registered: readonly Scope[]): Scope[] {
  const granted: Scope[] = [];
  for (const wish of asked) {
    for (const own of registered) {
      if (own.context !== wish.context) continue;
      if (own.type !== '*' && wish.type !== '*' && own.type !== wish.type) continue;
      const permissions = new Set([...wish.permissions].filter((letter) => own.permissions.has(letter)));
      if (permissions.size > 0) {
        granted.push({ context: wish.context, type: wish.type === '*' ? own.type : wish.type, permissions });
      }
    }
  }
  return granted;
}
