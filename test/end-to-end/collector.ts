/** Stands in for an OpenTelemetry Collector: takes OTLP as JSON, and keeps the names of spans and the texts of log records. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Collector {
  readonly url: string;
  /** What came since the last call, sorted. */
  take(): { readonly spans: readonly string[]; readonly logs: readonly string[] };
  close(): void;
}

/** The little of OTLP/JSON that is looked at. */
interface Otlp {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly body: { readonly stringValue: string } }[];
    }[];
  }[];
}

export async function startCollector(): Promise<Collector> {
  let spans: string[] = [];
  let logs: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { resourceSpans = [], resourceLogs = [] } = (await json(request)) as Otlp;
      spans.push(
        ...resourceSpans.flatMap((of) => of.scopeSpans.flatMap((scope) => scope.spans.map(({ name }) => name))),
      );
      logs.push(
        ...resourceLogs.flatMap((of) =>
          of.scopeLogs.flatMap((scope) => scope.logRecords.map(({ body }) => body.stringValue)),
        ),
      );
      response.setHeader('content-type', 'application/json').end('{}');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = { spans: spans.sort(), logs: logs.sort() };
      spans = [];
      logs = [];
      return taken;
    },
    close: () => server.close(),
  };
}
