/** Connection string of the server that tests may use, from MONGO_URL (`npm test` sets it); undefined where there is none. */
export const mongoServer = process.env['MONGO_URL'];

let said = false;

/** One loud line a process, of all tests that are skipped for want of a server. */
export function sayNoMongo(): void {
  const missing = mongoServer === undefined ? 'no MongoDB' : 'no MongoDB of our own to kill';
  if (!said) console.log(`\n  skipped: ${missing} (docs/mongo.md: Tests)`);
  said = true;
}

let databases = 0;

/** A database of its own on that server. */
export function newDatabase(server: string): string {
  databases += 1;
  const address = new URL(server);
  address.pathname = `/rhie_${String(process.pid)}_${String(databases)}`;
  return address.href;
}
