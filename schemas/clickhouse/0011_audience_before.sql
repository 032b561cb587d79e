-- What it held is in `audience`.
DROP TABLE IF EXISTS audience_before;
