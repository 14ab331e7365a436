// The committed sample: it becomes a whole lab, every screen has something to show, and no path of the recording machine is in it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import { createCore } from '../../../core/create-core.ts';
import { labPlaces, samplePlaces } from '../../../core/lab/places.ts';
import { packSample, unpackSample } from '../../../core/lab/sample.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

test('a new lab of the window holds the recorded demo, complete and readable', async () => {
  const core = await createCore({ lab: join(tempFolder(), 'lab'), sample: true });
  try {
    const client = createRouterClient(core.router, { context: {} });
    const status = await client.lab.status({});
    expect(status.isSample).toBe(true);
    expect(status.counts).toMatchObject({
      runs: 1,
      runningRuns: 0,
      bases: 1,
      readyAdapters: 3,
      evaluations: 8,
    });

    const demo = await client.demo.latest({});
    const result = await client.demo.result({ id: demo?.id ?? '' });
    expect(result.comparison.n).toBeGreaterThanOrEqual(300);
    expect(result.pValue).toBeLessThan(0.001);
    expect(readFileSync(result.reportPath, 'utf8')).toContain('Did thinking first help?');

    const [run] = await client.jobs.list({});
    const rollouts = await client.jobs.rollouts({ id: run?.id ?? '' });
    expect(rollouts.total).toBeGreaterThan(100);
    // GRPO and the samples are rewarded; every stage that trains has updates.
    const names = ['reward/total/mean', 'policy/grad_norm'];
    const [rewards, updates] = names.map(
      async (name) => (await client.jobs.metrics({ id: run?.id ?? '', names: [name] }))[0]?.values.length,
    );
    expect(await rewards).toBeGreaterThanOrEqual(60);
    expect(await updates).toBeGreaterThan(Number(await rewards));
    expect((await client.jobs.logs({ id: run?.id ?? '', stream: 'stdout' })).text).not.toBe('');

    // The recipe's stages, the adapters by the stages that made them, and one stage by its own steps.
    const { stages } = await client.jobs.milestones({ id: run?.id ?? '' });
    expect(stages.map(({ id, state }) => `${id} ${state}`)).toEqual(
      ['grpo', 'merge', 'samples', 'plain', 'guarded'].map((id) => `${id} done`),
    );
    const artifacts = await client.jobs.artifacts({ id: run?.id ?? '' });
    const made = artifacts.filter(({ modelId }) => modelId !== null).map(({ moment }) => moment);
    expect(made.map(({ stage }) => stage)).toEqual(['grpo', 'plain', 'guarded']);
    for (const { step, steps } of made) expect(step).toBe(steps);
    const guarded = await client.jobs.metrics({ id: run?.id ?? '', stage: 'guarded' });
    const steps = stages.at(-1)?.steps ?? 0;
    expect(guarded.find(({ name }) => name === 'policy/loss')?.steps).toEqual(
      Array.from({ length: steps }, (_, i) => i + 1),
    );
    const kept = guarded.find(({ name }) => name === 'guard/retention_correct_frac')?.steps ?? [];
    expect([kept[0], kept.at(-1)]).toEqual([0, steps]);

    const adapter = await client.models.get({ id: run?.adapterId ?? '' });
    expect(adapter.checks.every((check) => check.ok)).toBe(true);
    const trained = demo?.checkpoints.find(({ id }) => id === 'grpo');
    const { completions } = await client.evals.completions({ id: trained?.tasksEvalId ?? '', limit: 1 });
    expect(completions[0]?.text).toContain('<reasoning>');
  } finally {
    await core.close();
  }
});

test('no path of the machine that recorded it', () => {
  const bytes = gunzipSync(readFileSync(join(samplePlaces.sample, 'catalog.db.gz'))).toString('latin1');
  for (const place of ['/tmp/', '/root/', '/home/', '/Users/', '/var/']) expect(bytes).not.toContain(place);
});

test('a lab that is there is left as it is', async () => {
  const lab = join(tempFolder(), 'lab');
  await (await createCore({ lab })).close();
  expect(unpackSample(samplePlaces, labPlaces(lab))).toBe(false);
});

test('packing marks what it packs as recorded and leaves the lab alone', async () => {
  const lab = join(tempFolder(), 'lab');
  await (await createCore({ lab, sample: true })).close();
  const before = readFileSync(join(lab, 'catalog.db'));
  const sample = join(tempFolder(), 'sample');
  packSample(labPlaces(lab), { sample, base: samplePlaces.base });
  expect(readFileSync(join(lab, 'catalog.db')).equals(before)).toBe(true);
  const again = join(tempFolder(), 'again');
  expect(unpackSample({ sample, base: samplePlaces.base }, labPlaces(again))).toBe(true);
  const core = await createCore({ lab: again });
  const client = createRouterClient(core.router, { context: {} });
  expect((await client.lab.status({})).isSample).toBe(true);
  await core.close();
});
