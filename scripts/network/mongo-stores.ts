import { connect, prepareStore } from '../../src/adapters/mongo/index.js';
import type { NodePlan } from './network-plan.js';

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
  if (server === undefined) {
    throw new Error('MONGO_URL must name the server: mongodb://host:port/?replicaSet=name');
  }
  const withStores = plans.map((plan) => {
    const url = new URL(server);
    url.pathname = `/rhie_${String(process.pid)}_${plan.id.replaceAll('-', '_')}`;
    return { ...plan, storeUrl: url.href };
  });
  for (const { storeUrl } of withStores) {
    const connection = await connect(storeUrl);
    await prepareStore(connection);
    await connection.close();
  }
  return {
    plans: withStores,
    async remove() {
      for (const { storeUrl } of withStores) {
        const connection = await connect(storeUrl);
        await connection.dropDatabase();
        await connection.close();
      }
    },
  };
}
