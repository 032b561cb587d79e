-- The audience gets another order (0010); one statement each, so that every one of them bears being run twice.
RENAME TABLE IF EXISTS audience TO audience_before;
