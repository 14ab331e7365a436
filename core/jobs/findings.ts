// What is wrong, or would be wasted, in a run that is about to be made: sentences next to the field that decides it. Filled by resolve.ts and
// rules.ts; preflight shows them all, launch stops at the first error.
import { CoreError } from '../contract/errors.ts';
import type { RunFinding } from '../contract/run-views.ts';

export class Findings {
  readonly list: RunFinding[] = [];
  private readonly causes = new Map<RunFinding, CoreError>();

  /** `field` as the settings spell it: "training.steps", "stages[1].guard.replay.share", "baseId". */
  error(field: string, problem: string | CoreError): void {
    const message = typeof problem === 'string' ? problem : problem.message;
    const finding: RunFinding = { field, level: 'error', message };
    if (this.isTold(finding)) return;
    this.list.push(finding);
    if (typeof problem !== 'string') this.causes.set(finding, problem);
  }

  warn(field: string, message: string): void {
    const finding: RunFinding = { field, level: 'warning', message };
    if (!this.isTold(finding)) this.list.push(finding);
  }

  /** What `work` gives; what it throws becomes an error of the field, and null. */
  async attempt<T>(field: string, work: () => T | Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      this.error(field, error);
      return null;
    }
  }

  /** Several stages can lack the same thing. */
  private isTold({ field, level, message }: RunFinding): boolean {
    return this.list.some((told) => told.field === field && told.level === level && told.message === message);
  }

  /** Throws the first error: as it was thrown where it was thrown, else as `bad-input` that names the field. */
  throwFirst(): void {
    const first = this.list.find((finding) => finding.level === 'error');
    if (!first) return;
    const cause = this.causes.get(first);
    const place = cause || first.field === '' ? '' : `${first.field}: `;
    const ending = first.message.endsWith('Nothing was started.') ? '' : ' Nothing was started.';
    throw new CoreError(
      cause?.code ?? 'bad-input',
      `The run cannot be made: ${place}${first.message}${ending}`,
      { field: first.field, ...cause?.detail },
      cause,
    );
  }
}
