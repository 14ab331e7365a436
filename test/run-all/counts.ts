// Reads what vitest (JSON) and pytest (JUnit XML) leave behind. Used by run-all.ts.
import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import type { Counts } from './runner.ts';

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Takes the report away, so that a runner that dies early cannot be counted by an older one. */
export function vitestCounts(path: string): Counts {
  const report = VitestReport.parse(JSON.parse(take(path)));
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, notes: [] };
  for (const file of report.testResults) {
    // A file that could not even be loaded has no tests to blame.
    if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')) {
      counts.failed++;
      counts.notes.push(`FAILED ${file.name}: ${file.message?.split('\n')[0] ?? 'did not run'}`);
    }
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') counts.passed++;
      else if (status === 'failed') {
        counts.failed++;
        counts.notes.push(`FAILED ${fullName}`);
      } else {
        counts.skipped++;
        counts.notes.push(`skipped ${fullName}`);
      }
    }
  }
  return counts;
}

/** A JUnit test case is passed unless it holds a failure, an error or a skipped element. */
export function junitCounts(path: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, notes: [] };
  for (const [, attributes = '', inner = ''] of take(path).matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const name = `${attribute(attributes, 'classname')}.${attribute(attributes, 'name')}`;
    const skipped = /<skipped\b([^>]*)/.exec(inner);
    if (/<(failure|error)\b/.test(inner)) {
      counts.failed++;
      counts.notes.push(`FAILED ${name}`);
    } else if (skipped) {
      counts.skipped++;
      counts.notes.push(`skipped ${name}: ${attribute(skipped[1] ?? '', 'message')}`);
    } else counts.passed++;
  }
  return counts;
}

function take(path: string): string {
  const text = readFileSync(path, 'utf8');
  rmSync(path);
  return text;
}

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
  const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return value.replace(/&(\w+);/g, (whole, entity: string) => named[entity] ?? whole);
}
