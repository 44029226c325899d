/** Lists in the encodings that people ask for, item by item: YAML, CBOR and indented JSON say the same whole or in parts. */
import { cborListEnds, encodeCborItem, toYaml } from '@steersman/api';

/** The parts of a list: what stands around its items, and each item with what parts it from the one before. */
export interface ListText {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  item(value: object, index: number): Uint8Array;
}
type Whole = Readonly<Record<string, unknown>>;

/** `whole` is the list without any items, which `key` names. */
export function indentedList(whole: Whole, key: string): ListText {
  const { [key]: _items, ...others } = whole;
  // The items come last, where they end the text with brackets of their own.
  const text = JSON.stringify({ ...others, [key]: [] }, undefined, 2);
  return {
    head: Buffer.from(text.slice(0, text.lastIndexOf(']'))),
    tail: Buffer.from('\n  ]\n}'),
    item(value, index) {
      const lines = JSON.stringify(value, undefined, 2).replaceAll('\n', '\n    ');
      return Buffer.from(`${index === 0 ? '' : ','}\n    ${lines}`);
    },
  };
}

/** Keys are in order, so that some come before the items and some after. */
export function yamlList(whole: Whole, key: string): ListText {
  const part = (wanted: (name: string) => boolean) => {
    const entries = Object.entries(whole).filter(([name]) => name !== key && wanted(name));
    return entries.length === 0 ? '' : toYaml(Object.fromEntries(entries));
  };
  return {
    head: Buffer.from(`${part((name) => name < key)}${key}:\n`),
    tail: Buffer.from(part((name) => name > key)),
    item: (value) => Buffer.from(toYaml([value])),
  };
}

/** CBOR says beforehand how many items there are. */
export function cborList(whole: Whole, key: string, count: number): ListText {
  return { ...cborListEnds(whole, key, count), item: (value) => encodeCborItem(value) };
}
