export type * from './contract.ts';
export type * from './http-contract.ts';
