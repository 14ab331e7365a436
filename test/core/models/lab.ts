// A lab in a temp folder with the registry of models and the inference process over it, for tests.
import { join } from 'node:path';
import { openBlobs } from '../../../core/blobs/blobs.ts';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import { createInference, type Inference } from '../../../core/inference/inference.ts';
import { createModels } from '../../../core/models/models.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

export const context = { signal: undefined };

export function openLab(inference: Inference = createInference(), folder = tempFolder()) {
  const catalog = openCatalog(join(folder, 'catalog.db'));
  const blobs = openBlobs(join(folder, 'blobs'));
  const changes = createChanges();
  const activities = createActivities(changes);
  const failures: unknown[] = [];
  const models = createModels({
    catalog,
    blobs,
    changes,
    activities,
    now: Date.now,
    inference,
    folder: join(folder, 'models'),
    threads: () => 1,
    log: (error) => failures.push(error),
  });
  return {
    folder,
    catalog,
    blobs,
    changes,
    activities,
    inference,
    models,
    failures,
    close: async () => {
      await inference.close();
      catalog.close();
    },
  };
}
export type Lab = ReturnType<typeof openLab>;
