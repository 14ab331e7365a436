// The domains that reward parts can be switched on or off by. A row of another domain is scored by the parts without a switch.

export const domains: readonly string[] = [
  'math',
  'coding',
  'science',
  'general-knowledge',
  'logic',
  'creative',
  'summarization',
];
