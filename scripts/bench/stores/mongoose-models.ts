import mongoose, { Schema, type Model } from 'mongoose';

import { collectionsOf, type Collections } from '../../../src/adapters/mongo/schema.js';

/** As it lies in a collection. */
export type Doc = Readonly<Record<string, unknown>>;

/** Some documents of some collections. */
export type Documents = Readonly<Record<string, readonly Doc[]>>;

export type Models = Readonly<Record<keyof Collections, Model<Doc>>>;

const schema = new Schema<Doc>({ _id: Schema.Types.Mixed }, { strict: false, versionKey: false });

/** A bare mongoose connection with its defaults, a model a collection. */
export async function openModels(url: string): Promise<Models> {
  const connection = await mongoose.createConnection(url).asPromise();
  const models = Object.keys(collectionsOf(connection)).map((name) => [
    name,
    connection.model<Doc>(name, schema, name),
  ]);
  return Object.fromEntries(models) as Models;
}

/** One transaction, durable on a majority, a statement a collection. Casts and validates nothing. */
export async function insertAtOnce(models: Models, documents: Documents): Promise<void> {
  const session = await models.meta.db.startSession();
  try {
    await session.withTransaction(
      async () => {
        for (const [name, docs] of Object.entries(documents)) {
          if (docs.length > 0) {
            await models[name as keyof Models].insertMany(docs, { session, lean: true });
          }
        }
      },
      { writeConcern: { w: 'majority', journal: true } },
    );
  } finally {
    await session.endSession();
  }
}
