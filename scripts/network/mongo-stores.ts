import { connect, prepareStore } from '../../src/adapters/mongo/index.js';
import type { NodePlan } from './network-plan.js';

/** A database for one store, ready to be used. */
export interface MongoDatabase {
  /** Connection string, the database in it. */
  readonly url: string;
  /** Drops it. */
  remove(): Promise<void>;
}

// So that two databases of one process never have the same name.
let made = 0;

/** The server that the environment names; throws where it names none. */
export function mongoServer(): string {
  const server = process.env['MONGO_URL'];
  if (server === undefined) {
    throw new Error('MONGO_URL must name the server: mongodb://host:port/?replicaSet=name');
  }
  return server;
}

/** Prepares a database of its own on a server. */
export async function createDatabase(name: string, server: string): Promise<MongoDatabase> {
  const url = new URL(server);
  url.pathname = `/rhie_${String(process.pid)}_${String(++made)}_${name.replaceAll('-', '_')}`;
  const connection = await connect(url.href);
  await prepareStore(connection);
  await connection.close();
  return {
    url: url.href,
    async remove() {
      const again = await connect(url.href);
      await again.dropDatabase();
      await again.close();
    },
  };
}

/** Databases of their own for some nodes. */
export interface MongoStores {
  readonly plans: NodePlan[];
  /** Drops the databases. */
  remove(): Promise<void>;
}

/** Prepares a database a node on a server. */
export async function mongoStores(plans: readonly NodePlan[], server: string): Promise<MongoStores> {
  const databases: MongoDatabase[] = [];
  for (const { id } of plans) databases.push(await createDatabase(id, server));
  return {
    plans: plans.map((plan, place) => ({ ...plan, storeUrl: databases[place]?.url ?? '' })),
    async remove() {
      for (const database of databases) await database.remove();
    },
  };
}
