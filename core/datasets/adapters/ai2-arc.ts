// allenai/ai2_arc: school science with 3 to 5 options, labelled by letters or by digits (CC-BY-SA-4.0; configs ARC-Challenge, ARC-Easy).
import { type Adapted, type AdapterDefinition, contentHash, missing, objection } from './adapter.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export const ai2Arc: AdapterDefinition = {
  adapter: 'ai2_arc',
  configs: ['ARC-Challenge', 'ARC-Easy'],
  hasDefaultConfig: false,
  columns: ['id', 'question', 'choices', 'answerKey'],
  adapt(record, { config, split, revision, index }): Adapted {
    const { id, question, answerKey } = record;
    if (typeof id !== 'string' || id === '') return { reason: missing('id', record) };
    if (typeof question !== 'string') return { reason: missing('question', record) };
    if (typeof answerKey !== 'string') return { reason: missing('answerKey', record) };
    const options = readOptions(record.choices);
    if ('reason' in options) return options;
    const { texts, labels } = options;
    const place = labels.indexOf(answerKey);
    if (place === -1)
      return { reason: `the key "${answerKey}" is not among the labels ${labels.join(', ')}` };
    const content = { question, choices: texts, context: null, answer: LETTERS[place]! };
    const why = objection(content);
    if (why) return { reason: why };
    const repeated = new Set(texts).size < texts.length;
    return {
      row: {
        id: `ai2_arc:${config}:${split}:${id}`,
        ...content,
        answerRaw: answerKey,
        domain: 'science',
        answerType: 'choice',
        verifier: null,
        source: { dataset: 'ai2_arc', config, split, revision, index, licence: 'CC-BY-SA-4.0' },
        choicePermutation: null,
        flags: repeated ? ['option-repeated'] : [],
        hash: contentHash(content),
      },
    };
  },
};

/** Options and their labels as the hub serves them: two lists of equal length. */
function readOptions(choices: unknown): { texts: string[]; labels: string[] } | { reason: string } {
  const { text: texts, label: labels } = (choices ?? {}) as { text?: unknown; label?: unknown };
  if (!isTextList(texts) || !isTextList(labels))
    return { reason: '"choices" must hold two lists of text, "text" and "label"' };
  if (texts.length !== labels.length)
    return { reason: `${texts.length} options have ${labels.length} labels` };
  if (texts.length < 2 || texts.length > LETTERS.length)
    return { reason: `${texts.length} options; between 2 and ${LETTERS.length} can be lettered` };
  if (new Set(labels).size < labels.length)
    return { reason: `two options have one label: ${labels.join(', ')}` };
  if (texts.some((text) => text.trim() === '')) return { reason: 'an option is empty' };
  return { texts, labels };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
