// Evaluate: all evaluations as a matrix, and the page of one.
import { useRoute } from '../route.ts';
import { EvaluationList } from './evaluation-list.tsx';
import { EvaluationPage } from './evaluation-page.tsx';

export function EvaluateScreen() {
  const id = useRoute((route) => route.id);
  return id === null ? <EvaluationList /> : <EvaluationPage key={id} id={id} />;
}
