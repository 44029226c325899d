/**
 * Whether a flag in a query is set: by any value, also an empty one, but `0` and `false` in any case. Absent (null or
 * undefined) it is not. Clients write `true`, `1` and, from Python, `True`.
 */
export function queryFlag(value: string | null | undefined): boolean {
  return value !== null && value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}
