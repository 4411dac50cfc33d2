import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

import house from './scripts/lint/house-rules.mjs';

const nodeGlobals = Object.fromEntries(
  ['process', 'console', 'URL', 'Buffer', 'setTimeout', 'clearTimeout', 'fetch', 'AbortSignal'].map(
    (name) => [name, 'readonly'],
  ),
);

/** The house rules by place; test/unit/house-rules.test.ts holds them against examples. */
export const houseRules = [
  {
    plugins: { house },
    rules: { 'house/explained-silence': 'error', 'house/file-length': 'error' },
  },
  { files: ['src/**/*.ts'], ignores: ['src/config/**'], rules: { 'house/environment': 'error' } },
  { files: ['src/**/*.ts'], ignores: ['src/main.ts', 'src/cli/**'], rules: { 'house/output': 'error' } },
  { files: ['src/**/*.ts'], rules: { 'house/quiet-logs': 'error' } },
  // A port's promise may be kept at once.
  { files: ['src/adapters/**/*.ts'], rules: { '@typescript-eslint/require-await': 'off' } },
  { files: ['src/ports/**/*.ts'], rules: { 'house/neutral-ports': 'error' } },
  {
    files: ['src/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true, IIFEs: true }],
      'max-params': ['error', 3],
    },
  },
  { files: ['test/**/*.ts'], rules: { 'house/whole-suite': 'error' } },
];

export default defineConfig(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '**/generated/**', 'test/fixtures/**'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // Interfaces are implemented by closures: there is no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Chai's property assertions are expressions, and a test looks into answers whose shape it is about to prove.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], languageOptions: { globals: nodeGlobals } },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  houseRules,
);
