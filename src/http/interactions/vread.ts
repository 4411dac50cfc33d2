import type { RecordService } from '../../domain/records/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import type { Route } from '../route.js';
import { isNotModified, versionHeaders } from '../version-headers.js';

/** http://hl7.org/fhir/R4/http.html#vread */
export const vread =
  (records: Pick<RecordService, 'vread'>): Route['handler'] =>
  async ({ type, id, versionId, headers }) => {
    if (!/^[1-9][0-9]{0,14}$/.test(versionId)) {
      throw fhirError('not-found', 'not-found', 'Version ids of this server are numbers from 1');
    }
    const version = await records.vread({ type, id }, Number(versionId));
    if (isNotModified(headers, version)) return { status: 304, body: '', headers: versionHeaders(version) };
    return { status: 200, body: version.body, headers: versionHeaders(version) };
  };
