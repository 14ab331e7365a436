// What a kind of run leaves behind, known on both sides: core/jobs says it of one that is over, the window of one that is to be stopped.
import type { JobKind } from './job-spec.ts';

/** Kinds of which nobody expects an adapter: that there is none says nothing. */
export const trainingNothing: readonly JobKind[] = ['rejection', 'generate', 'evaluate', 'merge', 'export'];
