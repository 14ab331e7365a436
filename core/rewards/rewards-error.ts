// The error of this folder: a suite, a structure or a prompt that cannot be used, said in a sentence. It is never
// thrown for a completion: whatever a model writes gets a result.

export type RewardsErrorCode =
  | 'bad-suite' // a suite that cannot be compiled: the message names the part and the field
  | 'bad-structure' // an unknown structure, or text that cannot be rendered in it
  | 'bad-prompt' // a row that cannot be put into a prompt
  | 'bad-json' // a line of the reward server that is not one JSON object
  | 'bad-item' // a row or completion of a score request that lacks a field
  | 'unknown-op' // a request the reward server does not know
  | 'no-suite' // score before load
  | 'no-sandbox'; // untrusted code cannot be run here, or the sandbox broke

export class RewardsError extends Error {
  readonly code: RewardsErrorCode;
  /** Which field of the suite or of the part is at fault, where it is one: `weight`, `params.minWords`, `when.domain`. */
  readonly field: string | null;

  constructor(code: RewardsErrorCode, message: string, field: string | null = null) {
    super(message);
    this.name = 'RewardsError';
    this.code = code;
    this.field = field;
  }
}
