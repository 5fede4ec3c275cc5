-- Three roles for the directory of meshauth. None can log in: grant one of them to a login,
--
--     GRANT meshauth_service TO orders;
--
-- Run this as the owner of the tables, with their schema first in the search_path. It may be run
-- again, as after a migration.
--
-- The owner of the tables needs no role, and should be nobody's daily login: it can do anything,
-- the log and the record of administration included.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY
        ARRAY['meshauth_reader', 'meshauth_service', 'meshauth_administrator'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- it is there, from another database of this server too
        END;
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO meshauth_reader, meshauth_service,
        meshauth_administrator', current_schema);
END $$;

-- All three read the directory.
GRANT SELECT ON meshauth_schema, meshauth_groups, meshauth_group_paths, meshauth_entities,
    meshauth_credentials, meshauth_last_used, meshauth_uses_noted, meshauth_grants,
    meshauth_clients, meshauth_position, meshauth_changes
    TO meshauth_reader, meshauth_service, meshauth_administrator;

-- To break the glass is for the owner of the tables, and everybody is told of it.
GRANT SELECT ON meshauth_break_glass
    TO meshauth_reader, meshauth_service, meshauth_administrator;

-- A reader also sees who changed what, and what is proposed. It writes nothing.
GRANT SELECT ON meshauth_records, meshauth_operator_roles, meshauth_four_eyes, meshauth_proposals,
    meshauth_consents, meshauth_key_makers
    TO meshauth_reader;

-- A service decides calls. It notes when a credential was last used, and has no other right to
-- write: with its password nobody gets a role, a key or a verification.
GRANT INSERT, UPDATE ON meshauth_last_used, meshauth_uses_noted TO meshauth_service;

-- An administrator changes the directory. The paths, the log and the position are kept by triggers,
-- which run with the rights of the owner: an administrator cannot write past them, and adds to the
-- record of administration without being able to change it.
GRANT INSERT, UPDATE, DELETE ON meshauth_groups, meshauth_entities, meshauth_credentials,
    meshauth_grants, meshauth_clients
    TO meshauth_administrator;
GRANT SELECT, INSERT (actor, action, before, after, at, request_id) ON meshauth_records
    TO meshauth_administrator;

-- Four eyes are kept by meshauth and not by the database: with the password of an administrator's
-- login one can grant anything by a statement of one's own, which the log of changes shows and the
-- record of administration does not. So this login is for the services and operators of
-- administration, and for nobody's shell. What was proposed, who agreed and who made whose keys can
-- be added to, and not taken away.
GRANT SELECT, INSERT, UPDATE, DELETE ON meshauth_operator_roles, meshauth_four_eyes
    TO meshauth_administrator;
GRANT SELECT, INSERT, UPDATE (state) ON meshauth_proposals TO meshauth_administrator;
GRANT SELECT, INSERT ON meshauth_consents, meshauth_key_makers TO meshauth_administrator;
