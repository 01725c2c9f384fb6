-- Which folders of transcripts held each response, so that a folder can be taken out again: bit n
-- of held_in is the folder with the number n. No bit: counted before this was noted.

CREATE TABLE folders (
    number INTEGER PRIMARY KEY CHECK (number BETWEEN 0 AND 61),
    path BLOB NOT NULL UNIQUE
);

-- A session's responses that count are none of them earlier than this.
ALTER TABLE sessions ADD COLUMN since_ms INTEGER;

UPDATE sessions SET since_ms = 0;

-- One row per response and era, which is the lowest bit of the id. A response that counts, or will
-- when the clock has come so far, has the moment and session of its owner; lag_ms is how much later
-- the winning copy is. What few responses have is in "more", as JSON: web_searches, deciding_prompt
-- where it is not the whole prompt, cost_usd, extras, and the owners of each class where there is
-- more than that of the winning class.
CREATE TABLE narrow (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER,
    session INTEGER REFERENCES sessions (id),
    model INTEGER REFERENCES models (id),
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    lag_ms INTEGER NOT NULL,
    held_in INTEGER NOT NULL,
    more TEXT
);

INSERT INTO narrow
SELECT
    id,
    CASE era WHEN 0 THEN time_ms END,
    CASE WHEN era = 0 AND time_ms IS NOT NULL THEN
        CASE best_class WHEN 0 THEN owner0_session WHEN 1 THEN owner1_session
        ELSE owner2_session END
    END,
    model,
    coalesce(input, 0),
    coalesce(output, 0),
    coalesce(cache_write_5m, 0),
    coalesce(cache_write_1h, 0),
    coalesce(cache_read, 0),
    CASE WHEN best_class IS NULL THEN 0 ELSE
        flags + (best_class << 5) + 16 * coalesce(
            CASE best_class WHEN 0 THEN owner0_elsewhere WHEN 1 THEN owner1_elsewhere
            ELSE owner2_elsewhere END, 0
        )
    END,
    coalesce(best_time_ms - time_ms, 0),
    0,
    CASE
        WHEN era = 0 AND best_class IS NOT NULL AND web_searches = 0 AND cost_usd IS NULL
            AND extras IS NULL
            AND deciding_prompt = input + cache_write_5m + cache_write_1h + cache_read
            AND (best_class = 0 OR owner0_ms IS NULL)
            AND (best_class = 1 OR owner1_ms IS NULL)
            AND (best_class = 2 OR owner2_ms IS NULL)
        THEN NULL
        ELSE json_object(
            'web_searches', coalesce(web_searches, 0),
            'deciding_prompt', deciding_prompt,
            'cost_usd', json(CASE WHEN cost_usd IS NULL THEN 'null' ELSE
                printf('%!.17g', cost_usd) END),
            'extras', json(coalesce(extras, '[]')),
            'owners', json_array(
                json(CASE WHEN owner0_ms IS NULL THEN 'null' ELSE
                    json_array(owner0_ms, owner0_elsewhere, owner0_session) END),
                json(CASE WHEN owner1_ms IS NULL THEN 'null' ELSE
                    json_array(owner1_ms, owner1_elsewhere, owner1_session) END),
                json(CASE WHEN owner2_ms IS NULL THEN 'null' ELSE
                    json_array(owner2_ms, owner2_elsewhere, owner2_session) END)
            )
        )
    END
FROM responses;

DROP TABLE responses;

ALTER TABLE narrow RENAME TO responses;

CREATE INDEX responses_by_time ON responses (time_ms) WHERE time_ms IS NOT NULL;

-- Everything that transcripts still hold is read once more, to note its folder; counts stay.
ALTER TABLE tails ADD COLUMN held_in INTEGER NOT NULL DEFAULT 0;

DELETE FROM tails;

DELETE FROM skips;
