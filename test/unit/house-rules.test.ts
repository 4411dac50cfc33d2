import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';
import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';

import { projectRoot } from '../support/project-root.js';

interface Case {
  readonly file: string;
  readonly code: string;
}

const broken: Readonly<Record<string, readonly Case[]>> = {
  'house/environment': [
    { file: 'src/http/a.ts', code: 'export const port = process.env.PORT;\n' },
    { file: 'src/main.ts', code: "import { env } from 'node:process';\nexport const port = env['PORT'];\n" },
  ],
  'house/output': [
    { file: 'src/domain/records/a.ts', code: "console.log('here');\n" },
    { file: 'src/http/a.ts', code: "process.stderr.write('here');\n" },
  ],
  'house/neutral-ports': [
    { file: 'src/ports/a.ts', code: '/** Only for SQLite. */\nexport interface A {}\n' },
    { file: 'src/ports/a.ts', code: 'export interface A { mongoSession: unknown }\n' },
  ],
  'house/quiet-logs': [
    { file: 'src/http/a.ts', code: "deps.logger.warn({ url: request.url }, 'refused');\n" },
    { file: 'src/http/a.ts', code: "log.info({ 'body': 1, route }, 'in');\n" },
    { file: 'src/http/a.ts', code: "logger.error({ identifier }, 'no');\n" },
  ],
  'house/file-length': [{ file: 'scripts/a.ts', code: 'export {};\n'.repeat(401) }],
  'house/explained-silence': [
    { file: 'test/unit/a.ts', code: '// eslint-disable-next-line no-empty\nexport {};\n' },
    { file: 'src/http/a.ts', code: '// @ts-expect-error\nexport {};\n' },
  ],
  'house/whole-suite': [{ file: 'test/unit/a.ts', code: "describe.only('a', () => undefined);\n" }],
  'max-lines-per-function': [
    { file: 'src/http/a.ts', code: `export function a() {\n${'  a();\n'.repeat(60)}}\n` },
  ],
  'max-params': [{ file: 'src/http/a.ts', code: 'export const a = (b, c, d, e) => [b, c, d, e];\n' }],
};

const kept: readonly Case[] = [
  { file: 'src/config/environment.ts', code: 'export const port = process.env.PORT;\n' },
  { file: 'src/cli/load.ts', code: "process.stdout.write('done');\nconsole.log('done');\n" },
  { file: 'src/adapters/sqlite/a.ts', code: "export const driver = 'sqlite';\n" },
  { file: 'src/http/a.ts', code: "deps.logger.warn({ route, status, requestId }, 'refused');\n" },
  { file: 'src/http/a.ts', code: "menu.info({ body }, 'not a log');\n" },
  { file: 'src/http/a.ts', code: `// A table of data: error texts.\n${'export {};\n'.repeat(500)}` },
  {
    file: 'src/http/a.ts',
    code: '// eslint-disable-next-line no-empty -- the catch is the point\nexport {};\n',
  },
  { file: 'test/unit/a.ts', code: "describe('a', () => undefined);\nset.only('b');\n" },
];

describe('house rules', () => {
  let lint: (example: Case) => Promise<string[]>;

  before(async () => {
    const file = pathToFileURL(join(projectRoot, 'eslint.config.js')).href;
    const { houseRules } = (await import(file)) as { houseRules: Linter.Config[] };
    const eslint = new ESLint({
      cwd: projectRoot,
      overrideConfigFile: true,
      overrideConfig: [
        { linterOptions: { reportUnusedDisableDirectives: 'off' } },
        { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } },
        ...houseRules,
      ],
    });
    lint = async ({ file, code }) => {
      const [result] = await eslint.lintText(code, { filePath: join(projectRoot, file) });
      return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
    };
  });

  for (const [rule, cases] of Object.entries(broken)) {
    for (const example of cases) {
      it(`${rule} refuses ${JSON.stringify(example.code.slice(0, 50))} in ${example.file}`, async () => {
        expect(await lint(example)).to.deep.equal([rule]);
      });
    }
  }
  for (const example of kept) {
    it(`lets ${JSON.stringify(example.code.slice(0, 50))} stand in ${example.file}`, async () => {
      expect(await lint(example)).to.deep.equal([]);
    });
  }
});
