-- How many bytes a row's texts and JSON have when they are read: pages are bounded by it, without opening what is on them.

ALTER TABLE chat ADD COLUMN bytes bigint NOT NULL GENERATED ALWAYS AS (
  octet_length(user_prompt)::bigint + octet_length(ai_response) + octet_length(user_roles::text) + octet_length(user_meta_data::text)
) STORED;
ALTER TABLE prompt_details ADD COLUMN bytes bigint NOT NULL GENERATED ALWAYS AS (
  octet_length(metadata::text)::bigint + octet_length(step_data::text)
) STORED;
