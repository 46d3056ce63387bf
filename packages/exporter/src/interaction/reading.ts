/** What a dialect says about one span, in words that no vocabulary owns. */

/**
 * What kind of GenAI work a span is. `chain`: a wrapper (workflow, flow, outer call, part of a run), never a step.
 * `step`: work of an unknown kind, or a step that the user marked.
 */
export type MemberKind =
  'llm' | 'agent' | 'chain' | 'tool' | 'retrieval' | 'embedding' | 'reranker' | 'guardrail' | 'step';

export type Role = 'system' | 'user' | 'assistant' | 'tool';

export type Part =
  | { readonly type: 'text'; readonly text: string }
  /** Thinking: no part of the answer. */
  | { readonly type: 'reasoning'; readonly text: string }
  /** `arguments` is JSON text, or whatever text stands there. */
  | {
      readonly type: 'tool_call';
      readonly id?: string | undefined;
      readonly name?: string | undefined;
      readonly arguments?: string | undefined;
      /** The provider runs it (web search): nobody is asked for anything. */
      readonly isProviderRun?: true | undefined;
    }
  | { readonly type: 'tool_result'; readonly id?: string | undefined; readonly result?: string | undefined }
  /** Images, audio and files, and every part of an unknown type: shown as a marker such as `[image image/png 12 kB]`, never as data. */
  | {
      readonly type: 'media';
      readonly media: string;
      readonly mimeType?: string | undefined;
      readonly bytes?: number | undefined;
    };

export interface Message {
  /** A message whose parts are all tool results is a tool message, whatever its role said. */
  readonly role: Role;
  readonly parts: readonly Part[];
}

/** Tokens of one model call or embedding. Cached tokens are a part of `input`, reasoning tokens a part of `output`. */
export interface Usage {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  /** Where only the sum is known, or where it was given beside its parts. */
  readonly total?: number | undefined;
  readonly cachedInput?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** Absent fields are unknown; no field is ever guessed. */
export interface Reading {
  readonly kind: MemberKind;
  /** Something of it could not be read (JSON cut by an SDK limit, a wrong type): read as far as it goes. */
  readonly malformed?: boolean | undefined;
  /** A tool's or an agent's name. */
  readonly name?: string | undefined;

  /**
   * Model calls: the whole history that was sent, system messages included where they stand. Chains and agents: their own input.
   * Absent: not recorded.
   */
  readonly input?: readonly Message[] | undefined;
  /** Absent: not recorded. An assistant message without parts: recorded, and empty. */
  readonly output?: readonly Message[] | undefined;
  /** System instructions that stand beside the messages. */
  readonly system?: string | undefined;
  /** Tools: arguments and result; retrievals: query and documents; rerankers, guardrails and steps: input and output; as text. */
  readonly inputText?: string | undefined;
  readonly outputText?: string | undefined;
  /** Tools: the id of the call that the tool answers. */
  readonly toolCallId?: string | undefined;

  readonly requestModel?: string | undefined;
  readonly responseModel?: string | undefined;
  readonly provider?: string | undefined;
  readonly usage?: Usage | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  readonly responseId?: string | undefined;
  readonly previousResponseId?: string | undefined;
  /** From the start of this call. */
  readonly timeToFirstTokenMs?: number | undefined;

  /** The dialect's own ids. `session.id`, `user.id` and `gen_ai.conversation.id` are read from every span by `interaction/identity.ts`. */
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** What the application handed to its instrumentation, without identity, tags and what a framework adds itself. */
  readonly metadata?: ReadonlyMap<string, unknown> | undefined;

  /** The dialect's own mark of failure; status and exception events are read from every span. */
  readonly error?: { readonly message?: string | undefined; readonly type?: string | undefined } | undefined;
}
