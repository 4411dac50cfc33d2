/** Connection string of the server that tests may use, from MONGO_URL (`npm test` sets it); undefined where there is none. */
export const mongoServer = process.env['MONGO_URL'];

let databases = 0;

/** A database of its own on that server. */
export function newDatabase(server: string): string {
  databases += 1;
  const address = new URL(server);
  address.pathname = `/rhie_${String(process.pid)}_${String(databases)}`;
  return address.href;
}
