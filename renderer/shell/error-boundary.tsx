// Catches a bug in a screen: the rest of the window stays usable and the person gets words to report.
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import styles from './error-boundary.module.css';

interface State {
  error: Error | null;
}

export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error('A screen failed:', error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className={styles.room}>
        <h1 id="screen-title">This screen has failed</h1>
        <ErrorCard
          what="A part of the window stopped. Nothing in the lab was changed by that."
          error={error}
          act={<Button onClick={() => this.setState({ error: null })}>Show it again</Button>}
        />
      </div>
    );
  }
}
