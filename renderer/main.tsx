// Start of the window: theme and fonts, connection, address, then the app.
import './without-eval.ts';
import './ui/fonts.css';
import './ui/tokens.css';
import './ui/base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { bridge } from './bridge.ts';
import { startConnection } from './core.ts';
import { followChanges, queryClient } from './queries.ts';
import { resumeTrial } from './rewards/trial.ts';
import { followAddress } from './route.ts';
import { loadTheRest } from './screens.ts';
import { clipboard } from './ui/clipboard.ts';

clipboard.write = (text) => bridge.copyText(text);
followAddress();
followChanges();
startConnection();
resumeTrial();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
loadTheRest();
