import express, { type Router } from 'express';

/** Shown as it is. */
export interface ModelsView {
  status(): Promise<object>;
}

/** `GET /api/identity/models`: the last job on models, which one is in use, and how far Patients are matched by it. */
export function identityModelRoutes(models: ModelsView): Router {
  const router = express.Router();
  router.get('/api/identity/models', async (_request, response) => {
    response.json(await models.status());
  });
  return router;
}
