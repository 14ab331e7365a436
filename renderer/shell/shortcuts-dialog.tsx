// All keys, from the action table.
import { type Action, actionOf, actions, printShortcut } from '../actions.ts';
import { isMac } from '../bridge.ts';
import { Dialog } from '../ui/dialog.tsx';
import { KeyHint } from '../ui/key-hint.tsx';
import { closeDialog } from '../view.ts';
import styles from './shortcuts-dialog.module.css';

const groups: readonly Action['group'][] = ['Go to', 'Do', 'Read', 'Look'];

export function ShortcutsDialog() {
  return (
    <Dialog
      title="Which keys are there?"
      about="Letters stand as keyboards print them; Shift is named where it is needed."
      onClose={closeDialog}
      wide
    >
      <div className={styles.groups}>
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
      </div>
    </Dialog>
  );
}
