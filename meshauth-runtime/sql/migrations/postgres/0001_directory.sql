-- The directory of meshauth in PostgreSQL 15 or later.
--
-- Names are canonical texts (`groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA`) and compare byte by byte
-- under any collation of the database (COLLATE "C"). Entities and clients are written in the
-- collections `api_users`, `users` and `clients`, whatever a service calls its own. Times are
-- microseconds since 1970-01-01T00:00:00Z: `to_timestamp(created / 1e6)` shows one.

-- Which versions of meshauth can use these tables: from `usable_from` up to `version`, and
-- newer ones after they have migrated.
CREATE TABLE meshauth_schema (
    only_row bigint PRIMARY KEY CHECK (only_row = 1),
    version bigint NOT NULL,
    usable_from bigint NOT NULL
);
INSERT INTO meshauth_schema VALUES (1, 1, 1);

CREATE TABLE meshauth_groups (
    name text COLLATE "C" PRIMARY KEY
        CONSTRAINT meshauth_canonical CHECK (name ~ '^groups/[0-7][0-9A-HJKMNP-TV-Z]{25}$'),
    owner text COLLATE "C" REFERENCES meshauth_groups (name)
        CONSTRAINT meshauth_cycle CHECK (owner <> name)
);
CREATE INDEX meshauth_groups_owner ON meshauth_groups (owner);

-- Each group with each group above it, itself included at depth 0. The triggers below keep it.
-- What is at or below a group:
--     owner IN (SELECT below FROM meshauth_group_paths WHERE above = $1)
CREATE TABLE meshauth_group_paths (
    above text COLLATE "C" NOT NULL,
    below text COLLATE "C" NOT NULL,
    depth bigint NOT NULL CONSTRAINT meshauth_too_deep CHECK (depth BETWEEN 0 AND 64),
    PRIMARY KEY (above, below)
);
CREATE INDEX meshauth_group_paths_below ON meshauth_group_paths (below, above, depth);

CREATE TABLE meshauth_entities (
    name text COLLATE "C" PRIMARY KEY
        CONSTRAINT meshauth_canonical
        CHECK (name ~ '^(api_users|users)/[0-7][0-9A-HJKMNP-TV-Z]{25}$'),
    owner text COLLATE "C" NOT NULL REFERENCES meshauth_groups (name),
    state text COLLATE "C" NOT NULL
        CONSTRAINT meshauth_word CHECK (state IN ('ACTIVE', 'INACTIVE'))
);
CREATE INDEX meshauth_entities_owner ON meshauth_entities (owner);

-- API keys, by the SHA-256 of their characters.
CREATE TABLE meshauth_credentials (
    digest bytea PRIMARY KEY CONSTRAINT meshauth_digest CHECK (length(digest) = 32),
    entity text COLLATE "C" NOT NULL REFERENCES meshauth_entities (name),
    label text NOT NULL CONSTRAINT meshauth_label CHECK (length(label) BETWEEN 1 AND 200),
    valid_from bigint,
    valid_until bigint,
    created bigint NOT NULL,
    CONSTRAINT meshauth_never_valid CHECK (valid_until > valid_from)
);
CREATE INDEX meshauth_credentials_entity ON meshauth_credentials (entity);

-- In which hour a credential was last used. It is a table of its own so that a service can
-- write it without a right on the directory.
CREATE TABLE meshauth_last_used (
    digest bytea PRIMARY KEY REFERENCES meshauth_credentials (digest) ON DELETE CASCADE,
    hour bigint NOT NULL CONSTRAINT meshauth_hour CHECK (hour % 3600000000 = 0)
);
-- Between which hours services noted uses at all: a credential that nobody could have noted is not
-- unused.
CREATE TABLE meshauth_uses_noted (
    only_row bigint PRIMARY KEY CHECK (only_row = 1),
    first_hour bigint NOT NULL,
    last_hour bigint NOT NULL
);

CREATE TABLE meshauth_grants (
    entity text COLLATE "C" NOT NULL REFERENCES meshauth_entities (name),
    granted_in text COLLATE "C" NOT NULL REFERENCES meshauth_groups (name),
    role bigint NOT NULL CONSTRAINT meshauth_role CHECK (role BETWEEN 1 AND 2147483647),
    PRIMARY KEY (entity, granted_in, role)
);
CREATE INDEX meshauth_grants_granted_in ON meshauth_grants (granted_in);

CREATE TABLE meshauth_clients (
    name text COLLATE "C" PRIMARY KEY
        CONSTRAINT meshauth_canonical CHECK (name ~ '^clients/[0-7][0-9A-HJKMNP-TV-Z]{25}$'),
    owner text COLLATE "C" NOT NULL CONSTRAINT meshauth_clients_owner UNIQUE
        REFERENCES meshauth_groups (name),
    type text COLLATE "C" NOT NULL CONSTRAINT meshauth_word
        CHECK (type IN ('NATURAL_PERSON', 'COMPANY', 'FUND', 'TRUST')),
    verification_status text COLLATE "C" NOT NULL CONSTRAINT meshauth_verification_word
        CHECK (verification_status IN ('NOT_STARTED', 'PENDING', 'VERIFIED', 'FAILED'))
);

-- The position of the last change. The mark is random and new with each change: of two
-- databases that parted ways, such as one and its restored copy, or an old primary and a
-- promoted standby, no two positions have the same mark.
CREATE TABLE meshauth_position (
    only_row bigint PRIMARY KEY CHECK (only_row = 1),
    position bigint NOT NULL,
    mark text NOT NULL
) WITH (fillfactor = 10);
INSERT INTO meshauth_position VALUES (1, 0, gen_random_uuid()::text);

-- What changed: a view in memory reads again what is named here. A removed grant is as much a
-- change of its entity as a new one. Position and mark are null until the transaction commits,
-- so no other one ever sees a null.
CREATE TABLE meshauth_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint,
    mark text,
    kind text COLLATE "C" NOT NULL
        CONSTRAINT meshauth_word CHECK (kind IN ('GROUP', 'ENTITY', 'CLIENT')),
    name text COLLATE "C" NOT NULL
);
CREATE INDEX meshauth_changes_position ON meshauth_changes (position);
CREATE INDEX meshauth_changes_open ON meshauth_changes (kind, name) WHERE position IS NULL;

-- Who changed what.
CREATE TABLE meshauth_records (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint,
    actor text NOT NULL CONSTRAINT meshauth_actor CHECK (length(actor) > 0),
    action text NOT NULL CONSTRAINT meshauth_action CHECK (length(action) > 0),
    before text,
    after text,
    at bigint NOT NULL,
    request_id text
);
CREATE INDEX meshauth_records_open ON meshauth_records (id) WHERE position IS NULL;

-- What holds for administration in a tree, by its root. None of this decides a call.

-- Which roles let their holder use the command `meshauth directory` in this tree.
CREATE TABLE meshauth_operator_roles (
    root text COLLATE "C" NOT NULL REFERENCES meshauth_groups (name),
    role bigint NOT NULL CONSTRAINT meshauth_role CHECK (role BETWEEN 1 AND 2147483647),
    PRIMARY KEY (root, role)
);

-- Four eyes: a change that widens what somebody may do waits until so many people have agreed,
-- whoever proposed it included. A proposal lives for so many microseconds.
CREATE TABLE meshauth_four_eyes (
    root text COLLATE "C" PRIMARY KEY REFERENCES meshauth_groups (name),
    people bigint NOT NULL CONSTRAINT meshauth_people CHECK (people BETWEEN 2 AND 9),
    lifetime bigint NOT NULL CONSTRAINT meshauth_lifetime CHECK (lifetime > 0)
);

-- `roles` are the numbers that gave the proposer its right, with spaces between them. `change` is
-- JSON. Of a new key it holds the digest; the key itself is with whoever proposed it.
CREATE TABLE meshauth_proposals (
    name text COLLATE "C" PRIMARY KEY
        CONSTRAINT meshauth_canonical CHECK (name ~ '^proposals/[0-7][0-9A-HJKMNP-TV-Z]{25}$'),
    executing text COLLATE "C" NOT NULL,
    proposer text COLLATE "C" NOT NULL REFERENCES meshauth_entities (name),
    roles text NOT NULL,
    change text NOT NULL,
    proposed bigint NOT NULL,
    expires bigint NOT NULL CONSTRAINT meshauth_never_valid CHECK (expires > proposed),
    state text COLLATE "C" NOT NULL CONSTRAINT meshauth_word
        CHECK (state IN ('OPEN', 'CARRIED_OUT', 'WITHDRAWN'))
);
CREATE INDEX meshauth_proposals_open ON meshauth_proposals (executing) WHERE state = 'OPEN';
CREATE TABLE meshauth_consents (
    proposal text COLLATE "C" NOT NULL REFERENCES meshauth_proposals (name),
    entity text COLLATE "C" NOT NULL REFERENCES meshauth_entities (name),
    agreed bigint NOT NULL,
    PRIMARY KEY (proposal, entity)
);

-- Who has ever made a key of another entity, and may know it: the two are not two people.
CREATE TABLE meshauth_key_makers (
    entity text COLLATE "C" NOT NULL REFERENCES meshauth_entities (name),
    maker text COLLATE "C" NOT NULL REFERENCES meshauth_entities (name),
    PRIMARY KEY (entity, maker)
);

-- Who was let in by the holder of the database when nobody else could, and until when.
CREATE TABLE meshauth_break_glass (
    entity text COLLATE "C" PRIMARY KEY REFERENCES meshauth_entities (name),
    root text COLLATE "C" NOT NULL REFERENCES meshauth_groups (name),
    until bigint NOT NULL
);

-- The functions of the triggers run with the rights of the owner of these tables: an
-- administrator changes the directory, and cannot write the paths, the log or the position past
-- them.

-- Two moves at once could each see no cycle and make one together, so changes of the tree wait
-- for one another. What is read after this is read anew (read committed); a transaction that
-- reads as of its beginning (repeatable read, serializable) is refused when it takes its
-- position.
CREATE FUNCTION meshauth_lock_tree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('meshauth_group_paths'::regclass::oid::bigint);
    RETURN NULL;
END $$;
CREATE TRIGGER meshauth_groups_lock BEFORE INSERT OR UPDATE OF owner OR DELETE ON meshauth_groups
    FOR EACH STATEMENT EXECUTE FUNCTION meshauth_lock_tree();

-- A row's paths are placed after the row, so a parent has to be there before its child.
CREATE FUNCTION meshauth_place_group() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NEW.owner IS NOT NULL
        AND NOT EXISTS (SELECT FROM meshauth_group_paths WHERE below = NEW.owner) THEN
        RAISE EXCEPTION 'the owner is not among the groups'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'meshauth_unknown_group';
    END IF;
    INSERT INTO meshauth_group_paths (above, below, depth)
        SELECT above, NEW.name, depth + 1 FROM meshauth_group_paths WHERE below = NEW.owner
        UNION ALL SELECT NEW.name, NEW.name, 0;
    RETURN NULL;
END $$;
CREATE TRIGGER meshauth_groups_place AFTER INSERT ON meshauth_groups
    FOR EACH ROW EXECUTE FUNCTION meshauth_place_group();

CREATE FUNCTION meshauth_move_group() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF EXISTS (SELECT FROM meshauth_group_paths WHERE above = NEW.name AND below = NEW.owner) THEN
        RAISE EXCEPTION 'the owner is the group itself or below it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'meshauth_cycle';
    END IF;
    DELETE FROM meshauth_group_paths
        WHERE below IN (SELECT below FROM meshauth_group_paths WHERE above = NEW.name)
        AND above IN (SELECT above FROM meshauth_group_paths WHERE below = NEW.name AND depth > 0);
    INSERT INTO meshauth_group_paths (above, below, depth)
        SELECT up.above, down.below, up.depth + 1 + down.depth
        FROM meshauth_group_paths AS up, meshauth_group_paths AS down
        WHERE up.below = NEW.owner AND down.above = NEW.name;
    RETURN NULL;
END $$;
CREATE TRIGGER meshauth_groups_move AFTER UPDATE OF owner ON meshauth_groups
    FOR EACH ROW WHEN (OLD.owner IS DISTINCT FROM NEW.owner)
    EXECUTE FUNCTION meshauth_move_group();

CREATE FUNCTION meshauth_remove_group() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    DELETE FROM meshauth_group_paths WHERE below = OLD.name;
    RETURN NULL;
END $$;
CREATE TRIGGER meshauth_groups_remove AFTER DELETE ON meshauth_groups
    FOR EACH ROW EXECUTE FUNCTION meshauth_remove_group();

-- A name is for ever: a new one is another group, entity or client.
CREATE FUNCTION meshauth_refuse_rename() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'names do not change'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'meshauth_renamed';
END $$;
CREATE TRIGGER meshauth_groups_rename BEFORE UPDATE OF name ON meshauth_groups
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION meshauth_refuse_rename();
CREATE TRIGGER meshauth_entities_rename BEFORE UPDATE OF name ON meshauth_entities
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION meshauth_refuse_rename();
CREATE TRIGGER meshauth_clients_rename BEFORE UPDATE OF name ON meshauth_clients
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION meshauth_refuse_rename();

-- The log is written by triggers and not by the library, so that an edit by hand is felt as
-- well: a removed grant that nobody logs would go on counting in every process.
CREATE FUNCTION meshauth_log(changed_kind text, changed_name text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    -- Once for a transaction is enough.
    PERFORM FROM meshauth_changes
        WHERE position IS NULL AND kind = changed_kind AND name = changed_name;
    IF NOT FOUND THEN
        INSERT INTO meshauth_changes (kind, name) VALUES (changed_kind, changed_name);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION meshauth_log FROM PUBLIC;
-- Its arguments: what kind of thing has changed, and the column that names it.
CREATE FUNCTION meshauth_log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM meshauth_log(TG_ARGV[0], to_jsonb(OLD) ->> TG_ARGV[1]);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM meshauth_log(TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[1]);
    END IF;
    RETURN NULL;
END $$;

-- A truncated table fires no trigger for its rows.
CREATE FUNCTION meshauth_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% cannot be truncated: use DELETE, which is logged', TG_TABLE_NAME;
END $$;
CREATE TRIGGER meshauth_groups_log AFTER INSERT OR UPDATE OR DELETE ON meshauth_groups
    FOR EACH ROW EXECUTE FUNCTION meshauth_log_change('GROUP', 'name');
CREATE TRIGGER meshauth_groups_truncate BEFORE TRUNCATE ON meshauth_groups
    FOR EACH STATEMENT EXECUTE FUNCTION meshauth_refuse_truncate();
CREATE TRIGGER meshauth_entities_log AFTER INSERT OR UPDATE OR DELETE ON meshauth_entities
    FOR EACH ROW EXECUTE FUNCTION meshauth_log_change('ENTITY', 'name');
CREATE TRIGGER meshauth_entities_truncate BEFORE TRUNCATE ON meshauth_entities
    FOR EACH STATEMENT EXECUTE FUNCTION meshauth_refuse_truncate();
CREATE TRIGGER meshauth_credentials_log AFTER INSERT OR UPDATE OR DELETE ON meshauth_credentials
    FOR EACH ROW EXECUTE FUNCTION meshauth_log_change('ENTITY', 'entity');
CREATE TRIGGER meshauth_credentials_truncate BEFORE TRUNCATE ON meshauth_credentials
    FOR EACH STATEMENT EXECUTE FUNCTION meshauth_refuse_truncate();
CREATE TRIGGER meshauth_grants_log AFTER INSERT OR UPDATE OR DELETE ON meshauth_grants
    FOR EACH ROW EXECUTE FUNCTION meshauth_log_change('ENTITY', 'entity');
CREATE TRIGGER meshauth_grants_truncate BEFORE TRUNCATE ON meshauth_grants
    FOR EACH STATEMENT EXECUTE FUNCTION meshauth_refuse_truncate();
CREATE TRIGGER meshauth_clients_log AFTER INSERT OR UPDATE OR DELETE ON meshauth_clients
    FOR EACH ROW EXECUTE FUNCTION meshauth_log_change('CLIENT', 'name');
CREATE TRIGGER meshauth_clients_truncate BEFORE TRUNCATE ON meshauth_clients
    FOR EACH STATEMENT EXECUTE FUNCTION meshauth_refuse_truncate();
CREATE TRIGGER meshauth_group_paths_truncate BEFORE TRUNCATE ON meshauth_group_paths
    FOR EACH STATEMENT EXECUTE FUNCTION meshauth_refuse_truncate();

-- The transaction takes its position as the last thing before it commits: the trigger is
-- deferred. Who has updated the counter holds its row until the commit, and the next one waits,
-- so positions are in the order of commits; a sequence would give them in the order in which it
-- is asked.
CREATE FUNCTION meshauth_take_position() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    taken bigint;
    new_mark text;
BEGIN
    -- Fired for each row. The first one takes the position for all.
    IF TG_TABLE_NAME = 'meshauth_changes' THEN
        PERFORM FROM meshauth_changes WHERE id = NEW.id AND position IS NULL;
    ELSE
        PERFORM FROM meshauth_records WHERE id = NEW.id AND position IS NULL;
    END IF;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE meshauth_position SET position = position + 1, mark = gen_random_uuid()::text
        WHERE only_row = 1
        RETURNING position, mark INTO STRICT taken, new_mark;
    UPDATE meshauth_changes SET position = taken, mark = new_mark WHERE position IS NULL;
    UPDATE meshauth_records SET position = taken WHERE position IS NULL;
    PERFORM pg_notify('meshauth_changes', '');
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER meshauth_changes_take_position AFTER INSERT ON meshauth_changes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION meshauth_take_position();
CREATE CONSTRAINT TRIGGER meshauth_records_take_position AFTER INSERT ON meshauth_records
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION meshauth_take_position();

-- The functions find these tables, and not those that a caller has put before them. Their plans
-- are made once for a session, maybe while a table is still empty and reading all of it seems
-- best: an import would then cost the square of its length.
DO $$
DECLARE
    called text;
BEGIN
    FOREACH called IN ARRAY ARRAY['lock_tree', 'place_group', 'move_group', 'remove_group',
        'log_change', 'take_position'] LOOP
        EXECUTE format('ALTER FUNCTION meshauth_%s() SET search_path = %I, pg_temp',
            called, current_schema);
        EXECUTE format('ALTER FUNCTION meshauth_%s() SET enable_seqscan = off', called);
        -- No statement here lives as long as it takes to compile it.
        EXECUTE format('ALTER FUNCTION meshauth_%s() SET jit = off', called);
    END LOOP;
END $$;
