export { type AccountClientsOptions, accountClients } from './account-clients.ts';
export { command } from './command.ts';
export { type ControllerManagerConfig, defaultConfig } from './config.ts';
export type { Controller, ControllerContext } from './controller/contract.ts';
export { allControllers } from './controllers.ts';
export { type ControllerManagerOptions, selectControllers, startControllerManager } from './manager.ts';
