// A run that is to be made as a document: what YAML says of it, read with the same bounds by `launch` and by the launch form.
import { z } from 'zod';
import { LaunchInput } from './jobs.ts';

/**
 * Unknown keys are errors: what is said must not be left out in silence. What it does not say is the preset's, but its settings are whole:
 * what is missing in them is off, or at its default.
 */
export const RunDocument = z.strictObject({
  preset: z.string(),
  base: LaunchInput.shape.baseId,
  start: LaunchInput.shape.startAdapterId,
  ...LaunchInput.pick({
    ...{ sources: true, data: true, suite: true, template: true },
    ...{ seed: true, name: true, settings: true },
  }).shape,
});
export type RunDocument = z.infer<typeof RunDocument>;

/** What is wanted where something else stands. */
export const aRunAsYaml =
  'A run begins with a line as "preset: think-first-tiny"; a preflight prints a whole one.';

/** The first line of what the parser says, which ends in a colon because it goes on to show the place. */
export function yamlProblem({ message }: Error): string {
  return `${message.split('\n')[0]?.replace(/[:.]$/, '')}.`;
}
