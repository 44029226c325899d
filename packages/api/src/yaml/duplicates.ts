/**
 * Keys that a mapping of a YAML document has twice, with their lines, as Go's strict reader tells them.
 */
import { EVENT_ID, type Event, getScalarValue, parseEvents } from 'js-yaml';
import { DECODE_PROBLEMS_MAX } from '../json/problems.ts';

/** A collection that is being read. Of a mapping every other value is a key. */
interface Frame {
  readonly keys: Set<string> | undefined;
  keyNext: boolean;
}

/** One text per key, such as `line 3: key "data" already set in map`. The text must be YAML. */
export function duplicateKeys(text: string, depthMax: number): readonly string[] {
  const found: string[] = [];
  const frames: Frame[] = [];
  const lineOf = lineCounter(text);
  for (const event of parseEvents(text, { maxDepth: depthMax })) {
    if (event.type === EVENT_ID.POP) {
      frames.pop();
      continue;
    }
    const key = keyOf(event, frames.at(-1), text);
    if (key !== undefined && event.type === EVENT_ID.SCALAR && found.length < DECODE_PROBLEMS_MAX)
      found.push(`line ${lineOf(event.valueStart)}: key ${JSON.stringify(key)} already set in map`);
    if (event.type === EVENT_ID.MAPPING) frames.push({ keys: new Set(), keyNext: true });
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT)
      frames.push({ keys: undefined, keyNext: false });
  }
  return found;
}

/** The key that the event is, when its mapping has it already. */
function keyOf(event: Event, frame: Frame | undefined, text: string): string | undefined {
  if (frame?.keys === undefined) return undefined;
  const isKey = frame.keyNext;
  frame.keyNext = !isKey;
  if (!isKey || event.type !== EVENT_ID.SCALAR) return undefined;
  const key = getScalarValue(text, event);
  if (frame.keys.has(key) && key !== '<<') return key;
  frame.keys.add(key);
  return undefined;
}

/** Lines from positions that only grow, without looking at anything twice. */
function lineCounter(text: string): (position: number) => number {
  let line = 1;
  let seen = 0;
  return (position) => {
    for (; seen < position; seen += 1) if (text.charCodeAt(seen) === 0x0a) line += 1;
    return line;
  };
}
