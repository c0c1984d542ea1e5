-- How far the clock was advanced: a gateway that is started again goes on at that time. Otherwise what was
-- created or put off then would lie in the future, and expire or be delivered late.
CREATE TABLE clock (ahead_ms INTEGER NOT NULL) STRICT;
