/** The interactions as plain HTML. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { html } from 'hono/html';
import { newRouter } from '../router.ts';
import type { InteractionStore } from '../store.ts';

export function plainPage(store: InteractionStore, orgIds: readonly string[]): OpenAPIHono {
  const router = newRouter();
  router.get('/', async (context) => {
    const pages = await Promise.all(
      orgIds.map((orgId) =>
        store.filteredChat(orgId, {
          org: undefined,
          limit: 50,
          page: 1,
          order_by: 'created',
          ascending: false,
          search: undefined,
          start_date: undefined,
          end_date: undefined,
          further: [],
        }),
      ),
    );
    context.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    return context.html(
      html`<!doctype html>
        <html lang="en">
          <meta charset="utf-8" />
          <title>HuggingPlace</title>
          <style>
            body {
              font: 15px/1.5 system-ui;
              max-width: 60rem;
              margin: 2rem auto;
              padding: 0 1rem;
              color-scheme: light dark;
            }
            article {
              border-top: 1px solid #8885;
              padding: 1rem 0;
            }
            dl {
              display: flex;
              flex-wrap: wrap;
              gap: 0 1.5rem;
              margin: 0.5rem 0;
              font-size: 13px;
            }
            dt {
              opacity: 0.6;
            }
            dd {
              margin: 0 0 0 0.3rem;
            }
            dl div {
              display: flex;
            }
            p {
              white-space: pre-wrap;
              margin: 0.3rem 0;
              overflow-wrap: anywhere;
            }
          </style>
          <h1>Interactions</h1>
          ${pages
            .flatMap(({ chats }) => chats)
            .map(
              (chat) =>
                html`<article>
                  <p><strong>${chat.conversation}</strong></p>
                  <p>${chat.prompt_response}</p>
                  <dl>
                    ${Object.entries({
                      session: chat.session_id,
                      user: chat.user_data.user_name,
                      model: chat.llm_model,
                      tokens: chat.token_count,
                      time: chat.response_time,
                      mode: chat.mode,
                      stored: chat.createdAt,
                    }).map(([term, value]) =>
                      value === null
                        ? ''
                        : html`<div>
                            <dt>${term}</dt>
                            <dd>${value}</dd>
                          </div>`,
                    )}
                  </dl>
                  <ol>
                    ${chat.step_data.map((step) => html`<li>${step['step_name']} (${step['step_type']}, ${step['status']}, ${step['time_ms']} ms)</li>`)}
                  </ol>
                </article>`,
            )}
        </html>`,
    );
  });
  return router;
}
