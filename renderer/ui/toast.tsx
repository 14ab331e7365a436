// Short news at the lower edge: what ended, what failed. One act at most. The screen gives them room, so that they cover nothing.
import { Toast as Base } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from './button.tsx';
import styles from './toast.module.css';

interface ToastData {
  tone: 'good' | 'bad' | 'neutral';
  act?: { title: string; run(): void } | undefined;
}

const manager = Base.createToastManager<ToastData>();

export interface News {
  title: string;
  detail?: string;
  tone?: ToastData['tone'];
  act?: ToastData['act'];
}

/** Shows news from anywhere. A failure stays until it is closed. */
export function tell({ title, detail, tone = 'neutral', act }: News): void {
  manager.add({
    title,
    description: detail,
    timeout: tone === 'bad' ? 0 : 8000,
    priority: tone === 'bad' ? 'high' : 'low',
    data: { tone, act },
  });
}

export function Toasts() {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      <Base.Portal>
        <Room />
      </Base.Portal>
    </Base.Provider>
  );
}

/** Tells the layout (app.module.css) how high the news stand, as they come and go. */
function Room() {
  const viewport = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = viewport.current;
    if (!element) return;
    const watch = new ResizeObserver(() => {
      const { height } = element.getBoundingClientRect();
      document.documentElement.style.setProperty('--news', `${Math.ceil(height)}px`);
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return (
    <Base.Viewport ref={viewport} className={styles.viewport}>
      <List />
    </Base.Viewport>
  );
}

function List() {
  const { toasts, close } = Base.useToastManager<ToastData>();
  return toasts.map((toast) => (
    <Base.Root key={toast.id} toast={toast} className={styles.toast} data-tone={toast.data?.tone}>
      <Base.Content className={styles.content}>
        <Base.Title className={styles.title} />
        <Base.Description className={styles.detail} />
        {toast.data?.act && (
          <Button
            onClick={() => {
              toast.data?.act?.run();
              close(toast.id);
            }}
          >
            {toast.data.act.title}
          </Button>
        )}
      </Base.Content>
      <Base.Close className={styles.close} aria-label="Dismiss">
        <X size={14} strokeWidth={1.75} aria-hidden="true" />
      </Base.Close>
    </Base.Root>
  ));
}
