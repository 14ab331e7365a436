// From the fields of a question of one's own to a row, or what is still missing. Pure; used by own-question.tsx.
import type { InlineRow } from '../../core/contract/rewards.ts';

export interface OwnDraft {
  question: string;
  answer: string;
  answerType: InlineRow['answerType'];
  domain: string;
  /** Options or tests, one a line. */
  lines: string;
}

export function ownRow(draft: OwnDraft): { row: InlineRow | null; missing: string | null } {
  const { answerType, domain } = draft;
  const [question, answer] = [draft.question.trim(), draft.answer.trim()];
  const lines = draft.lines.split('\n').flatMap((line) => line.trim() || []);
  const miss = (missing: string) => ({ row: null, missing });
  if (question === '') return miss('Write the question first.');
  const row: InlineRow = {
    question,
    answer,
    answerType,
    domain,
    choices: null,
    context: null,
    verifier: null,
  };
  switch (answerType) {
    case 'open':
      return { row: { ...row, answer: null }, missing: null };
    case 'code':
      if (lines.length === 0) return miss('Write at least one test first.');
      return {
        row: { ...row, answer: null, verifier: { tests: lines, imports: [], setup: '' } },
        missing: null,
      };
    case 'choice': {
      if (lines.length < 2) return miss('Write at least two options first.');
      const letter = answer.toUpperCase();
      const last = String.fromCharCode(64 + lines.length);
      if (!/^[A-Z]$/.test(letter) || letter > last)
        return miss(`The right answer must be a letter from A to ${last}.`);
      return { row: { ...row, choices: lines, answer: letter }, missing: null };
    }
    default:
      return answer === '' ? miss('Write the right answer first.') : { row, missing: null };
  }
}
