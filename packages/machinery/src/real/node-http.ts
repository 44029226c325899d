/**
 * The module node:http. To import it makes Node look at all of its exports, WebSocket among them, and load a second HTTP client for that:
 * a twentieth of the start of a server, for nothing.
 */
export const nodeHttp = process.getBuiltinModule('node:http');
