import type { CreateRequest } from '../create-record.js';
import type { ConditionalDeleteRequest, DeleteRequest } from '../delete-record.js';
import type { WriteAnswer, WriteContext } from '../record-deps.js';
import type { ConditionalUpdateRequest, UpdateRequest } from '../update-record.js';

/** The single writes; a batch carries out its entries by the same ones. All throw FhirError where they refuse. */
export interface RecordWrites {
  create(context: WriteContext, request: CreateRequest): Promise<WriteAnswer>;
  update(context: WriteContext, request: UpdateRequest): Promise<WriteAnswer>;
  updateByCriteria(context: WriteContext, request: ConditionalUpdateRequest): Promise<WriteAnswer>;
  delete(context: WriteContext, request: DeleteRequest): Promise<WriteAnswer>;
  deleteByCriteria(context: WriteContext, request: ConditionalDeleteRequest): Promise<WriteAnswer>;
}
