// Topics to queries: what a change makes stale, read from the contract.
import './page.ts';
import { describe, expect, it } from 'vitest';
import { contract } from '../../core/contract/index.ts';
import { Topic } from '../../core/contract/procedure.ts';
import { dependsOn, metaOf, type Path } from '../../renderer/queries.ts';

const paths = Object.entries(contract).flatMap(([feature, verbs]) =>
  Object.keys(verbs).map((verb) => `${feature}.${verb}` as Path),
);
const queries = paths.filter((path) => metaOf(path).kind === 'query');

/** They answer from their input and the program alone: nothing that happens in the lab makes them stale. */
const timeless = ['rewards.check', 'rewards.parts'];

describe('topics', () => {
  it('make exactly the queries stale that read them', () => {
    const stale = queries.filter((path) => dependsOn(path, ['jobs'])).sort();
    expect(stale).toContain('jobs.list');
    expect(stale).toContain('jobs.metrics');
    expect(stale).toContain('hosts.list');
    expect(stale).toContain('lab.status');
    expect(stale).not.toContain('datasets.rows');
    expect(stale).not.toContain('evals.list');
    expect(queries.filter((path) => dependsOn(path, []))).toEqual([]);
  });

  it('reach every query that the lab can make stale: none would stay old for ever', () => {
    const never = queries.filter((path) => !dependsOn(path, Topic.options));
    expect(never.sort()).toEqual(timeless);
  });

  it('are refused for a procedure that the contract lacks', () => {
    expect(() => metaOf('jobs.vanish' as Path)).toThrow(/jobs\.vanish/);
  });
});
