// The attack list in order: the least margin first unless a person asks otherwise. Pure; used by attacks-tab.tsx.
import type { AttackResult } from '../../core/contract/rewards.ts';

const keys = {
  title: (each: AttackResult) => each.title,
  type: (each: AttackResult) => each.answerType,
  honest: (each: AttackResult) => each.honestTotal,
  hack: (each: AttackResult) => each.hackTotal,
  margin: (each: AttackResult) => each.margin,
} as const;

export interface Order {
  by: keyof typeof keys;
  down: boolean;
}

/** `margin`, `-hack`: a minus for the greatest first; anything else is the usual order. */
export function orderIn(text: string | undefined): Order {
  const down = text?.startsWith('-') ?? false;
  const by = down ? text?.slice(1) : text;
  return by !== undefined && by in keys ? { by: by as Order['by'], down } : { by: 'margin', down: false };
}

/** What a press on the head of a column makes of the order: null for the usual one. */
export function pressed(order: Order, column: string): string | null {
  const next = order.by === column && !order.down ? `-${column}` : column;
  return next === 'margin' ? null : next;
}

export function inOrder(list: readonly AttackResult[], { by, down }: Order): AttackResult[] {
  const key = keys[by];
  const sign = down ? -1 : 1;
  return [...list].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    const order = typeof left === 'string' ? left.localeCompare(String(right), 'en') : left - Number(right);
    return sign * order;
  });
}
