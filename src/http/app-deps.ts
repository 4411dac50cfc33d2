import type { Router } from 'express';

import type { Authenticator } from '../auth/authenticator.js';
import type { AuditTrail } from '../domain/audit/index.js';
import type { RecordService } from '../domain/records/index.js';
import type { Admission } from '../ports/admission.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';
import type { ExchangeView } from './metrics.js';
import type { PersonIndexView } from './person-index-view.js';
import type { Route } from './route.js';

/** What the HTTP side works with. */
export interface AppDeps {
  readonly records: RecordService;
  readonly audit: AuditTrail;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly node: { readonly name: string; readonly version: string; readonly signIn: boolean };
  /**
   * `http://host:port` by which clients know the node, which all its links begin with; asked at each use, since a port may
   * be chosen when listening.
   */
  readonly origin: () => string;
  readonly bodyLimitBytes: number;
  /** Lets bodies in; counts them until they are answered. */
  readonly admission: Admission;
  readonly search: { readonly defaultCount: number; readonly maxCount: number };
  /** FHIR operations of other modules, rows of the route table. */
  readonly operations: readonly Route[];
  /** Routes of other modules below `/api`, served to whoever has `system/*.r`. */
  readonly apiRoutes: readonly Router[];
  /** The streams to peers; none where the node has no exchange. */
  readonly exchange?: ExchangeView;
  /** Absent where the node keeps no person index. */
  readonly persons?: PersonIndexView;
}
