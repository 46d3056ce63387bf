/** Keeps what is said through `diag` while a test runs. */
import { diag, DiagLogLevel } from '@opentelemetry/api';

export class DiagLines implements Disposable {
  readonly lines: string[] = [];

  constructor() {
    const say =
      (level: string) =>
      (...parts: unknown[]) =>
        void this.lines.push(`${level} ${parts.map(String).join(' ')}`);
    const logger = {
      error: say('error'),
      warn: say('warn'),
      info: say('info'),
      debug: say('debug'),
      verbose: say('verbose'),
    };
    diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
    this.lines.length = 0;
  }

  [Symbol.dispose](): void {
    diag.disable();
  }
}
