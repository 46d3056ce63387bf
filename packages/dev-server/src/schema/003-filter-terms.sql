-- Any key of an interaction's metadata can be filtered by, and so is indexed: each pair of key and value as one number.

-- The seed of the value's hash is the key's: `a` = `b=c` and `a=b` = `c` are different pairs.
CREATE FUNCTION filter_term(key text, value text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT hashtextextended(value, hashtextextended(key, 0)) $$;

-- Of either object the first 1,000 keys: whoever sends a million is not filtering by them.
CREATE FUNCTION filter_terms(metadata jsonb, user_meta_data jsonb) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(filter_term(key, value)), '{}') FROM (
     (SELECT key, value FROM jsonb_each_text(metadata) LIMIT 1000) UNION ALL (SELECT key, value FROM jsonb_each_text(user_meta_data) LIMIT 1000)
   ) AS pair WHERE value IS NOT NULL $$;

ALTER TABLE chat ADD COLUMN filter_terms bigint[] NOT NULL DEFAULT '{}';
UPDATE chat SET filter_terms = filter_terms(metadata, user_meta_data) FROM prompt_details WHERE chat_id = id;
CREATE INDEX chat_by_filter_term ON chat USING gin (filter_terms);
