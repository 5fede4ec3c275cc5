-- The directory of meshauth in SQLite. Every connection that writes needs
-- `PRAGMA foreign_keys = ON`, which meshauth sets; the sqlite3 shell does not.
--
-- Names are canonical texts (`groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA`) and compare byte by byte
-- (BINARY). Entities and clients are written in the collections `api_users`, `users` and
-- `clients`, whatever a service calls its own. A length is checked twice: `length` alone stops
-- at a NUL byte. Times are microseconds since 1970-01-01T00:00:00Z.

-- Which versions of meshauth can use these tables: from `usable_from` up to `version`, and
-- newer ones after they have migrated.
CREATE TABLE meshauth_schema (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL,
    usable_from INTEGER NOT NULL
) STRICT;
INSERT INTO meshauth_schema VALUES (1, 1, 1);

CREATE TABLE meshauth_groups (
    name TEXT NOT NULL PRIMARY KEY CONSTRAINT meshauth_canonical CHECK (
        name GLOB 'groups/[0-7]*' AND substr(name, 8) NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*'
            AND length(name) = 33 AND length(CAST(name AS BLOB)) = 33),
    owner TEXT REFERENCES meshauth_groups (name) CONSTRAINT meshauth_cycle CHECK (owner <> name)
) STRICT, WITHOUT ROWID;
CREATE INDEX meshauth_groups_owner ON meshauth_groups (owner);

-- Each group with each group above it, itself included at depth 0. The triggers below keep it.
-- What is at or below a group:
--     owner IN (SELECT below FROM meshauth_group_paths WHERE above = $1)
CREATE TABLE meshauth_group_paths (
    above TEXT NOT NULL,
    below TEXT NOT NULL,
    depth INTEGER NOT NULL CONSTRAINT meshauth_too_deep CHECK (depth BETWEEN 0 AND 64),
    PRIMARY KEY (above, below)
) STRICT, WITHOUT ROWID;
CREATE INDEX meshauth_group_paths_below ON meshauth_group_paths (below, above, depth);

CREATE TABLE meshauth_entities (
    name TEXT NOT NULL PRIMARY KEY CONSTRAINT meshauth_canonical CHECK (
        (name GLOB 'api_users/[0-7]*' AND substr(name, 11) NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*'
            AND length(name) = 36 AND length(CAST(name AS BLOB)) = 36)
        OR (name GLOB 'users/[0-7]*' AND substr(name, 7) NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*'
            AND length(name) = 32 AND length(CAST(name AS BLOB)) = 32)),
    owner TEXT NOT NULL REFERENCES meshauth_groups (name),
    state TEXT NOT NULL CONSTRAINT meshauth_word CHECK (state IN ('ACTIVE', 'INACTIVE'))
) STRICT, WITHOUT ROWID;
CREATE INDEX meshauth_entities_owner ON meshauth_entities (owner);

-- API keys, by the SHA-256 of their characters.
CREATE TABLE meshauth_credentials (
    digest BLOB NOT NULL PRIMARY KEY CONSTRAINT meshauth_digest CHECK (length(digest) = 32),
    entity TEXT NOT NULL REFERENCES meshauth_entities (name),
    label TEXT NOT NULL CONSTRAINT meshauth_label CHECK (length(label) BETWEEN 1 AND 200),
    valid_from INTEGER,
    valid_until INTEGER,
    created INTEGER NOT NULL,
    CONSTRAINT meshauth_never_valid CHECK (valid_until > valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX meshauth_credentials_entity
    ON meshauth_credentials (entity, digest, valid_from, valid_until);

-- In which hour a credential was last used. It is a table of its own so that a service can
-- write it without a right on the directory.
CREATE TABLE meshauth_last_used (
    digest BLOB NOT NULL PRIMARY KEY REFERENCES meshauth_credentials (digest) ON DELETE CASCADE,
    hour INTEGER NOT NULL CONSTRAINT meshauth_hour CHECK (hour % 3600000000 = 0)
) STRICT, WITHOUT ROWID;
-- Between which hours services noted uses at all: a credential that nobody could have noted is not
-- unused.
CREATE TABLE meshauth_uses_noted (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    first_hour INTEGER NOT NULL,
    last_hour INTEGER NOT NULL
) STRICT;

CREATE TABLE meshauth_grants (
    entity TEXT NOT NULL REFERENCES meshauth_entities (name),
    granted_in TEXT NOT NULL REFERENCES meshauth_groups (name),
    role INTEGER NOT NULL CONSTRAINT meshauth_role CHECK (role BETWEEN 1 AND 2147483647),
    PRIMARY KEY (entity, granted_in, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX meshauth_grants_granted_in ON meshauth_grants (granted_in);

CREATE TABLE meshauth_clients (
    name TEXT NOT NULL PRIMARY KEY CONSTRAINT meshauth_canonical CHECK (
        name GLOB 'clients/[0-7]*' AND substr(name, 9) NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*'
            AND length(name) = 34 AND length(CAST(name AS BLOB)) = 34),
    owner TEXT NOT NULL CONSTRAINT meshauth_clients_owner UNIQUE REFERENCES meshauth_groups (name),
    type TEXT NOT NULL CONSTRAINT meshauth_word
        CHECK (type IN ('NATURAL_PERSON', 'COMPANY', 'FUND', 'TRUST')),
    verification_status TEXT NOT NULL CONSTRAINT meshauth_word
        CHECK (verification_status IN ('NOT_STARTED', 'PENDING', 'VERIFIED', 'FAILED'))
) STRICT, WITHOUT ROWID;

-- The position of the last change. The mark is random and new with each change: of two
-- databases that parted ways, such as one and its restored copy, no two positions have the same
-- mark.
CREATE TABLE meshauth_position (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    position INTEGER NOT NULL,
    mark TEXT NOT NULL
) STRICT;
INSERT INTO meshauth_position VALUES (1, 0, lower(hex(randomblob(16))));

-- What changed: a view in memory reads again what is named here. A removed grant is as much a
-- change of its entity as a new one.
CREATE TABLE meshauth_changes (
    position INTEGER PRIMARY KEY,
    mark TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    kind TEXT NOT NULL CONSTRAINT meshauth_word CHECK (kind IN ('GROUP', 'ENTITY', 'CLIENT')),
    name TEXT NOT NULL
) STRICT;

-- Who changed what.
CREATE TABLE meshauth_records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER,
    actor TEXT NOT NULL CONSTRAINT meshauth_actor CHECK (length(actor) > 0),
    action TEXT NOT NULL CONSTRAINT meshauth_action CHECK (length(action) > 0),
    before TEXT,
    after TEXT,
    at INTEGER NOT NULL,
    request_id TEXT
) STRICT;

-- What holds for administration in a tree, by its root. None of this decides a call.

-- Which roles let their holder use the command `meshauth directory` in this tree.
CREATE TABLE meshauth_operator_roles (
    root TEXT NOT NULL REFERENCES meshauth_groups (name),
    role INTEGER NOT NULL CONSTRAINT meshauth_role CHECK (role BETWEEN 1 AND 2147483647),
    PRIMARY KEY (root, role)
) STRICT, WITHOUT ROWID;

-- Four eyes: a change that widens what somebody may do waits until so many people have agreed,
-- whoever proposed it included. A proposal lives for so many microseconds.
CREATE TABLE meshauth_four_eyes (
    root TEXT NOT NULL PRIMARY KEY REFERENCES meshauth_groups (name),
    people INTEGER NOT NULL CONSTRAINT meshauth_people CHECK (people BETWEEN 2 AND 9),
    lifetime INTEGER NOT NULL CONSTRAINT meshauth_lifetime CHECK (lifetime > 0)
) STRICT, WITHOUT ROWID;

-- `roles` are the numbers that gave the proposer its right, with spaces between them. `change` is
-- JSON. Of a new key it holds the digest; the key itself is with whoever proposed it.
CREATE TABLE meshauth_proposals (
    name TEXT NOT NULL PRIMARY KEY CONSTRAINT meshauth_canonical CHECK (
        name GLOB 'proposals/[0-7]*' AND substr(name, 11) NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*'
            AND length(name) = 36 AND length(CAST(name AS BLOB)) = 36),
    executing TEXT NOT NULL,
    proposer TEXT NOT NULL REFERENCES meshauth_entities (name),
    roles TEXT NOT NULL,
    change TEXT NOT NULL,
    proposed INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    state TEXT NOT NULL CONSTRAINT meshauth_word
        CHECK (state IN ('OPEN', 'CARRIED_OUT', 'WITHDRAWN')),
    CONSTRAINT meshauth_never_valid CHECK (expires > proposed)
) STRICT, WITHOUT ROWID;
CREATE INDEX meshauth_proposals_open ON meshauth_proposals (executing) WHERE state = 'OPEN';
CREATE TABLE meshauth_consents (
    proposal TEXT NOT NULL REFERENCES meshauth_proposals (name),
    entity TEXT NOT NULL REFERENCES meshauth_entities (name),
    agreed INTEGER NOT NULL,
    PRIMARY KEY (proposal, entity)
) STRICT, WITHOUT ROWID;

-- Who has ever made a key of another entity, and may know it: the two are not two people.
CREATE TABLE meshauth_key_makers (
    entity TEXT NOT NULL REFERENCES meshauth_entities (name),
    maker TEXT NOT NULL REFERENCES meshauth_entities (name),
    PRIMARY KEY (entity, maker)
) STRICT, WITHOUT ROWID;

-- Who was let in by the holder of the database when nobody else could, and until when.
CREATE TABLE meshauth_break_glass (
    entity TEXT NOT NULL PRIMARY KEY REFERENCES meshauth_entities (name),
    root TEXT NOT NULL REFERENCES meshauth_groups (name),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The tree. A row's paths are placed after the row, so a parent has to be there before its
-- child.
CREATE TRIGGER meshauth_groups_place AFTER INSERT ON meshauth_groups BEGIN
    SELECT RAISE(ABORT, 'meshauth_unknown_group') WHERE NEW.owner IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM meshauth_group_paths WHERE below = NEW.owner);
    INSERT INTO meshauth_group_paths (above, below, depth)
        SELECT above, NEW.name, depth + 1 FROM meshauth_group_paths WHERE below = NEW.owner
        UNION ALL SELECT NEW.name, NEW.name, 0;
END;
CREATE TRIGGER meshauth_groups_move AFTER UPDATE OF owner ON meshauth_groups
WHEN OLD.owner IS NOT NEW.owner BEGIN
    SELECT RAISE(ABORT, 'meshauth_cycle') WHERE EXISTS
        (SELECT 1 FROM meshauth_group_paths WHERE above = NEW.name AND below = NEW.owner);
    DELETE FROM meshauth_group_paths
        WHERE below IN (SELECT below FROM meshauth_group_paths WHERE above = NEW.name)
        AND above IN (SELECT above FROM meshauth_group_paths WHERE below = NEW.name AND depth > 0);
    INSERT INTO meshauth_group_paths (above, below, depth)
        SELECT up.above, down.below, up.depth + 1 + down.depth
        FROM meshauth_group_paths AS up, meshauth_group_paths AS down
        WHERE up.below = NEW.owner AND down.above = NEW.name;
END;
CREATE TRIGGER meshauth_groups_remove AFTER DELETE ON meshauth_groups BEGIN
    DELETE FROM meshauth_group_paths WHERE below = OLD.name;
END;

-- A name is for ever: a new one is another group, entity or client.
CREATE TRIGGER meshauth_groups_rename BEFORE UPDATE OF name ON meshauth_groups
WHEN OLD.name <> NEW.name BEGIN SELECT RAISE(ABORT, 'meshauth_renamed'); END;
CREATE TRIGGER meshauth_entities_rename BEFORE UPDATE OF name ON meshauth_entities
WHEN OLD.name <> NEW.name BEGIN SELECT RAISE(ABORT, 'meshauth_renamed'); END;
CREATE TRIGGER meshauth_clients_rename BEFORE UPDATE OF name ON meshauth_clients
WHEN OLD.name <> NEW.name BEGIN SELECT RAISE(ABORT, 'meshauth_renamed'); END;

-- REPLACE removes the row in its way without firing the triggers of a removal, so that nothing
-- would be logged of it.
CREATE TRIGGER meshauth_groups_replace BEFORE INSERT ON meshauth_groups BEGIN
    SELECT RAISE(ABORT, 'meshauth_duplicate') FROM meshauth_groups WHERE name = NEW.name;
END;
CREATE TRIGGER meshauth_credentials_replace BEFORE INSERT ON meshauth_credentials BEGIN
    SELECT RAISE(ABORT, 'meshauth_duplicate') FROM meshauth_credentials WHERE digest = NEW.digest;
END;
CREATE TRIGGER meshauth_clients_replace BEFORE INSERT ON meshauth_clients BEGIN
    SELECT RAISE(ABORT, 'meshauth_duplicate') FROM meshauth_clients WHERE name = NEW.name;
    SELECT RAISE(ABORT, 'meshauth_clients_owner') FROM meshauth_clients WHERE owner = NEW.owner;
END;
CREATE TRIGGER meshauth_clients_replace_owner BEFORE UPDATE OF owner ON meshauth_clients BEGIN
    SELECT RAISE(ABORT, 'meshauth_clients_owner') FROM meshauth_clients
        WHERE owner = NEW.owner AND name <> NEW.name;
END;
CREATE TRIGGER meshauth_credentials_replace_digest BEFORE UPDATE OF digest ON meshauth_credentials
WHEN OLD.digest <> NEW.digest BEGIN
    SELECT RAISE(ABORT, 'meshauth_duplicate') FROM meshauth_credentials WHERE digest = NEW.digest;
END;

-- The log is written by triggers and not by the library, so that an edit by hand is felt as
-- well: a removed grant that nobody logs would go on counting in every process. There is one
-- writer at a time, so a position that is taken with the row is in the order of commits.
CREATE TRIGGER meshauth_changes_position AFTER INSERT ON meshauth_changes BEGIN
    UPDATE meshauth_position SET position = NEW.position, mark = NEW.mark;
END;
CREATE TRIGGER meshauth_groups_log_insert AFTER INSERT ON meshauth_groups BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'GROUP', NEW.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_groups_log_delete AFTER DELETE ON meshauth_groups BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'GROUP', OLD.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_groups_log_update AFTER UPDATE ON meshauth_groups BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'GROUP', NEW.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_entities_log_insert AFTER INSERT ON meshauth_entities BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', NEW.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_entities_log_delete AFTER DELETE ON meshauth_entities BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', OLD.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_entities_log_update AFTER UPDATE ON meshauth_entities BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', NEW.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_credentials_log_insert AFTER INSERT ON meshauth_credentials BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', NEW.entity FROM meshauth_position;
END;
CREATE TRIGGER meshauth_credentials_log_delete AFTER DELETE ON meshauth_credentials BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', OLD.entity FROM meshauth_position;
END;
CREATE TRIGGER meshauth_credentials_log_update AFTER UPDATE ON meshauth_credentials BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', NEW.entity FROM meshauth_position;
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', OLD.entity FROM meshauth_position
        WHERE OLD.entity <> NEW.entity;
END;
CREATE TRIGGER meshauth_grants_log_insert AFTER INSERT ON meshauth_grants BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', NEW.entity FROM meshauth_position;
END;
CREATE TRIGGER meshauth_grants_log_delete AFTER DELETE ON meshauth_grants BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', OLD.entity FROM meshauth_position;
END;
CREATE TRIGGER meshauth_grants_log_update AFTER UPDATE ON meshauth_grants BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', NEW.entity FROM meshauth_position;
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'ENTITY', OLD.entity FROM meshauth_position
        WHERE OLD.entity <> NEW.entity;
END;
CREATE TRIGGER meshauth_clients_log_insert AFTER INSERT ON meshauth_clients BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'CLIENT', NEW.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_clients_log_delete AFTER DELETE ON meshauth_clients BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'CLIENT', OLD.name FROM meshauth_position;
END;
CREATE TRIGGER meshauth_clients_log_update AFTER UPDATE ON meshauth_clients BEGIN
    INSERT INTO meshauth_changes (position, kind, name)
        SELECT position + 1, 'CLIENT', NEW.name FROM meshauth_position;
END;
