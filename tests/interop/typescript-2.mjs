import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { run } from './scenario.mjs';

await run({
  Client,
  Transport: StreamableHTTPClientTransport,
  UnauthorizedError,
  finish: (transport, answer) => transport.finishAuth(answer),
});
