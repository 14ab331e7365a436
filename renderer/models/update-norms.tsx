// Where the adapter changed its base: size of the update relative to the weights, layer by layer and target by target.
import type { ModelDetail } from '../../core/contract/models.ts';
import { Card } from '../ui/card.tsx';
import { formatNumber } from '../ui/format.ts';
import styles from './update-norms.module.css';

/** As they lie in a block: attention first, then the feed-forward part. */
const ORDER = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

type Update = NonNullable<ModelDetail['update']>;

export function UpdateNorms({ update }: { update: Update }) {
  const targets = [...new Set(update.map((each) => each.target))].sort(
    (a, b) => ORDER.indexOf(a) - ORDER.indexOf(b),
  );
  const layers = [...new Set(update.map((each) => each.layer))].sort((a, b) => a - b);
  const most = Math.max(...update.map((each) => each.relativeNorm));
  const strongest = update.find((each) => each.relativeNorm === most);
  const normAt = (layer: number, target: string) =>
    update.find((each) => each.layer === layer && each.target === target)?.relativeNorm ?? null;
  return (
    <Card
      title="Where did it change the base?"
      figure={
        strongest && (
          <small>
            {`most in layer ${strongest.layer}, ${strongest.target}: ${formatNumber(most * 100, 1)} % of the weight’s norm`}
          </small>
        )
      }
    >
      <div className={styles.scroll}>
        <table className={styles.norms} aria-label="Relative norm of the update by layer and target">
          <thead>
            <tr>
              <th scope="col">Layer</th>
              {targets.map((target) => (
                <th key={target} scope="col">
                  {target.replace('_proj', '')}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {layers.map((layer) => (
              <tr key={layer}>
                <th scope="row">{layer}</th>
                {targets.map((target) => (
                  <NormCell key={target} norm={normAt(layer, target)} most={most} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function NormCell({ norm, most }: { norm: number | null; most: number }) {
  if (norm === null) return <td>–</td>;
  return (
    <td>
      <span className={styles.bar}>
        <i style={{ width: `${(100 * norm) / (most || 1)}%` }} />
      </span>
      <span className={styles.value}>{formatNumber(norm * 100, 1)} %</span>
    </td>
  );
}
