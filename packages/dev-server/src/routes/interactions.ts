/** Sections 1 and 3 of the contract: store an interaction, add feedback to it, read interactions back. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import {
  failure,
  feedbackRequest,
  filteredChatAnswer,
  filteredChatQuery,
  jsonBody,
  message,
  storeRequest,
} from '../contract.ts';
import type { Credentials } from '../credentials.ts';
import { newRouter } from '../router.ts';
import type { InteractionStore } from '../store.ts';

const answer = <T>(description: string, schema: T) => ({ description, content: { 'application/json': { schema } } });
const refusals = {
  400: answer('The request does not fit its description', failure),
  401: answer('No API key, or one that is not known', failure),
  403: answer('The API key belongs to another organisation', failure),
  413: answer('The body is too large', failure),
  503: answer('The database cannot be reached', failure),
};

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

export function interactionRoutes(store: InteractionStore, credentials: Credentials): OpenAPIHono {
  const router = newRouter();

  router.openapi(storeRoute, async (context) => {
    const orgId = organisationOf(credentials, bearer(context.req.header('authorization')));
    const interaction = context.req.valid('json');
    refuseOther(orgId, interaction.org_id, 'org_id');
    const { id } = await store.store(interaction);
    return context.json({ message: id === undefined ? 'Already stored: nothing changed' : 'Stored' }, 200);
  });

  router.openapi(feedbackRoute, async (context) => {
    const orgId = organisationOf(credentials, bearer(context.req.header('authorization')));
    const found = await store.addFeedback(orgId, context.req.valid('json'));
    if (!found) return context.json({ error: 'message_id: no interaction has this id' }, 404);
    return context.json({ message: 'Feedback stored' }, 200);
  });

  router.openapi(filteredChatRoute, async (context) => {
    const orgId = organisationOf(credentials, context.req.header('x-api-key'));
    const query = context.req.valid('query');
    if (query.org !== undefined && query.org.toLowerCase() !== 'all') refuseOther(orgId, query.org, 'org');
    return context.json(await store.filteredChat(orgId, query), 200);
  });
  return router;
}

const bearer = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];

function organisationOf(credentials: Credentials, apiKey: string | undefined): string {
  if (apiKey === undefined)
    throw new HTTPException(401, {
      message: 'no API key: expected "Authorization: Bearer <key>", or "x-api-key" to read',
    });
  const orgId = credentials.organisationOf(apiKey);
  if (orgId === undefined) throw new HTTPException(401, { message: 'the API key is not known here' });
  return orgId;
}

function refuseOther(orgId: string, given: string, field: string): void {
  if (given !== orgId)
    throw new HTTPException(403, { message: `${field}: the API key belongs to another organisation` });
}
