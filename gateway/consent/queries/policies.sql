-- The policies that stored answers are about.
SELECT DISTINCT policy
FROM consents
