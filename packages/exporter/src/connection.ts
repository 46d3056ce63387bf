/** What the span processor, the log record processor and the exporter of one registration share: settings, delivery, the hooks at the end of the process. */
import { Delivery, type DeliveryStats, installExitHooks, shortenPayload } from 'huggingplace-sdk/internal';
import { type Clock, systemClock } from './clock.ts';
import { isHeard } from './diagnostics.ts';
import { type HuggingPlaceOptions, resolveOptions, type Settings } from './options.ts';
import { LateFeedback } from './late-feedback.ts';
import { Pipeline } from './pipeline.ts';
import { registerExporter } from './registered-exporters.ts';

/**
 * The account, in interactions: at every moment `seen = open + queued + delivered + spooled + deadLettered + Σ dropped`. `late`, `ignored` and
 * `malformed` count spans (that came after their interaction had left, that make none, and that were read only as far as that went) and stand beside
 * the sum.
 */
export interface Stats extends DeliveryStats {
  readonly open: number;
  readonly late: number;
  readonly ignored: number;
  readonly malformed: number;
}

export class Connection {
  readonly settings: Settings;
  readonly pipeline: Pipeline;
  readonly #delivery: Delivery;
  readonly #feedback: LateFeedback;
  #removeExitHooks: (() => void) | undefined;
  #isShutDown = false;
  #shutdown: Promise<void> | undefined;

  constructor(given: HuggingPlaceOptions, seesStarts: boolean, clock: Clock = systemClock) {
    this.settings = resolveOptions(given, process.env);
    this.#delivery = new Delivery({ ...this.settings, shorten: shortenPayload });
    this.pipeline = new Pipeline({
      ...{ settings: this.settings, delivery: this.#delivery, clock, seesStarts },
      onSent: (record) => this.#feedback.noteSent(record),
    });
    this.#feedback = new LateFeedback({
      ...{ settings: this.settings, delivery: this.#delivery, clock },
      addTo: (messageId, event) => this.pipeline.addTo(messageId, event),
    });
    if (isHeard()) this.#warnOfSettings();
  }

  /** False where nothing can be sent: then nothing is held either. */
  get isActive(): boolean {
    return (
      this.settings.enabled &&
      !this.#isShutDown &&
      (this.settings.credentials !== undefined || this.settings.routing !== undefined)
    );
  }

  get isShutDown(): boolean {
    return this.#isShutDown;
  }

  /** With the first span, and not before: an import or a construction starts nothing. */
  begin(): void {
    if (this.#removeExitHooks !== undefined) return;
    this.#warnOfSettings();
    if (!this.isActive) {
      this.#removeExitHooks = () => undefined;
      return;
    }
    this.#feedback.open();
    const unregister = registerExporter(this);
    const removeExitHooks = installExitHooks({
      drain: () => this.pipeline.drain('flush'),
      deliverAtExit: (timeoutMs) => {
        this.pipeline.drain('shutdown');
        this.#delivery.deliverAtExit(timeoutMs);
      },
      flush: () => this.#delivery.flush(this.settings.exitTimeoutMs),
      exitTimeoutMs: this.settings.exitTimeoutMs,
    });
    this.#removeExitHooks = () => {
      unregister();
      removeExitHooks();
    };
  }

  /** At the construction if somebody listens by then, else with the first span. */
  #warnOfSettings(): void {
    const { credentials, routing, enabled, warnings, diagnostics } = this.settings;
    for (const warning of warnings) diagnostics.warnOnce(warning, warning);
    if (credentials !== undefined || routing !== undefined || !enabled) return;
    diagnostics.warnOnce(
      'credentials',
      'nothing is sent: set apiKey and orgId (HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID)',
    );
  }

  stats(): Stats {
    const delivery = this.#delivery.stats();
    const assembly = this.pipeline.stats;
    return { ...delivery, ...assembly, seen: delivery.seen + assembly.open };
  }

  /** Delivers what is complete; ends the waits for tool loops and stragglers. */
  async forceFlush(): Promise<void> {
    if (!this.isActive) return;
    this.pipeline.drain('flush');
    await this.#delivery.flush(this.settings.shutdownTimeoutMs);
  }

  /** Delivers everything as it is, within `shutdownTimeoutMs`. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutDownOnce();
    return this.#shutdown;
  }

  async #shutDownOnce(): Promise<void> {
    if (this.isActive) this.pipeline.drain('shutdown');
    this.#isShutDown = true;
    await this.#delivery.shutdown(this.settings.shutdownTimeoutMs);
    await this.#feedback.close();
    this.#removeExitHooks?.();
  }
}
