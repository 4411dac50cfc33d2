import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Command, Option } from 'commander';

import { chineseCase } from './mpi/chinese-case.js';
import { type FebrlFields } from './mpi/febrl.js';
import { febrlCase, febrlGates, type GatedCase } from './mpi/febrl-cases.js';
import { reportRun } from './mpi/matching-report.js';
import { runMatching } from './mpi/run-matching.js';

interface CheckOptions {
  readonly data: string;
  readonly dedupe?: string;
  readonly link?: boolean;
  readonly fields: FebrlFields;
}

/** Size of the generated population. */
const people = 20_000;

const program = new Command('npm run check-mpi --')
  .description(
    'Matches record sets with known truth, without labels and by one fixed threshold, and compares the answer with the truth. Without --dedupe and --link: the public sets and a generated Chinese population, with exit code 1 where one is below its floor.',
  )
  .option('--data <folder>', 'the FEBRL files', join('..', 'shared', 'data', 'febrl'))
  .option('--dedupe <file>', 'instead: find the duplicates within a file in FEBRL’s columns')
  .option('--link', 'instead: link the two files that are named')
  .addOption(
    new Option(
      '--fields <selection>',
      'what --dedupe and --link compare: all but the number, or names and birth date',
    )
      .choices(['all', 'names,birthdate'])
      .default('all'),
  )
  .argument('[files...]', 'the two files of --link');

function main(): void {
  const options = program.parse().opts<CheckOptions>();
  const cases = casesOf(options, program.args);
  let kept = true;
  for (const { matching, floors } of cases) {
    const report = reportRun(runMatching(matching), floors);
    console.log(`${report.text}\n`);
    kept &&= report.kept;
  }
  if (!kept) process.exitCode = 1;
}

function casesOf(options: CheckOptions, files: readonly string[]): Iterable<GatedCase> {
  if (options.dedupe !== undefined)
    return [{ matching: febrlCase([options.dedupe], options.fields), floors: {} }];
  if (options.link) {
    if (files.length !== 2) program.error('--link takes two files');
    return [{ matching: febrlCase(files, options.fields), floors: {} }];
  }
  if (!existsSync(options.data))
    program.error(`no FEBRL files in ${options.data}; --data names their folder`);
  return everyGate(options.data);
}

function* everyGate(folder: string): Generator<GatedCase> {
  yield* febrlGates(folder);
  yield chineseCase(people);
}

main();
