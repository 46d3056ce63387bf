// A backend in a process of its own, on raw sockets, so that it can misbehave as no HTTP server lets one, and so that what arrived is
// counted by somebody who shares nothing with the code under test. Driven through `sink.ts`.
//
// A behaviour is a status, `{ status, headers, delayMs }`, or one of the names below; `plan` says which one a request meets:
// `byId[message_id]`, else the next of `sequence`, else `otherwise`.
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { connect } from 'node:net';

const sockets = new Set();
let plan = { otherwise: 200 };
/** Attempts: when (ms since the epoch), which record, whose key, and what it met. */
let attempts = [];
/** Rows of a database that drops a second record of the same id. */
let rows = new Map();
/** Records that were taken although they were there already. */
let repeated = 0;
/** Authorities that a proxy was asked for. */
let tunnels = [];

const reply = (status, headers = {}, body = '{}') =>
  `HTTP/1.1 ${status} X\r\n${Object.entries({
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`;

const misbehave = {
  hang: () => undefined,
  reset: (socket) => socket.resetAndDestroy(),
  end: (socket) => socket.end(),
  garbage: (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
  'half a head': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
  'endless head': (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}`),
  'two lengths': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'),
  // From here on the record is stored: what fails is the answer.
  'stored, then reset': (socket) => socket.resetAndDestroy(),
  'stored, half a body': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"mess'),
  'stored, no JSON': (socket) => socket.write(reply(200, {}, '<html>fine</html>')),
  'stored, endless body': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const more = () => {
      while (!socket.destroyed && socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`));
    };
    socket.on('drain', more);
    more();
  },
  'stored, slow body': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{'),
};

/** Of a record, or of every span in a request of OTLP/HTTP with JSON: what else there is can be measured by the same backend. */
function idsIn(body) {
  try {
    const { message_id: id, resourceSpans } = JSON.parse(body);
    if (resourceSpans === undefined) return [String(id)];
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    return spans.map(
      ({ attributes }) => attributes.find(({ key }) => key === 'huggingplace.message_id').value.stringValue,
    );
  } catch {
    return ['no JSON'];
  }
}

function answer(socket, body, authorization) {
  const ids = idsIn(body);
  const known = ids.find((id) => plan.byId?.[id] !== undefined);
  const behaviour = plan.byId?.[known] ?? plan.sequence?.shift() ?? plan.otherwise;
  const status = typeof behaviour === 'object' ? behaviour.status : behaviour;
  const isStored = typeof status === 'number' ? status >= 200 && status < 300 : status.startsWith('stored');
  for (const id of ids) {
    attempts.push({ atMs: Date.now(), id, authorization, met: status });
    if (!isStored) continue;
    if (rows.has(id)) repeated += 1;
    else rows.set(id, body.length);
  }
  const act = () => {
    if (socket.destroyed) return;
    if (typeof status === 'number') socket.write(reply(status, behaviour.headers));
    else misbehave[status](socket);
  };
  if (behaviour.delayMs) setTimeout(act, behaviour.delayMs);
  else act();
}

/** A body, and where it ends; `undefined`: it is not all here yet. */
function readLength(bytes, head) {
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return bytes.length < length ? undefined : { body: bytes.subarray(0, length), end: length };
}

function readChunks(bytes) {
  const chunks = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + length;
    if (bytes.length < end + 2) return undefined;
    if (length === 0) return { body: Buffer.concat(chunks), end: end + 2 };
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

function serve(socket) {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  let received = Buffer.alloc(0);
  const onData = (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = received.toString('latin1', 0, headEnd);
      const [, method, target] = /^(\S+) (\S+)/.exec(head) ?? [];
      if (method === 'CONNECT') return void tunnel(socket, head, target, onData);
      const rest = received.subarray(headEnd + 4);
      const whole = /\r\ntransfer-encoding: *chunked/i.test(head) ? readChunks(rest) : readLength(rest, head);
      if (whole === undefined) return;
      received = rest.subarray(whole.end);
      answer(socket, whole.body.toString('utf8'), /\r\nauthorization: *([^\r]*)/i.exec(head)?.[1]);
    }
  };
  socket.on('data', onData);
}

function tunnel(socket, head, authority, onData) {
  tunnels.push({ authority, authorization: /\r\nproxy-authorization: *([^\r]*)/i.exec(head)?.[1] });
  socket.off('data', onData);
  if (typeof plan.tunnel === 'number') return void socket.end(reply(plan.tunnel));
  const [host, port] = authority.split(':');
  const upstream = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
}

let server;
const commands = {
  listen: ({ port = 0, tls }, done) => {
    server = tls ? createTlsServer(tls, serve).on('tlsClientError', () => undefined) : createServer(serve);
    server.listen(port, '127.0.0.1', () => done(server.address().port));
  },
  /** Refuses connections and ends those there are. */
  close: (_, done) => {
    server.close(() => done());
    for (const socket of sockets) socket.destroy();
  },
  plan: (next, done) => {
    plan = next;
    done();
  },
  report: (_, done) => done({ attempts, rows: [...rows.keys()], repeated, tunnels }),
  clear: (_, done) => {
    attempts = [];
    rows = new Map();
    repeated = 0;
    tunnels = [];
    done();
  },
};

process.on('message', ({ id, command, argument }) => {
  commands[command](argument ?? {}, (result) => process.send({ id, result }));
});
process.on('disconnect', () => process.exit());
