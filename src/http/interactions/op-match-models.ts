import type { ModelLibrary } from '../../domain/mpi/index.js';
import type { WriteContext } from '../../domain/records/index.js';
import type { Answer, Call } from '../call.js';
import { successOutcome } from '../operation-outcome.js';
import { preconditionsOf } from '../preconditions.js';
import type { Route } from '../route.js';
import { versionHeaders } from '../version-headers.js';

export interface MatchModelOperations {
  train(context: WriteContext): void;
  preview(context: WriteContext, library: string): Promise<void>;
  activate(
    context: WriteContext,
    request: { readonly library: string; readonly ifMatch?: string },
  ): Promise<ModelLibrary>;
}

/**
 * Models of the person index: `POST /fhir/Library/$train-match-model` and `POST /fhir/Library/[id]/$preview` begin a job
 * (202; GET /api/identity/models tells how it goes), `POST /fhir/Library/[id]/$activate` takes the model into use and
 * answers its Library. None takes parameters; If-Match of the last names the version of the Library.
 */
export const matchModelRoutes = (models: MatchModelOperations): readonly Route[] => [
  {
    ...common,
    path: '/Library/$train-match-model',
    permission: 'c',
    handler: (call) => {
      models.train(call.context);
      return begun(call);
    },
  },
  {
    ...common,
    path: '/Library/:id/$preview',
    permission: 'u',
    handler: async (call) => {
      await models.preview(call.context, call.id);
      return begun(call);
    },
  },
  {
    ...common,
    path: '/Library/:id/$activate',
    permission: 'u',
    handler: async ({ context, id, headers, preferReturn }) => {
      const { ifMatch } = preconditionsOf(headers);
      const request = { library: id, ...(ifMatch === undefined ? {} : { ifMatch }) };
      const library = await models.activate(context, request);
      const body = preferReturn === 'minimal' ? '' : library.body;
      return { status: 200, body, headers: versionHeaders(library) };
    },
  },
];

const common = { method: 'POST', interaction: 'operation', body: 'none', once: true } as const;

const begun = ({ preferReturn }: Call): Answer => ({
  status: 202,
  body:
    preferReturn === 'minimal' ? '' : successOutcome('The job runs: /api/identity/models tells how it goes'),
  headers: ['Content-Location', '/api/identity/models'],
});
