/**
 * Attributes that applications set by hand (record.md, section 6). The standard ones are of OpenTelemetry semantic conventions 1.45.0; those of
 * status "development" there are not in the stable part of its package and stand here as literals.
 */
import type { Attributes, EndedSpan } from '../span.ts';

export const ATTRIBUTE = {
  sessionId: 'session.id',
  userId: 'user.id',
  endUserId: 'enduser.id',
  conversationId: 'gen_ai.conversation.id',
  kind: 'huggingplace.span.kind',
  userPrompt: 'huggingplace.user_prompt',
  aiResponse: 'huggingplace.ai_response',
  messageId: 'huggingplace.message_id',
  orgUuid: 'huggingplace.org_uuid',
  fileName: 'huggingplace.file_name',
  mappingTable: 'huggingplace.mapping_table',
  llmModel: 'huggingplace.llm_model',
  llmModel2: 'huggingplace.llm_model2',
  export: 'huggingplace.export',
  captureContent: 'huggingplace.capture_content',
} as const;

export type Mark = 'session' | 'interaction' | 'step';

/** What the user says that a span is; anything else there is no mark. */
export function markOf(span: EndedSpan): Mark | undefined {
  const mark = span.attributes[ATTRIBUTE.kind];
  return mark === 'session' || mark === 'interaction' || mark === 'step' ? mark : undefined;
}

/** A text that says something; ids are taken as text where they are numbers. */
export function textAt(attributes: Attributes, key: string): string | undefined {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (typeof value === 'string') return value || undefined;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
