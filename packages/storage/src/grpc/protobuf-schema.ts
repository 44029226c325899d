/** What messages are made of, from a descriptor in protobuf.js' form. */
export type Kind = 'bytes' | 'string' | 'bool' | 'number' | 'integer' | 'unsigned' | 'enum' | 'message';

export interface MessageField {
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
  readonly repeated: boolean;
  /** Written even when it is zero: which of several is there says something. */
  readonly explicit: boolean;
  readonly type: MessageType | undefined;
  readonly names: ReadonlyMap<number, string>;
  readonly numbers: ReadonlyMap<string, number>;
  /** The last number that did not fit into a JavaScript number: most such numbers are always the same. */
  readonly last: { high: number; low: number; text: string; bytes: Uint8Array };
}
export interface MessageType {
  readonly name: string;
  /** In the order of their numbers. */
  readonly fields: readonly MessageField[];
  readonly byId: readonly (MessageField | undefined)[];
  /** A message in which nothing is set. */
  readonly empty: Readonly<Record<string, unknown>>;
}

interface DescribedField {
  readonly type: string;
  readonly id: number;
  readonly rule?: string;
}
interface Described {
  readonly fields?: Readonly<Record<string, DescribedField>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly nested?: Readonly<Record<string, Described>>;
}
export interface Descriptor {
  readonly nested: Readonly<Record<string, unknown>>;
}

const SCALARS: Readonly<Record<string, Kind>> = {
  bytes: 'bytes',
  string: 'string',
  bool: 'bool',
  int64: 'integer',
  uint32: 'number',
  uint64: 'unsigned',
};
const NO_BYTES = Buffer.alloc(0);
const ZERO: Readonly<Record<Kind, unknown>> = {
  bytes: NO_BYTES,
  string: '',
  bool: false,
  number: 0,
  integer: '0',
  unsigned: '0',
  enum: '',
  message: null,
};

/** Finds messages by their full names. */
export function messageTypes(descriptor: Descriptor): (name: string) => MessageType {
  const described = new Map<string, Described>();
  collect(descriptor as Described, '', described);
  const made = new Map<string, MessageType>();
  const typeOf = (name: string): MessageType => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const fields: MessageField[] = [];
    const byId: (MessageField | undefined)[] = [];
    const empty: Record<string, unknown> = {};
    const type = { name, fields, byId, empty };
    made.set(name, type); // Before its fields: messages can contain themselves.
    const { fields: own = {}, oneofs = {} } = described.get(name)!;
    const choices = new Set(Object.values(oneofs).flatMap(({ oneof }) => oneof));
    for (const [field, facts] of Object.entries(own).sort(([, a], [, b]) => a.id - b.id)) {
      const one = fieldOf(field, facts, choices.has(field), name);
      fields.push(one);
      byId[one.id] = one;
      if (one.repeated) empty[field] = [];
      else if (!one.explicit) empty[field] = one.kind === 'enum' ? one.names.get(0) : ZERO[one.kind];
    }
    return type;
  };

  function fieldOf(name: string, { type, id, rule }: DescribedField, explicit: boolean, scope: string): MessageField {
    const scalar = SCALARS[type];
    const full = scalar === undefined ? resolve(type, scope) : '';
    const values = Object.entries(described.get(full)?.values ?? {});
    return {
      id,
      name,
      kind: scalar ?? (values.length > 0 ? 'enum' : 'message'),
      repeated: rule === 'repeated',
      explicit,
      type: scalar === undefined && values.length === 0 ? typeOf(full) : undefined,
      names: new Map(values.map(([text, number]) => [number, text])),
      numbers: new Map(values),
      last: { high: -1, low: -1, text: '', bytes: NO_BYTES },
    };
  }

  /** From the message outwards. */
  function resolve(type: string, scope: string): string {
    for (let at = scope; ; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
      const full = at === '' ? type : `${at}.${type}`;
      if (described.has(full) || at === '') return full;
    }
  }
  return typeOf;
}

function collect({ nested = {} }: Described, scope: string, into: Map<string, Described>): void {
  for (const [name, inner] of Object.entries(nested)) {
    const full = scope === '' ? name : `${scope}.${name}`;
    into.set(full, inner);
    collect(inner, full, into);
  }
}
