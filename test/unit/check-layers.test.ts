import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { projectRoot } from '../support/project-root.js';

const sound: Readonly<Record<string, string>> = {
  'src/main.ts':
    "import './adapters/sqlite/open.js';\nimport './domain/records/index.js';\nimport './app.js';\n",
  'src/app.ts': "import './http/router.js';\n",
  'src/fhir/key.ts': 'export const key = 1;\nexport type Key = number;\n',
  'src/ports/store.ts':
    "import type { Key } from '../fhir/key.js';\nexport type Store = Key;\nexport const open = 1;\n",
  'src/auth/principal.ts': 'export type Principal = string;\nexport const sign = 1;\n',
  'src/adapters/sqlite/open.ts':
    "import type { Store } from '../../ports/store.js';\nexport const store: Store = 1;\n",
  'src/domain/audit/index.ts':
    "import type { Principal } from '../../auth/principal.js';\nexport const who: Principal = '';\n",
  'src/domain/records/index.ts': "import { who } from '../audit/index.js';\nexport { who };\n",
  'src/domain/records/inner.ts': 'export const inner = 1;\n',
  'src/http/router.ts':
    "import type { Store } from '../ports/store.js';\nimport { who } from '../domain/records/index.js';\nexport const a: [Store, string] = [1, who];\n",
};

/** For each rule a file in that folder that breaks it. */
const broken: readonly (readonly [rule: string, folder: string, code: string])[] = [
  ['fhir-imports', 'src/fhir', "import type { Store } from '../ports/store.js';\nexport type A = Store;\n"],
  [
    'ports-imports',
    'src/ports',
    "import type { Principal } from '../auth/principal.js';\nexport type A = Principal;\n",
  ],
  [
    'adapters-imports',
    'src/adapters/sqlite',
    "import { who } from '../../domain/audit/index.js';\nexport { who };\n",
  ],
  ['http-imports', 'src/http', "import { store } from '../adapters/sqlite/open.js';\nexport { store };\n"],
  ['http-types-only', 'src/http', "import { open } from '../ports/store.js';\nexport { open };\n"],
  [
    'domain-types-only',
    'src/domain/records',
    "import { sign } from '../../auth/principal.js';\nexport { sign };\n",
  ],
  ['domain-order-audit', 'src/domain/audit', "import { who } from '../records/index.js';\nexport { who };\n"],
  ['domain-door', 'src/http', "import { inner } from '../domain/records/inner.js';\nexport { inner };\n"],
  [
    'domain-door-between-modules',
    'src/domain/exchange',
    "import { inner } from '../records/inner.js';\nexport { inner };\n",
  ],
  ['one-door-express', 'src/domain/records', "import express from 'express';\nexport const a = express;\n"],
  [
    'one-door-photostructure-sqlite',
    'src/domain/records',
    "import type { DatabaseSync } from '@photostructure/sqlite';\nexport type A = DatabaseSync;\n",
  ],
  ['no-cycles', 'src/fhir', "import type { B } from './cycle-end.js';\nexport type Key = B;\n"],
  ['nobody-imports-main', 'src/http', "import '../main.js';\n"],
  ['known-folder', 'src/utils', "import { key } from '../fhir/key.js';\nexport { key };\n"],
  ['resolvable', 'src/fhir', "import './nowhere.js';\n"],
];

describe('check-layers', function () {
  this.timeout(60_000);
  const folders: string[] = [];
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  function tree(files: Readonly<Record<string, string>>): string {
    const root = mkdtempSync(join(tmpdir(), 'layers-'));
    folders.push(root);
    for (const [file, code] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), code);
    }
    return root;
  }

  function check(root: string): { status: number | null; said: string } {
    const script = join(projectRoot, 'scripts/check-layers.mjs');
    const run = spawnSync(process.execPath, [script, '--root', root], { encoding: 'utf8' });
    return { status: run.status, said: run.stderr + run.stdout };
  }

  it('lets a tree stand that keeps the rules', () => {
    const { status, said } = check(tree(sound));
    expect(status, said).to.equal(0);
  });

  describe('on a tree with a breach of each rule', () => {
    let status: number | null;
    let breaches: Map<string, string>;

    before(() => {
      const bad = broken.map(([rule, folder, code]) => [`${folder}/${rule}.ts`, code] as const);
      const cycleEnd = "import type { Key } from './no-cycles.js';\nexport type B = Key;\n";
      const result = check(tree({ ...sound, 'src/fhir/cycle-end.ts': cycleEnd, ...Object.fromEntries(bad) }));
      status = result.status;
      breaches = new Map(
        result.said.split(/\n\n+/).map((block) => [/^\s*([a-z-]+): /.exec(block)?.[1] ?? '', block]),
      );
    });

    it('exits with 1', () => expect(status).to.equal(1));

    for (const [rule, folder] of broken) {
      it(`names ${rule} and the import that breaks it`, () => {
        expect(breaches.get(rule)).to.include(`${folder}/${rule}.ts -> `);
      });
    }
  });
});
