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

/** Prepares a database of its own on a server. Throws where `server`, a connection string, is not given. */
export async function createDatabase(name: string, server: string | undefined): Promise<MongoDatabase> {
  if (server === undefined) {
    throw new Error('MONGO_URL must name the server: mongodb://host:port/?replicaSet=name');
  }
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

/** Databases of their own for some nodes, on the server of an environment variable. */
export interface MongoStores {
  readonly plans: NodePlan[];
  /** Drops the databases. */
  remove(): Promise<void>;
}

/** Prepares a database a node. Throws where `server`, a connection string, is not given. */
export async function mongoStores(
  plans: readonly NodePlan[],
  server: string | undefined,
): Promise<MongoStores> {
  const databases: MongoDatabase[] = [];
  for (const { id } of plans) databases.push(await createDatabase(id, server));
  return {
    plans: plans.map((plan, place) => ({ ...plan, storeUrl: databases[place]?.url ?? '' })),
    async remove() {
      for (const database of databases) await database.remove();
    },
  };
}
