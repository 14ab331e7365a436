// How a person names the model that a run begins with, "gemma-2-2b-it" for "gemma-2-2b-it-5f0c3a1b": one rule for core and window.
import type { Model } from './models.ts';

/** An adapter is known by its manifest, so whoever names it by that one's SHA-256, as a chain or a run does, names its id, too. */
export const adapterId = (manifestSha256: string): string => `adapter-${manifestSha256.slice(0, 12)}`;

/** The models that a name fits, of those that are ready: the one of that id, else each base whose id begins so. */
export function modelsNamed<M extends Pick<Model, 'id' | 'kind' | 'state'>>(
  models: readonly M[],
  name: string,
): M[] {
  const ready = models.filter(({ state }) => state === 'ready');
  const exact = ready.find(({ id }) => id === name);
  return exact ? [exact] : ready.filter(({ id, kind }) => kind === 'base' && id.startsWith(`${name}-`));
}
