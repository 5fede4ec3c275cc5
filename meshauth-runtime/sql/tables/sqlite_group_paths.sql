-- The paths of groups in a service's own database (SQLite), kept in step with the directory by
-- meshauth-sql: each group with each group above it, itself included at depth 0.
CREATE TABLE IF NOT EXISTS meshauth_group_paths (
    above TEXT NOT NULL,
    below TEXT NOT NULL,
    depth INTEGER NOT NULL,
    PRIMARY KEY (above, below)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS meshauth_group_paths_below ON meshauth_group_paths (below, above, depth);

-- How far it is: a position of the directory's log, with its mark.
CREATE TABLE IF NOT EXISTS meshauth_group_paths_position (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    position INTEGER NOT NULL,
    mark TEXT NOT NULL
) STRICT;
INSERT INTO meshauth_group_paths_position VALUES (1, -1, '') ON CONFLICT DO NOTHING;
