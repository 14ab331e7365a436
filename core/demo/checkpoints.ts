// The checkpoints of a demo, kept with it. Used by the files of the demo only.
import { CheckpointId, type Demo, type DemoCheckpoint } from '../contract/demo.ts';

/** What each was trained from. `grpo`, `plain` and `guarded` are stages of the preset recipe-tiny. */
export const trainedFrom: Readonly<Record<CheckpointId, CheckpointId | null>> = {
  base: null,
  grpo: 'base',
  plain: 'grpo',
  guarded: 'grpo',
};

export const newCheckpoints = (): DemoCheckpoint[] =>
  CheckpointId.options.map((id) => ({ id, adapterId: null, tasksEvalId: null, openEvalId: null }));

/** The demo's checkpoints with some fields of one changed. */
export function withCheckpoint(
  { checkpoints }: Pick<Demo, 'checkpoints'>,
  id: CheckpointId,
  change: Partial<DemoCheckpoint>,
): DemoCheckpoint[] {
  return checkpoints.map((each) => (each.id === id ? { ...each, ...change } : each));
}
