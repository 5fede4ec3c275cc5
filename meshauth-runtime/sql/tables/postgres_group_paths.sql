-- The paths of groups in a service's own database (PostgreSQL), kept in step with the directory by
-- meshauth-sql: each group with each group above it, itself included at depth 0.
CREATE TABLE IF NOT EXISTS meshauth_group_paths (
    above text COLLATE "C" NOT NULL,
    below text COLLATE "C" NOT NULL,
    depth bigint NOT NULL,
    PRIMARY KEY (above, below)
);
CREATE INDEX IF NOT EXISTS meshauth_group_paths_below ON meshauth_group_paths (below, above, depth);

-- How far it is: a position of the directory's log, with its mark.
CREATE TABLE IF NOT EXISTS meshauth_group_paths_position (
    only_row bigint PRIMARY KEY CHECK (only_row = 1),
    position bigint NOT NULL,
    mark text NOT NULL
);
INSERT INTO meshauth_group_paths_position VALUES (1, -1, '') ON CONFLICT DO NOTHING;
