// The page's Content-Security-Policy forbids code from strings; zod is told before the first schema is made, or it would try.
// Imported by main.tsx before anything else.
import { z } from 'zod';

z.config({ jitless: true });
