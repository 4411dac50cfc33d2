// The yardstick of reads and creates on MongoDB, as a process of its own: mongoose with its defaults. Sends its name to
// the process that started it, then does a turn for each message and sends the result.
import { repeat, type Turn } from '../tally.js';
import { documentsOfCreates, renumbered } from './created-documents.js';
import { insertAtOnce, openModels } from './mongoose-models.js';

interface Work {
  readonly name: string;
  readonly once: () => Promise<unknown>;
}

const works: Readonly<Record<string, (args: readonly string[]) => Promise<Work>>> = { find, create };

/** Finds the version of each key in turn: connection string, keys as JSON. */
async function find([url = '', keys = '[]']: readonly string[]): Promise<Work> {
  const { versions } = await openModels(url);
  const asked = JSON.parse(keys) as string[];
  let next = 0;
  return {
    name: 'bare mongoose find',
    async once() {
      const key = asked[next++ % asked.length];
      if (!(await versions.findOne({ key }).lean())) throw new Error('a version was not found');
    },
  };
}

/** Inserts what creates have written into an empty store, a transaction each: connection strings of both. */
async function create([from = '', to = '']: readonly string[]): Promise<Work> {
  const written = await documentsOfCreates(from);
  const models = await openModels(to);
  const total = written.reduce((sum, documents) => sum + Object.values(documents).flat().length, 0);
  let next = 0;
  return {
    name: `bare transactions of ${(total / written.length).toFixed(1)} documents`,
    async once() {
      const number = ++next;
      const documents = renumbered(written[number % written.length] ?? {}, number);
      await insertAtOnce(models, documents);
    },
  };
}

const [name = '', ...args] = process.argv.slice(2);
const work = await works[name]?.(args);
if (!work) throw new Error(`no such work: ${name}`);
process.on('message', (turn: Turn) => {
  // What is rejected ends the process.
  void repeat(work.once, turn).then((result) => process.send?.(result));
});
process.send?.(work.name);
