-- Two years of sales, the same on every start: 2,400 rows made of nothing but their own numbers.
CREATE TABLE sales (
  id integer PRIMARY KEY,
  sold_on date NOT NULL,
  region text NOT NULL,
  product text NOT NULL,
  quantity integer NOT NULL,
  unit_price numeric(10, 2) NOT NULL
);

INSERT INTO sales
SELECT
  n,
  date '2024-01-01' + (n * 7919) % 731,
  (ARRAY['North', 'East', 'South', 'West'])[1 + (n * 31) % 13 % 4],
  (ARRAY['Lamp', 'Desk', 'Chair'])[1 + n % 3],
  1 + n % 5,
  (ARRAY[39.90, 249.00, 119.50])[1 + n % 3]
FROM generate_series(1, 2400) AS n;

-- Whoever runs a model's SQL may read this table, and nothing else.
CREATE ROLE analyst;
GRANT SELECT ON sales TO analyst;

-- A SELECT that calls it could take another role back, and then read through query_to_xml() what that one may.
REVOKE EXECUTE ON FUNCTION set_config FROM PUBLIC;
