import type { RecordService } from '../../domain/records/index.js';
import type { Route } from '../route.js';
import { isNotModified, versionHeaders } from '../version-headers.js';

/** http://hl7.org/fhir/R4/http.html#read */
export const read =
  (records: Pick<RecordService, 'read'>): Route['handler'] =>
  async ({ type, id, headers }) => {
    const version = await records.read({ type, id });
    if (isNotModified(headers, version)) return { status: 304, body: '', headers: versionHeaders(version) };
    return { status: 200, body: version.body, headers: versionHeaders(version) };
  };
