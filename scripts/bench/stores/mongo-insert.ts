// The yardstick of a load on MongoDB, as a process of its own: puts the documents of a node's store (first argument, a
// connection string) into an empty one (second argument) by mongoose's insertMany, 1,000 resources a transaction, one
// transaction at a time. Prints a RawInsert as JSON.
import type { RawInsert } from './bench-store.js';
import { insertAtOnce, openModels, type Documents, type Models } from './mongoose-models.js';

const batchResources = 1_000;

async function main([from = '', to = '']: readonly string[]): Promise<RawInsert> {
  const source = await openModels(from);
  const documents = await readAll(source);
  const bytes = await bytesOf(source);
  await source.meta.db.close();
  const target = await openModels(to);
  // Preparing it has made one.
  await target.meta.deleteMany();
  const seconds = await insert(target, documents);
  await target.meta.db.close();
  const resources = documents['resources']?.length ?? 0;
  return { name: 'bare insertMany', seconds, resources, bytes };
}

async function readAll(models: Models): Promise<Documents> {
  const read = Object.entries(models).map(
    async ([name, model]) => [name, await model.find().sort({ _id: 1 }).lean()] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** Documents and indexes, as the server counts them. */
async function bytesOf({ meta }: Models): Promise<number> {
  const stats = await meta.db.db?.stats();
  return Number(stats?.['dataSize']) + Number(stats?.['indexSize']);
}

/** Each collection in as many parts as there are transactions. */
async function insert(models: Models, documents: Documents): Promise<number> {
  const parts = Math.ceil((documents['resources']?.length ?? 0) / batchResources);
  const started = performance.now();
  for (let part = 0; part < parts; part++) {
    const slices = Object.entries(documents).map(([name, docs]) => {
      const at = (place: number): number => Math.ceil((docs.length * place) / parts);
      return [name, docs.slice(at(part), at(part + 1))] as const;
    });
    await insertAtOnce(models, Object.fromEntries(slices));
  }
  return (performance.now() - started) / 1000;
}

process.stdout.write(`${JSON.stringify(await main(process.argv.slice(2)))}\n`);
