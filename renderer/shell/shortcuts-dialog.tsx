// All keys, from the action table.
import { type Action, actionOf, actions, printShortcut } from '../actions.ts';
import { isMac } from '../bridge.ts';
import { Dialog } from '../ui/dialog.tsx';
import { KeyHint } from '../ui/key-hint.tsx';
import { closeDialog } from '../view.ts';
import styles from './shortcuts-dialog.module.css';

const groups: readonly Action['group'][] = ['Go to', 'Do', 'Read', 'Look'];

/** A region that scrolls must take the focus, or only a pointer could read its end. */
const REGION = { tabIndex: 0 } as const;

export function ShortcutsDialog() {
  return (
    <Dialog
      title="Which keys are there?"
      about="Letters stand as keyboards print them; Shift is named where it is needed."
      onClose={closeDialog}
      wide
    >
      <section {...REGION} aria-label="Keys" className={styles.groups}>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <ul>
              {actions
                .filter((action) => action.group === group && action.shortcut)
                .map((action) => (
                  <li key={action.id}>
                    <span>
                      {action.title}
                      {action.scope !== 'global' && <small> on {actionOf(`go.${action.scope}`).title}</small>}
                    </span>
                    <KeyHint keys={printShortcut(action.shortcut ?? '', isMac)} />
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </section>
    </Dialog>
  );
}
