// What would become of a run before it is made: what is wrong next to its field, what it needs, and the run as YAML and as a command. Nothing
// is written and no machine is touched. Called by jobs.ts.

import { changed } from '../contract/merge-settings.ts';
import type { RunDocument } from '../contract/run-document.ts';
import { PROCESS_BYTES, type Preflight } from '../contract/run-views.ts';
import { checkPrompts } from './check-prompts.ts';
import type { JobsDeps } from './deps.ts';
import { differences, toCommand, toYaml } from './document.ts';
import { Findings } from './findings.ts';
import { offeredRules } from './health/offered-rules.ts';
import { HOST } from './launch.ts';
import type { LaunchInput } from './launch-input.ts';
import { partsOf, settingsBefore } from './parts.ts';
import { planOf } from './plan.ts';
import { type Resolved, resolveRun } from './resolve.ts';

export async function preflight(deps: JobsDeps, input: LaunchInput): Promise<Preflight> {
  const findings = new Findings();
  const resolved = await resolveRun(deps, HOST, input, findings);
  const { preset, base, start, geometry, parts, blocks, origin, suite } = resolved;
  await checkPrompts(deps, resolved, { rows: input.rows, findings });
  const mesh = (preset ?? origin).settings.mesh;
  const plan =
    preset && base && geometry
      ? planOf(parts, {
          ...{ geometry, mesh, blocks, startName: start?.start.name },
          ...{ baseName: base.name, adapters: base.adapters.length },
        })
      : null;
  if (plan && plan.tokensPerStep > 0) checkMemory(deps, plan.memoryBytes, findings);
  const document = documentOf(resolved, input);
  // The adapter that it goes on from says its LoRA.
  const given = start ? { ...origin.settings, lora: start.lora } : origin.settings;
  const changes = differences(given, document.settings);
  const known = { range: suite && { max: suite.max, min: suite.min }, hasExample: hasExample(resolved) };
  // A setting that is out of its range takes no switch away.
  const offering = parts.length > 0 ? parts : partsOf(origin);
  return {
    ok: findings.list.every(({ level }) => level !== 'error'),
    findings: findings.list.toSorted((a, b) => rank[a.level] - rank[b.level]),
    yaml: toYaml(document),
    command: findings.list.some(({ level }) => level === 'error')
      ? null
      : toCommand(document, changes, deps.labFolder),
    plan,
    startLora: start?.lora ?? null,
    stopRules: offering.flatMap((part) => offeredRules(part, part.stage?.id ?? null, known)),
  };
}

const hasExample = ({ template }: Resolved): boolean => (template?.examples.length ?? 0) > 0;

const rank = { error: 0, warning: 1 };

type WholeDocument = RunDocument & { settings: object };

/** Only what differs from the preset, but for the settings, which are whole. Settings that cannot be read are left as they were said. */
function documentOf({ origin, preset, sources }: Resolved, input: LaunchInput): WholeDocument {
  return {
    preset: origin.id,
    ...(input.baseId === undefined ? {} : { base: input.baseId }),
    ...(input.startAdapterId === undefined ? {} : { start: input.startAdapterId }),
    ...(input.sources === undefined ? {} : { sources }),
    ...(input.data === undefined ? {} : { data: input.data }),
    ...(input.suite === undefined ? {} : { suite: input.suite }),
    ...(input.template === undefined ? {} : { template: input.template }),
    seed: input.seed,
    ...(input.name ? { name: input.name } : {}),
    settings: { ...(preset?.settings ?? changed(settingsBefore(origin, input.own), input.settings ?? {})) },
  };
}

function checkMemory(deps: JobsDeps, arrays: number, findings: Findings): void {
  const { memoryBytes } = deps.hosts.facts(HOST);
  const needed = arrays + PROCESS_BYTES;
  if (memoryBytes === null || needed <= memoryBytes) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  findings.warn(
    '',
    `It needs about ${gigabytes(needed)} GB of memory, ${gigabytes(PROCESS_BYTES)} of them for Python, JAX and the compiler; this machine has ${gigabytes(memoryBytes)} GB. Smaller micro-batches or shorter completions need less.`,
  );
}
