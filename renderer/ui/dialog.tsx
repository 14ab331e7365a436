// A sheet above everything for one task. Escape closes it, focus returns where it was.
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import styles from './dialog.module.css';

interface DialogProps {
  title: string;
  /** One sentence under the title. */
  about?: ReactNode;
  onClose(): void;
  /** The row of buttons at the foot; the usual one last. */
  foot?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** Mount it to open it. */
export function Dialog({ title, about, onClose, foot, wide, children }: DialogProps) {
  const body = useRef<HTMLDivElement>(null);
  const firstControl = () =>
    body.current?.querySelector<HTMLElement>('input, textarea, button, [role=combobox], [tabindex="0"]') ??
    true;
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={styles.popup} data-wide={wide || undefined} initialFocus={firstControl}>
          <header className={styles.head}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            {about && <Base.Description className={styles.about}>{about}</Base.Description>}
            <Base.Close className={styles.close} aria-label="Close">
              <X size={16} strokeWidth={1.75} aria-hidden="true" />
            </Base.Close>
          </header>
          <div ref={body} className={styles.body}>
            {children}
          </div>
          {foot && <footer className={styles.foot}>{foot}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
