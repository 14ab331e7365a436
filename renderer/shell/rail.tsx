// The left rail: the screens that exist, each with its key, and below them search and settings. Narrow windows show signs only.
import {
  Award,
  ChartSpline,
  Cuboid,
  Gauge,
  House,
  type LucideIcon,
  Rows3,
  Scale,
  Search,
  Settings2,
} from 'lucide-react';
import { keysOf } from '../action-button.tsx';
import { actionOf } from '../actions.ts';
import { useQuery } from '../queries.ts';
import { type Screen, useRoute } from '../route.ts';
import { classNames } from '../ui/class-names.ts';
import { Mark } from './mark.tsx';
import styles from './rail.module.css';

const icons: Readonly<Record<Screen, LucideIcon>> = {
  home: House,
  data: Rows3,
  rewards: Award,
  train: ChartSpline,
  models: Cuboid,
  evaluate: Gauge,
  compare: Scale,
};

export function Rail() {
  const current = useRoute((route) => route.screen);
  const status = useQuery('lab.status', {});
  const running = status.data?.counts.runningRuns ?? 0;
  return (
    <nav className={styles.rail} aria-label="Screens">
      <div className={styles.brand}>
        <Mark />
        <span>Forethought</span>
      </div>
      {(Object.keys(icons) as Screen[]).map((screen) => {
        const Icon = icons[screen];
        const action = actionOf(`go.${screen}`);
        return (
          <a
            key={screen}
            href={`#/${screen}`}
            className={classNames(styles.entry, screen === current && styles.on)}
            aria-current={screen === current ? 'page' : undefined}
            title={action.title}
          >
            <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
            <span className={styles.word}>{action.title}</span>
            {screen === 'train' && running > 0 ? (
              <span className={styles.badge}>
                {running}
                <span className="visually-hidden"> running</span>
              </span>
            ) : (
              <span className={styles.key} aria-hidden="true">
                {keysOf(`go.${screen}`)}
              </span>
            )}
          </a>
        );
      })}
      <div className={styles.gap} />
      <RailButton id="palette" icon={Search} word="Search" />
      <RailButton id="settings" icon={Settings2} word="Settings" />
    </nav>
  );
}

function RailButton({ id, icon: Icon, word }: { id: string; icon: LucideIcon; word: string }) {
  return (
    <button type="button" className={styles.entry} onClick={() => actionOf(id).run?.()} title={word}>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      <span className={styles.word}>{word}</span>
      <span className={styles.key} aria-hidden="true">
        {keysOf(id)}
      </span>
    </button>
  );
}
