// Where copied text goes. The page has no permission of its own for the clipboard; main.tsx puts the system's way in here.
export const clipboard: { write(text: string): Promise<void> } = {
  write: () => Promise.reject(new Error('No clipboard was set up.')),
};
