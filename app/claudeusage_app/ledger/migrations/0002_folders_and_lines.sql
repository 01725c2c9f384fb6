-- Which folders of transcripts held each response, so that a folder can be taken out again: bit n
-- of held_in is the folder with the number n. No bit: counted before this was noted.

CREATE TABLE folders (
    number INTEGER PRIMARY KEY CHECK (number BETWEEN 0 AND 61),
    path BLOB NOT NULL UNIQUE
);

ALTER TABLE responses ADD COLUMN held_in INTEGER NOT NULL DEFAULT 0;

ALTER TABLE tails ADD COLUMN held_in INTEGER NOT NULL DEFAULT 0;

ALTER TABLE tails ADD COLUMN lines INTEGER NOT NULL DEFAULT 0;

-- Everything that transcripts still hold is read once more, to note its folder; counts stay.
DELETE FROM tails;

DELETE FROM skips;
