/** Amounts of named resources, as quotas add and compare them. */
import { parseQuantity, Quantity } from '../quantity.ts';

export type Amounts = ReadonlyMap<string, Quantity>;

const ZERO = Quantity.of(0);
export const ONE = Quantity.of(1);

export function amountsOf(texts: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(Object.entries(texts ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}
export function textsOf(amounts: Amounts): Record<string, string> {
  return Object.fromEntries([...amounts].map(([name, quantity]) => [name, quantity.toString()]));
}

function combine(a: Amounts, b: Amounts, choose: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map([...names].map((name) => [name, choose(a.get(name) ?? ZERO, b.get(name) ?? ZERO)]));
}
export const addAmounts = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x.add(y));
export const subtractAmounts = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x.subtract(y));
export const maxAmounts = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => (x.compare(y) >= 0 ? x : y));

/** Only the named resources. */
export function pickAmounts(amounts: Amounts, names: Iterable<string>): Amounts {
  const wanted = new Set(names);
  return new Map([...amounts].filter(([name]) => wanted.has(name)));
}
/** The text of quota messages: `cpu=1,pods=2`, sorted. */
export function amountsText(amounts: Amounts): string {
  return [...amounts]
    .map(([name, quantity]) => `${name}=${quantity}`)
    .toSorted()
    .join(',');
}
