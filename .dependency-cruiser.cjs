// The layer rules: who may import whom, which package enters by which door, in which order the domain's modules build
// on each other. `npm run check-layers` runs them and names the rule that an import breaks. Type-only imports count
// as imports, unless a rule says that types alone are allowed.

/**
 * For each folder of src/: what of ours it may import beside itself, and what as a type only.
 * A folder that stands in no row may not exist in src/ (rule `known-folder`).
 */
const layers = {
  fhir: {
    may: [],
    types: [],
    why: 'FHIR knowledge is pure: it builds on nothing of ours, so everything may use it.',
  },
  ports: {
    may: ['fhir'],
    types: [],
    why: 'A port is an interface and its data types; it must not know who implements it.',
  },
  validation: {
    may: ['fhir'],
    types: [],
    why: 'Validation is resource in, issues out: no store, no network, no caller.',
  },
  config: { may: [], types: ['ports'], why: 'Configuration is read before anything else exists.' },
  auth: {
    may: ['fhir', 'ports'],
    types: [],
    why: 'Sign-in decides who calls; it must not know what is asked for.',
  },
  domain: {
    may: ['fhir', 'ports', 'validation'],
    types: ['auth'],
    why: 'The rules of the field speak to the world through ports, and know callers only as a Principal type.',
  },
  adapters: {
    may: ['ports', 'fhir'],
    types: [],
    why: 'An adapter implements a port; one that reached into domain, http or auth could not be exchanged.',
  },
  threads: {
    may: ['ports', 'fhir', 'validation'],
    types: [],
    why: 'A worker thread loads this folder; what it imports is paid for in memory again.',
  },
  http: {
    may: ['domain', 'auth', 'validation', 'fhir'],
    types: ['ports'],
    why: 'HTTP translates; it gets its stores and peers from main, never from an adapter.',
  },
  jobs: {
    may: ['domain', 'auth', 'validation', 'fhir'],
    types: ['ports'],
    why: 'A job gets its stores and peers from main, never from an adapter.',
  },
  web: {
    may: [],
    types: ['fhir'],
    why: "Browser code speaks the HTTP API only; it may share the server's FHIR types.",
  },
};

/** Files that stand in src/ itself, and the command line; nobody imports main and cli. */
const appMay = ['http', 'domain', 'auth'];

/** A module of src/domain may use those before it in this list. */
const modules = [
  'audit',
  'records',
  'workflow',
  'mpi',
  'exchange',
  'referral',
  'internet-hospital',
  'monitoring',
];

/** One package, one door: the only places that may import it. */
const doors = {
  express: ['src/http/', 'src/app.ts'],
  jsonwebtoken: ['src/auth/'],
  ajv: ['src/validation/', 'src/config/'],
  mongoose: ['src/adapters/mongo/'],
  '@photostructure/sqlite': ['src/adapters/sqlite/'],
  'fhir-kit-client': ['src/adapters/peer/'],
  'pinyin-pro': ['src/domain/mpi/identity/'],
  'opencc-js': ['src/domain/mpi/identity/'],
  'cnchar-order': ['src/domain/mpi/identity/'],
};

const anyOf = (names) => `(?:${names.join('|')})`;
const escape = (text) => text.replace(/[.+*?^$(){}|[\]\\/]/g, '\\$&');

const layerRules = Object.entries(layers).flatMap(([folder, { may, types, why }]) => {
  const own = [folder, ...may];
  const rules = [
    {
      name: `${folder}-imports`,
      comment: `src/${folder} may import ${own.concat(types.map((name) => `${name} (types)`)).join(', ')}. ${why}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/${anyOf([...own, ...types])}/` },
    },
  ];
  if (types.length > 0) {
    rules.push({
      name: `${folder}-types-only`,
      comment: `src/${folder} may import types of ${types.join(', ')}, and no values. ${why}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: `^src/${anyOf(types)}/`, dependencyTypesNot: ['type-only'] },
    });
  }
  return rules;
});

const moduleRules = modules.map((module, place) => ({
  name: `domain-order-${module}`,
  comment: `The module ${module} may use ${modules.slice(0, place).join(', ') || 'no other module'}: a lower module never knows a higher one; what it offers is registered in main.`,
  severity: 'error',
  from: { path: `^src/domain/${module}/` },
  to: { path: '^src/domain/', pathNot: `^src/domain/${anyOf(modules.slice(0, place + 1))}/` },
}));

/** How an import of a package looks: resolved, by its types, or by its bare name where it is not installed. */
const packagePaths = (name) => [
  `node_modules/${name}/`,
  `node_modules/@types/${name}/`,
  `^${name}$`,
  `^@types/${name}$`,
];

const doorRules = Object.entries(doors).map(([name, places]) => ({
  name: `one-door-${name.replace(/^@/, '').replace('/', '-')}`,
  comment: `${name} is imported in ${places.join(' and ')} only, so that exchanging it touches one place.`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^${anyOf(places.map(escape))}` },
  to: { path: packagePaths(name) },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Files that import each other in a circle can only be understood, loaded and tested all at once.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment:
        'An import that leads nowhere (builtin modules and the types of FHIR R4 aside, which are not looked up).',
      severity: 'error',
      from: {},
      to: {
        couldNotResolve: true,
        pathNot: ['^node:', '^fhir/r4', ...Object.keys(doors).flatMap(packagePaths)],
      },
    },
    {
      name: 'runtime-packages',
      comment:
        'What src/ imports at run time stands under dependencies in package.json; types may come from devDependencies.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'known-folder',
      comment: `Every folder of src/ has its row in the layer table: ${Object.keys(layers).join(', ')}, cli.`,
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${anyOf([...Object.keys(layers), 'cli'])}/` },
      to: {},
    },
    ...layerRules,
    {
      name: 'app-imports',
      comment: 'src/app.ts puts the HTTP application together; adapters and jobs come from main.',
      severity: 'error',
      from: { path: '^src/app\\.ts$' },
      to: { path: '^src/', pathNot: `^src/${anyOf(appMay)}/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-main',
      comment:
        'main and the command line are where everything is put together; what they share belongs into a layer.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:cli/|main\\.ts$)' },
      to: { path: '^src/(?:cli/|main\\.ts$)' },
    },
    ...moduleRules,
    {
      name: 'domain-door',
      comment: 'What a domain module offers is what its index.ts exports; its other files are its own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/domain/' },
      to: { path: '^src/domain/[^/]+/', pathNot: '^src/domain/[^/]+/index\\.ts$' },
    },
    {
      name: 'domain-door-between-modules',
      comment: 'A domain module reaches another one through its index.ts only.',
      severity: 'error',
      from: { path: '^src/domain/([^/]+)/' },
      to: { path: '^src/domain/', pathNot: ['^src/domain/$1/', '^src/domain/[^/]+/index\\.ts$'] },
    },
    ...doorRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
