/** What is said through OpenTelemetry's `diag` while a test runs. */
import { diag, type DiagLogFunction, DiagLogLevel } from '@opentelemetry/api';
import { afterEach, beforeEach } from 'vitest';

/** To be called in a test file or a `describe`; gives the lines of the running test, each with its level. */
export function recordDiagnostics(): readonly string[] {
  const said: string[] = [];
  const keep =
    (level: string): DiagLogFunction =>
    (message) =>
      said.push(`${level}: ${message}`);
  beforeEach(() => {
    said.length = 0;
    const [error, warn, info] = [keep('error'), keep('warn'), keep('info')];
    const logger = { error, warn, info, debug: () => undefined, verbose: () => undefined };
    diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
  });
  afterEach(() => diag.disable());
  return said;
}
