export type { History, HistoryRecord } from './history.ts';
export { parseHistory } from './history.ts';
export { checkers, judge, report } from './judge.ts';
