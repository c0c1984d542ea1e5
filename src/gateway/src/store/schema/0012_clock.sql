-- How far the clock was advanced: a gateway that is started again goes on at that time. Otherwise what was
-- created or put off then would lie in the future, and expire or be delivered late.
CREATE TABLE clock (ahead_ms INTEGER NOT NULL) STRICT;

-- A file that was left behind in the future is still there.
INSERT INTO clock
    SELECT (newest - unixepoch()) * 1000 FROM (
        SELECT max(created_at) AS newest FROM (
            SELECT created_at FROM (SELECT created_at FROM payment_intents ORDER BY id DESC LIMIT 1)
            UNION ALL
            SELECT created_at FROM (SELECT created_at FROM events ORDER BY id DESC LIMIT 1)))
    WHERE newest > unixepoch() AND EXISTS (SELECT 1 FROM counterpart WHERE name = 'the stand-in');
