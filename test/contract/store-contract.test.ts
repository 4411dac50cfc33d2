import { contractSuite } from './contract-suite.js';
import { storeAdapters } from './store-adapters.js';

for (const adapter of storeAdapters) contractSuite(adapter);
