// Makes resources/sample-lab from a finished demo: `npm run sample:record`. Everything in the sample comes from this; nothing by hand.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { createCore } from '../create-core.ts';
import { labPlaces, samplePlaces } from './places.ts';
import { packSample } from './sample.ts';

const seed = 1;
// `npm run sample:record -- <lab>` packs a lab whose demo was run before.
const given = process.argv[2];
const folder = given ?? mkdtempSync(join(tmpdir(), 'forethought-sample-'));
try {
  if (given === undefined) await recordDemo();
  packSample(labPlaces(folder), samplePlaces);
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}

async function recordDemo(): Promise<void> {
  const core = await createCore({ lab: folder });
  const client = createRouterClient(core.router, { context: {} });
  for await (const event of await client.demo.run({ seed }))
    console.error(
      event.kind === 'progress' ? `${event.stage} ${event.done} ${event.total ?? ''}` : event.result.meaning,
    );
  await core.close();
}
