export {
  connectWithin,
  type DialOptions,
  type DialResult,
  type DialTls,
  dial,
  dialUpgrade,
  type TunnelOptions,
  tunnelUpgrade,
} from './adapters/dial.ts';
export { StreamsError, type StreamsErrorCode } from './errors.ts';
export {
  PORT_FORWARD_PROTOCOL,
  PORT_FORWARD_TUNNEL_PROTOCOL,
  type PortForwardServerOptions,
  servePortForward,
} from './portforward/serve.ts';
export {
  type ChannelPortForwardOptions,
  PORT_FORWARD_CHANNEL_PROTOCOLS,
  serveChannelPortForward,
} from './portforward/websocket-channels.ts';
export {
  type RemoteCommandOptions,
  type RemoteCommandSession,
  type TerminalSize,
  terminalSizes,
} from './remotecommand/session.ts';
export {
  acceptSpdyCommand,
  openSpdyCommand,
  SPDY_COMMAND_PROTOCOLS,
  type SpdyCommandClient,
  type SpdyCommandServerOptions,
} from './remotecommand/spdy.ts';
export { type CommandOutcome, outcomeBytes } from './remotecommand/status.ts';
export { translateCommand } from './remotecommand/translate.ts';
export { type TranslateOptions, translateWebSocketCommand } from './remotecommand/translate-upgrade.ts';
export {
  acceptWebSocketCommand,
  negotiateWebSocketCommand,
  WEBSOCKET_COMMAND_PROTOCOLS,
  type WebSocketCommandOptions,
} from './remotecommand/websocket.ts';
export { SpdyConnection, type SpdyConnectionOptions } from './spdy/connection.ts';
export type { SpdyHeaders } from './spdy/header-block.ts';
export { SpdyStream } from './spdy/stream.ts';
export { splice } from './splice.ts';
export {
  acceptSpdyUpgrade,
  isSpdyRequest,
  type Negotiation,
  negotiateStreamProtocol,
  refuseUpgrade,
  STREAM_PROTOCOL_HEADER,
  type UpgradeRequest,
} from './upgrade.ts';
export { acceptWebSocket, isWebSocketRequest, offeredProtocols, webSocketBytes } from './websocket.ts';
