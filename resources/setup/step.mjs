// What a setup step is, and how it says that it failed. Every step file exports one Step.

/** What the setup is for: the app in a window, the demo in a terminal, or all tests.
 * @typedef {'window' | 'terminal' | 'test'} Purpose */

/** `out of date`: made from something that has changed since. `optional`: not there, and nothing that was asked for needs it.
 * @typedef {{ id: string, title: string, state: 'ok' | 'missing' | 'out of date' | 'broken' | 'optional', detail: string, fix: string | null }} Finding */

/** `say` prints one line of progress under the step's title.
 * @typedef {{ purpose: Purpose, say: (line: string) => void }} Context */

/** `need`: 'must' stops the setup when the step fails, 'may' goes on without it, 'no' leaves the step out.
 * `make` may assume that every earlier step is in place.
 * @typedef {{
 *   id: string,
 *   title: string,
 *   need: (purpose: Purpose) => 'must' | 'may' | 'no',
 *   check: (context: Context) => Promise<Finding> | Finding,
 *   make: (context: Context) => Promise<void>,
 * }} Step */

/** A failure in three sentences: what failed, why, and what to do next. */
export class SetupError extends Error {
  /**
   * @param {string} what
   * @param {string} why
   * @param {string} next
   */
  constructor(what, why, next) {
    super(what);
    this.name = 'SetupError';
    this.why = why;
    this.next = next;
  }
}
