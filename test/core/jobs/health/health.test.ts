// A program's health: each stage by its own curves and steps; what an earlier one had wrong is told as past.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCatalog } from '../../../../core/catalog/catalog.ts';
import type { JobSpec } from '../../../../core/contract/job-spec.ts';
import { createLocalHost } from '../../../../core/hosts/local.ts';
import { jobHealth } from '../../../../core/jobs/health/health.ts';
import { ingest } from '../../../../core/jobs/ingest.ts';
import { insertJob, RunLog } from '../../../fixtures/run-log.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

it('is that of the stage at work; what was wrong before it is named with its stage and behind', async () => {
  const folder = join(tempFolder(), 'job');
  mkdirSync(folder, { recursive: true });
  const catalog = openCatalog(join(folder, '../catalog.db'));
  insertJob(catalog, 'job-1');
  const spec = { kind: 'program', stages: [] } as unknown as JobSpec;
  const log = new RunLog('job-1');
  const begin = (id: string, firstStep: number) =>
    log.event('stage', { id, stageKind: 'grpo', from: 'base', firstStep, steps: 10, state: 'begun' });
  const steps = (from: number, values: Record<string, number>) =>
    Array.from({ length: 10 }, (_, i) => log.event('metrics', { step: from + i + 1, values }));
  const take = async (lines: string[]) => {
    writeFileSync(join(folder, 'events.jsonl'), lines.join(''));
    const host = createLocalHost(folder);
    await ingest({ catalog, host, now: Date.now }, { id: 'job-1', folder }, { final: true });
  };
  const lines = [
    log.start(),
    begin('first', 0),
    ...steps(0, { 'completion/truncated_frac': 1 }),
    begin('second', 10),
    ...steps(10, { 'completion/truncated_frac': 0, 'reward/zero_std_frac': 1 }),
  ];
  await take(lines);
  const found = () =>
    jobHealth(catalog, 'job-1', spec).map((each) => [
      each.stage,
      each.current,
      each.level,
      each.rule,
      each.since,
    ]);
  expect(found()).toEqual([
    ['second', true, 'warning', 'no-spread', { stage: 'second', step: 1, steps: 10 }],
    ['second', true, 'ok', 'truncated', null],
    ['first', false, 'warning', 'truncated', { stage: 'first', step: 1, steps: 10 }],
  ]);
  // A stage that measures nothing has nothing wrong, and what was before it is past.
  await take([...lines, begin('third', 20)]);
  expect(found().every(([, current]) => current === false)).toBe(true);
});
