-- An interaction is one row in `chat` (what was said, by whom, to which model) and one in `prompt_details` (what it cost).

CREATE TABLE chat (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('prod', 'dev')),
  message_id text NOT NULL,
  session_id text,
  user_uuid text,
  user_roles jsonb NOT NULL,
  org_uuid text,
  user_prompt text NOT NULL,
  ai_response text NOT NULL,
  llm_model text,
  llm_model2 text,
  file_name text,
  mapping_table text,
  user_meta_data jsonb NOT NULL,
  -- What a search looks at, in lower case. Filled by the server: `lower()` depends on the database's locale.
  search_text text NOT NULL,
  -- JavaScript's dates have milliseconds: pages are cut by this value, so it must survive the way there and back.
  created timestamptz(3) NOT NULL DEFAULT now(),
  -- A retry carries the same message id; `prod` and `dev` are kept apart.
  UNIQUE (org_id, mode, message_id)
);

CREATE INDEX chat_by_time ON chat (org_id, created DESC, id DESC);
CREATE INDEX chat_by_session ON chat (org_id, session_id, created DESC) WHERE session_id IS NOT NULL;

CREATE TABLE prompt_details (
  chat_id bigint NOT NULL REFERENCES chat ON DELETE CASCADE,
  token_count double precision,
  input_tokens double precision,
  output_tokens double precision,
  -- As it was sent; `response_time_ms` is what the server made of it, for sorting and percentiles.
  response_time text,
  response_time_ms double precision,
  failed boolean NOT NULL,
  error_type text,
  metadata jsonb NOT NULL,
  step_data jsonb NOT NULL,
  -- Figures over many interactions are read from the index alone: the rows beside it hold their JSON.
  PRIMARY KEY (chat_id) INCLUDE (token_count, input_tokens, output_tokens, response_time_ms, failed, error_type)
);

-- A search for a part of a word needs trigrams. Where the extension may not be created, searching works and is slower.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX chat_by_text ON chat USING gin (search_text gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'no index for searching: %', SQLERRM;
END
$$;
