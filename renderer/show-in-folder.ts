// Shows a file or a folder of the lab in the system's file manager; says so when it cannot. Used by Train and Home.
import { bridge } from './bridge.ts';
import { tell } from './ui/toast.tsx';

/** `what`: "The report". */
export function showInFolder(path: string, what: string): void {
  void bridge
    .showInFolder(path)
    .catch((error: Error) => tell({ title: `${what} cannot be shown`, detail: error.message, tone: 'bad' }));
}
