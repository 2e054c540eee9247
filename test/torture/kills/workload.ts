import type { Random } from '../random.ts';
import type { Order } from '../processes/order.ts';
import type { Expected } from './expected.ts';

/** What a process may be at when it is killed. */
export const KINDS = [
  'opening',
  'creating',
  'creating a batch',
  'updating',
  'archiving and deleting',
  'writing large content',
  'closing the epoch',
  'making a snapshot',
  'migrating',
] as const;
export type Kind = (typeof KINDS)[number];

const ORDERS = 12;

/** Orders for one process, most of them of one kind; each fits what is there when it is its turn. */
export function workload(kind: Kind, random: Random, start: Expected, name: string): Order[] {
  const orders: Order[] = [];
  let now = start;
  for (let at = 0; at < ORDERS; at++) {
    const order = orderOf(random.chance(0.75) ? kind : 'creating', random, now, `${name}-${at}`);
    orders.push(...order);
    now = now.after(...order);
  }
  return orders;
}

function orderOf(kind: Kind, random: Random, now: Expected, name: string): Order[] {
  const [one, two] = random.shuffled(now.ids(false));
  if (kind === 'creating a batch') return [create(random, name, 2 + random.below(20))];
  if (kind === 'writing large content') return [large(random, name, one)];
  if (kind === 'updating' && one !== undefined) return [{ do: 'update', id: one, content: name }];
  if (kind === 'archiving and deleting' && one !== undefined && two !== undefined) {
    return [random.chance(0.5) ? { do: 'archive', ids: [one, two] } : { do: 'delete', ids: [one, two] }];
  }
  if (kind === 'closing the epoch') return [{ do: 'seal' }];
  if (kind === 'making a snapshot') return [{ do: 'seal' }, { do: 'snapshot' }];
  return [create(random, name, 1)];
}

function create(random: Random, name: string, count: number): Order {
  const memories = Array.from({ length: count }, (_, at) => ({
    id: `${name}-${at}`,
    title: `memory ${at} of ${name}`,
    content: 'ice core '.repeat(1 + random.below(40)),
    tags: ['batch', name],
  }));
  return { do: 'create', memories };
}

/** More than is kept in the database: in a new memory, or in one that is there. */
function large(random: Random, name: string, id: string | undefined): Order {
  const content = random.bytes(6000).toString('hex');
  if (id !== undefined && random.chance(0.5)) return { do: 'update', id, content };
  return { do: 'create', memories: [{ id: name, title: `large ${name}`, content, tags: ['large'] }] };
}
