interface Step {
  readonly step_name: string;
  readonly step_type: string;
  readonly status: string;
  readonly [key: string]: unknown;
}

interface Row {
  readonly message_id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly step_data: readonly Step[];
  readonly [column: string]: unknown;
}

interface Answer {
  readonly status: number;
  readonly messageId?: string;
  readonly answer?: string;
  readonly sql?: string;
  readonly error?: string;
}

interface Run {
  readonly answers: readonly Answer[];
  readonly rows: readonly Row[];
  readonly posts: number;
}

export const QUESTIONS: readonly string[];
export function runService(
  recording: string,
  questions: readonly string[],
  options?: { outage?: boolean },
): Promise<Run>;
