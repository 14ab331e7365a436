// A prompt exactly as a model gets it: code type, line by line, with the turn marks set back.
import styles from './prompt-text.module.css';

/** Marks that templates write around turns; everything else is text. */
const MARKS =
  /(<start_of_turn>(?:user|model)|<end_of_turn>|<\|im_start\|>(?:system|user|assistant)|<\|im_end\|>|<bos>)/g;

export function PromptText({ text }: { text: string }) {
  return (
    <pre className={styles.prompt}>
      {text.split(MARKS).map((piece, i) =>
        i % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity beyond their place
          <span key={i} className={styles.mark}>
            {piece}
          </span>
        ) : (
          piece
        ),
      )}
    </pre>
  );
}
