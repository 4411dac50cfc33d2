/** A scalar of the schema and the environment variable that overrides it. */
interface Setting {
  readonly variable: string;
  readonly path: readonly string[];
  readonly type: 'string' | 'integer';
}

/** The part of JSON Schema that is walked for scalars. */
export interface SchemaNode {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const upperSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function settingsOf(schema: SchemaNode, path: readonly string[] = []): Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, node]) => {
    const here = [...path, name];
    if (node.properties) return settingsOf(node, here);
    if (node.type !== 'string' && node.type !== 'integer' && !node.enum) return [];
    const type = node.type === 'integer' ? 'integer' : 'string';
    return [{ variable: `RHIE_${here.map(upperSnake).join('_')}`, path: here, type } as const];
  });
}

/**
 * Lays `RHIE_…` variables over a configuration tree: `server.bodyLimitBytes` is RHIE_SERVER_BODY_LIMIT_BYTES. A
 * variable with `_FILE` behind it names a file that holds the value. Returns the faults.
 */
export function applyEnvironment(
  tree: Record<string, unknown>,
  schema: SchemaNode,
  source: { readonly env: Environment; readonly readFile: (path: string) => string },
): string[] {
  const faults: string[] = [];
  const settings = settingsOf(schema);
  for (const setting of settings) {
    const text = valueOf(setting.variable, source, faults);
    if (text === undefined) continue;
    const value = setting.type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;
    place(tree, setting.path, value);
  }
  const known = new Set(settings.flatMap(({ variable }) => [variable, `${variable}_FILE`]));
  for (const name of Object.keys(source.env)) {
    if (name.startsWith('RHIE_') && !known.has(name) && !notConfiguration.has(name)) {
      faults.push(`${name}: no such setting`);
    }
  }
  return faults;
}

/** Says where the test suite finds its data; no setting of a node. */
const notConfiguration: ReadonlySet<string> = new Set(['RHIE_SHARED_DATA', 'RHIE_TEST_CACHE']);

function valueOf(
  variable: string,
  source: { readonly env: Environment; readonly readFile: (path: string) => string },
  faults: string[],
): string | undefined {
  const direct = source.env[variable];
  if (direct !== undefined) return direct;
  const file = source.env[`${variable}_FILE`];
  if (file === undefined) return undefined;
  try {
    return source.readFile(file).trim();
  } catch {
    faults.push(`${variable}_FILE: the file can't be read`);
    return undefined;
  }
}

function place(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let branch = tree;
  for (const name of path.slice(0, -1)) {
    const next = branch[name];
    if (typeof next === 'object' && next !== null) branch = next as Record<string, unknown>;
    else branch = branch[name] = {};
  }
  branch[path[path.length - 1] ?? ''] = value;
}
