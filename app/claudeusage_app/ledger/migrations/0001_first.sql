-- Everything is kept for good. There is no text of a transcript here: identities and sessions are
-- keyed hashes, models are canonical ids or keyed hashes, files are keyed hashes of real paths.

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    token BLOB NOT NULL UNIQUE
);

-- One row per response and era. best_* is the winning copy, NULL while none is billable;
-- owner*_ is the earliest copy of each class that can still win.
CREATE TABLE responses (
    id INTEGER PRIMARY KEY,
    era INTEGER NOT NULL,
    time_ms INTEGER,
    best_class INTEGER,
    best_time_ms INTEGER,
    model INTEGER REFERENCES models (id),
    input INTEGER,
    output INTEGER,
    cache_write_5m INTEGER,
    cache_write_1h INTEGER,
    cache_read INTEGER,
    web_searches INTEGER,
    deciding_prompt INTEGER,
    flags INTEGER,
    cost_usd REAL,
    extras TEXT,
    owner0_ms INTEGER, owner0_elsewhere INTEGER, owner0_session INTEGER REFERENCES sessions (id),
    owner1_ms INTEGER, owner1_elsewhere INTEGER, owner1_session INTEGER REFERENCES sessions (id),
    owner2_ms INTEGER, owner2_elsewhere INTEGER, owner2_session INTEGER REFERENCES sessions (id)
);

CREATE INDEX responses_by_time ON responses (time_ms) WHERE time_ms IS NOT NULL AND era = 0;

CREATE TABLE tails (
    file BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    read_to INTEGER NOT NULL,
    ending BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE skips (
    file BLOB NOT NULL,
    reason TEXT NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (file, reason)
) WITHOUT ROWID;

-- The upload that was shown last, until it is answered or replaced.
CREATE TABLE pending (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body BLOB NOT NULL
);

-- Every upload that was answered, with its exact body.
CREATE TABLE uploads (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body BLOB,
    answer BLOB NOT NULL,
    receipt TEXT NOT NULL
);

-- The digest of every row that was ever put on the wire, also if the answer was lost.
CREATE TABLE sent (
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    date TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (origin, account, date, digest)
) WITHOUT ROWID;

-- The last row of each day that the server acknowledged.
CREATE TABLE acknowledged (
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    date TEXT NOT NULL,
    digest TEXT NOT NULL,
    day BLOB NOT NULL,
    PRIMARY KEY (origin, account, date)
) WITHOUT ROWID;

-- Days that the server kept or refused, with our digest and its own at that time.
CREATE TABLE held (
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    date TEXT NOT NULL,
    ours TEXT NOT NULL,
    theirs TEXT NOT NULL,
    PRIMARY KEY (origin, account, date)
) WITHOUT ROWID;

CREATE TABLE accepted (
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    fields TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (origin, account, fields)
) WITHOUT ROWID;
