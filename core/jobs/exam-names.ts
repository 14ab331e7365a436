// What answered an exam of a program, by the name that it has in the program: window and terminal show it alike. Called by told.ts; changes
// nothing.
import type { RunArtifact, RunEval } from '../contract/run-views.ts';
import type { ToldStage } from './stages.ts';

type Stage = Pick<ToldStage, 'id' | 'kind' | 'from'>;
type Published = Pick<RunArtifact, 'name' | 'kind' | 'moment'>;

/** Kinds whose stages leave the model as they have found it. */
const leavingIt: readonly string[] = ['rejection', 'generate', 'evaluate', 'export'];

/**
 * The trainer tells it in the words of the stage that asked. One that only examines names adapters as the program does, and calls "base" the
 * weights under all of them; any other calls "base" the model that it begins with, and "step-30" its own adapter of that step.
 */
export function nameInProgram(
  { of, moment }: Pick<RunEval, 'of' | 'moment'>,
  stages: readonly Stage[],
  published: readonly Published[],
): string {
  const asking = stages.find(({ id }) => id === moment.stage);
  if (!asking) return of;
  const madeBy = (stage: string) => published.filter((each) => each.moment.stage === stage);
  const mergedBy = ({ id }: Stage) => madeBy(id).find(({ kind }) => kind === 'merged-model')?.name;
  const under = stagesUnder(asking, stages);
  if (asking.kind === 'evaluate')
    return of === 'base' ? (under.map(mergedBy).find((name) => name !== undefined) ?? of) : of;
  if (of === 'base') {
    const maker = under.find(({ kind }) => !leavingIt.includes(kind));
    if (!maker) return of;
    // Of adapters a stage goes on from the final one only; a merge leaves one thing.
    return maker.kind === 'merge' ? (madeBy(maker.id)[0]?.name ?? maker.id) : `${maker.id}-final`;
  }
  if (of !== `step-${moment.step}`) return of;
  // The last one: where a rule went back to an adapter that was out already, the final one is the same.
  const own = madeBy(asking.id).findLast(
    (each) => each.kind === 'lora-adapter' && each.moment.step === moment.step,
  );
  return own?.name ?? of;
}

/** The stages that a stage goes on from, one upon the other, the last of them first. */
function stagesUnder(stage: Stage, stages: readonly Stage[]): Stage[] {
  const earlier = stages.slice(0, stages.indexOf(stage));
  const under = earlier.find(({ id }) => id === stage.from);
  return under ? [under, ...stagesUnder(under, earlier)] : [];
}
