/** Sections 1 and 3 of the contract: store an interaction, add feedback to it, read interactions back. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { type Authorization, requireOwn } from '../authorization.ts';
import {
  failure,
  feedbackRequest,
  filteredChatAnswer,
  filteredChatQuery,
  jsonBody,
  message,
  storeRequest,
} from '../contract.ts';
import type { LiveFeed } from '../live.ts';
import { answer, newRouter, refusals } from '../router.ts';
import type { InteractionStore } from '../store.ts';
import type { Telemetry } from '../telemetry.ts';

const storeRoute = createRoute({
  method: 'post',
  path: '/v2/chatgpt/store_generated_response',
  summary: 'Store one interaction',
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: jsonBody(storeRequest) } } } },
  responses: { 200: answer('Stored, or there already', message), ...refusals },
});

const feedbackRoute = createRoute({
  method: 'post',
  path: '/v2/chatgpt/feedback',
  summary: 'Add feedback to a stored interaction',
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: jsonBody(feedbackRequest) } } } },
  responses: {
    200: answer('Merged into its metadata', message),
    404: answer('No interaction has this message id', failure),
    ...refusals,
  },
});

const filteredChatRoute = createRoute({
  method: 'get',
  path: '/notebook/filtered_chat',
  summary: 'Read interactions back',
  security: [{ apiKey: [] }],
  request: { query: filteredChatQuery },
  responses: { 200: answer('One page of interactions', filteredChatAnswer), ...refusals },
});

export interface InteractionParts {
  store: InteractionStore;
  authorization: Authorization;
  live: LiveFeed;
  telemetry: Telemetry;
}

export function interactionRoutes({ store, authorization, live, telemetry }: InteractionParts): OpenAPIHono {
  const router = newRouter();
  router.use(storeRoute.path, authorization.requireBearer);
  router.use(feedbackRoute.path, authorization.requireBearer);
  router.use(filteredChatRoute.path, authorization.requireApiKey);

  router.openapi(storeRoute, async (context) => {
    const orgId = authorization.bearer(context);
    const interaction = context.req.valid('json');
    requireOwn(orgId, interaction.org_id, 'org_id');
    const { isNew, failed } = await store.store(interaction);
    telemetry.stored({ isNew, failed, mode: interaction.mode });
    if (isNew) live.changed(orgId);
    return context.json({ message: isNew ? 'Stored' : 'Already stored: nothing changed' }, 200);
  });

  router.openapi(feedbackRoute, async (context) => {
    const orgId = authorization.bearer(context);
    const found = await store.addFeedback(orgId, context.req.valid('json'));
    if (!found) return context.json({ error: 'message_id: no interaction has this id' }, 404);
    live.changed(orgId);
    return context.json({ message: 'Feedback stored' }, 200);
  });

  router.openapi(filteredChatRoute, async (context) => {
    const orgId = authorization.apiKey(context);
    const query = context.req.valid('query');
    if (query.org !== undefined && query.org.toLowerCase() !== 'all') requireOwn(orgId, query.org, 'org');
    return context.json(await store.filteredChat(orgId, query), 200);
  });
  return router;
}
