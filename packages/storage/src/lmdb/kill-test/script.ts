/** What each writer of `main.ts` does, so that whoever looks afterwards knows what to expect. */
export const WRITERS = 32;
export const KEYS_PER_WRITER = 5;
const LAPS_PER_DELETION = 4;
/** How many short-lived keys a writer has, each written again and again, most often after it has expired. */
export const SHORT_KEYS = 10;
export const SHORT_SECONDS = 1;

/** Both keys of a pair begin with this. */
export const pairOf = (writer: number, sequence: number) =>
  `/w/${String(writer).padStart(2, '0')}/${sequence % KEYS_PER_WRITER}`;

/** Whether a writer deletes its pair with this sequence, which it wrote before, instead of writing it again. */
export const deletes = (sequence: number) =>
  Math.floor(sequence / KEYS_PER_WRITER) % LAPS_PER_DELETION === LAPS_PER_DELETION - 1;
