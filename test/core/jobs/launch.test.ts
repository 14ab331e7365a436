// Making a run: what is refused before anything is written, and that the spec is what trainer and shim expect.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import { GrpoSpec } from '../../../core/contract/job-spec.ts';
import type { JobsDeps } from '../../../core/jobs/deps.ts';
import { uuidV7 } from '../../../core/jobs/identity.ts';
import { createJobs } from '../../../core/jobs/jobs.ts';
import { specText } from '../../../core/jobs/records.ts';
import { trainerPython } from '../../../resources/setup/python-environment.mjs';
import { makePlayResources, openPlayLab, playPreset } from '../../fixtures/play-lab.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

function newLab(changes: Partial<JobsDeps> = {}) {
  const folder = tempFolder();
  makePlayResources(folder);
  const lab = openPlayLab(folder, { changes });
  return { ...lab, jobs: createJobs(lab.deps) };
}
const context = { signal: undefined };

describe('what is refused', () => {
  const cases: [string, object, Partial<JobsDeps>, string, RegExp][] = [
    [
      'a split kept for evaluation',
      { sources: ['play-test'] },
      {},
      'bad-input',
      /play test must not be trained on/,
    ],
    ['an unknown source', { sources: ['none'] }, {}, 'not-found', /no source "none"/],
    [
      'a base that cannot be trained',
      { baseId: 'only-gguf' },
      {},
      'bad-input',
      /can answer questions but not be trained/,
    ],
    ['an unknown base', { baseId: 'none' }, {}, 'not-found', /no model "none"/],
    ['an unknown preset', { preset: 'none' }, {}, 'not-found', /There are: play/],
    [
      'fewer rows than a step takes',
      {},
      { resolveSource: (id) => ({ id, dataset: 'play', split: 'train', locked: null, rowCount: 1 }) },
      'bad-input',
      /training\.promptsPerStep: A step takes 2 different prompts, but there is only 1 row\./,
    ],
    ['a learning rate of 2', { learningRate: 2 }, {}, 'bad-input', /training\.learningRate/],
    [
      'a machine without Python',
      {},
      {
        hosts: {
          host: () => ({ id: 'local' }) as never,
          trainer: async () => ({ ready: false, detail: 'There is no Python.', fix: 'Run npm start.' }),
          compileCacheFolder: '',
          facts: () => ({ platform: 'cpu' as const, devices: 1, memoryBytes: null }),
        },
      },
      'unavailable',
      /There is no Python\. Run npm start\./,
    ],
  ];
  it.each(cases)('%s, before anything is written', async (_, input, changes, code, words) => {
    const { jobs, catalog } = newLab(changes);
    const launch = jobs.launch({ preset: 'play', seed: 1, ...input }, context);
    await expect(launch).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    expect(catalog.column(sql`SELECT id FROM jobs`)).toEqual([]);
    await jobs.close();
  });

  it('a preset with a mistyped setting, naming file and field', async () => {
    const { jobs, resources } = newLab();
    const { settings } = playPreset;
    const wrong = {
      ...playPreset,
      settings: { ...settings, training: { ...settings.training, learningrate: 1 } },
    };
    writeFileSync(join(resources, 'presets/play.json'), JSON.stringify(wrong));
    await expect(jobs.presets({}, context)).rejects.toThrow(
      /play\.json is wrong: "settings.training" has no field "learningrate"/,
    );
  });
});

describe('what is made', () => {
  it('is a spec whose bytes have the stored hash, in the job folder as in the catalog', async () => {
    const { jobs, catalog, host, resources } = newLab();
    const { id } = await jobs.launchNow({ preset: 'play', seed: 7, steps: 2, name: 'pause=0.3' });
    const text = specText(catalog, id);
    const [stored] = catalog.column(sql`SELECT spec_sha256 FROM jobs WHERE id = ${id}`);
    expect(stored).toBe(createHash('sha256').update(text).digest('hex'));
    expect(readFileSync(host.path('jobs', id, 'spec.json'), 'utf8')).toBe(text);
    const spec = GrpoSpec.parse(JSON.parse(text));
    expect(spec).toMatchObject({ jobId: id, seed: 7, training: { steps: 2, learningRate: 1e-4 } });
    const lock = readFileSync(join(resources, 'trainer/requirements.lock'));
    expect(spec.env.requirementsLockSha256).toBe(createHash('sha256').update(lock).digest('hex'));
    expect(readFileSync(spec.data.path, 'utf8')).toContain('"prompt"');
    const bundle = spec.rewardServer.command.at(-1) ?? '';
    expect(bundle.startsWith(host.path('store'))).toBe(true);
    expect(spec.rewardServer.command).toContain(`--allow-read=${bundle}`);
    expect(readFileSync(bundle, 'utf8')).toContain('plays no part');
    await jobs.whenEnded(id);
    await jobs.close();
  });

  it('is a spec that the real trainer reads', async () => {
    const { jobs, host } = newLab();
    const { id } = await jobs.launchNow({ preset: 'play', seed: 7, steps: 2 });
    await jobs.whenEnded(id);
    const script = `
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from forethought_trainer.checked import parse_json, read_object
from forethought_trainer.spec import SPECS
raw = parse_json(Path(sys.argv[2]))
spec = read_object(SPECS[raw["kind"]], raw, "")
spec.check()
print(spec.job_id, spec.training.steps, spec.lora.rank)
`;
    const trainer = join(import.meta.dirname, '../../../resources/trainer');
    const said = execFileSync(trainerPython(), ['-c', script, trainer, host.path('jobs', id)], {
      encoding: 'utf8',
    });
    expect(said.trim()).toBe(`${id} 2 4`);
    await jobs.close();
  });

  it('is one run for one id, however often it is asked for', async () => {
    const { jobs, catalog } = newLab();
    const id = uuidV7(Date.now());
    const asked = await Promise.all([1, 2, 3].map(() => jobs.launchNow({ preset: 'play', seed: 1, id })));
    expect(asked.map((run) => run.id)).toEqual([id, id, id]);
    expect(catalog.column(sql`SELECT id FROM jobs`)).toEqual([id]);
    await jobs.whenEnded(id);
    expect((await jobs.get({ id }, context)).launches).toBe(1);
    await jobs.close();
  });

  it('offers presets with what this lab has for them', async () => {
    const { jobs, catalog } = newLab();
    expect(await jobs.presets({}, context)).toMatchObject([
      { id: 'play', baseId: 'tiny', sources: [{ sourceId: 'play-train' }] },
    ]);
    catalog.run(sql`DELETE FROM sources`);
    expect(await jobs.presets({}, context)).toMatchObject([{ sources: [{ sourceId: null }] }]);
  });
});

describe('identity', () => {
  it('makes ids of version 7 that sort by time', () => {
    const ids = [1, 2, 3].map((n) => uuidV7(1_800_000_000_000 + n));
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.toSorted()).toEqual(ids);
  });
});
