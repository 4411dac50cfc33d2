import { parseQuery, type RecordService } from '../../domain/records/index.js';
import { searchsetText } from '../bundle-text.js';
import { provisionalHeaders } from '../person-index-state.js';
import type { Route } from '../route.js';

/** http://hl7.org/fhir/R4/http.html#search, by GET or by POST of a form beside the query. */
export const searchType =
  (records: Pick<RecordService, 'search'>): Route['handler'] =>
  async ({ context, type, query, text }) => {
    const pairs = text === '' ? parseQuery(query) : [...parseQuery(query), ...parseQuery(text)];
    const page = await records.search(context, { type, pairs });
    return {
      status: 200,
      body: searchsetText(context.base, page),
      headers: provisionalHeaders(page.provisional),
    };
  };
