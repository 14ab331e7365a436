// The attack list. A new attack is one line in one of the files.
import { answerAttacks } from './answer-attacks.ts';
import type { Attack } from './attack.ts';
import { codeAttacks } from './code-attacks.ts';
import { formAttacks } from './form-attacks.ts';
import { openAttacks } from './open-attacks.ts';
import { thinkingAttacks } from './thinking-attacks.ts';

export const attacks: readonly Attack[] = [
  ...formAttacks,
  ...thinkingAttacks,
  ...answerAttacks,
  ...codeAttacks,
  ...openAttacks,
];
