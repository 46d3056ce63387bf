/** A recording of what arrived, for whoever tests a client against this server. */
import type { MiddlewareHandler } from 'hono';
import type { FaultEnvironment } from './faults.ts';

export interface ReceivedRequest {
  /** ISO 8601. */
  time: string;
  method: string;
  path: string;
  /** Without the API key. */
  headers: Record<string, string>;
  body: string;
  /** What was answered; absent when the connection broke before that. */
  status?: number;
}

const SECRET_HEADERS = ['authorization', 'x-api-key', 'cookie'];

export function recordRequests(onReceived: (request: ReceivedRequest) => void): MiddlewareHandler<FaultEnvironment> {
  return async (context, next) => {
    const received: ReceivedRequest = {
      time: new Date().toISOString(),
      method: context.req.method,
      path: context.req.path,
      headers: Object.fromEntries(
        Object.entries(context.req.header()).map(([name, value]) => [
          name,
          SECRET_HEADERS.includes(name) ? '[redacted]' : value,
        ]),
      ),
      // Kept by the request itself: whoever asks for its JSON next gets it from here.
      body: await context.req.text(),
    };
    await next();
    onReceived({ ...received, ...(context.get('isCutOff') !== true && { status: context.res.status }) });
  };
}
