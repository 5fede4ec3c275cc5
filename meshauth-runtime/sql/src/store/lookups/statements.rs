//! The statements. Each answers with one row, and with none where the database is a standby: then
//! nothing else is evaluated.

use crate::store::statement::Statement;

/// Columns of both databases. The first one says which versions can use the tables.
macro_rules! lookup {
    (both $columns:expr, $joins:expr) => {
        lookup!(sqlite $columns, postgres $columns, $joins)
    };
    (sqlite $sqlite:expr, postgres $postgres:expr, $joins:expr) => {
        Statement::new(
            concat!(
                "SELECT (SELECT usable_from FROM meshauth_schema), ",
                $sqlite,
                " FROM (SELECT 1 AS here) AS here ",
                $joins
            ),
            concat!(
                "SELECT (SELECT usable_from FROM meshauth_schema), ",
                $postgres,
                " FROM (SELECT 1 AS here WHERE NOT pg_is_in_recovery()) AS here ",
                $joins
            ),
        )
    };
}

/// The entity that has the credential `$1`, and whether both count at the time `$2`.
macro_rules! known {
    () => {
        "LEFT JOIN (SELECT c.digest, c.valid_from, c.valid_until, e.name, e.owner, e.state, \
         CASE WHEN e.state = 'ACTIVE' AND (c.valid_from IS NULL OR c.valid_from <= $2) \
         AND (c.valid_until IS NULL OR $2 < c.valid_until) \
         THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END AS counts \
         FROM meshauth_credentials AS c JOIN meshauth_entities AS e ON e.name = c.entity \
         WHERE c.digest = $1) AS known ON true"
    };
}

/// Columns 1 to 8. What an inactive entity is granted is not read: it may be unusable.
macro_rules! entity {
    () => {
        "known.digest, known.name, known.owner, known.state, known.valid_from, known.valid_until, \
         CASE WHEN known.state = 'ACTIVE' THEN \
         (SELECT string_agg(granted_in || '/roles/' || role, ' ') FROM meshauth_grants \
         WHERE entity = known.name) END, known.counts"
    };
}

/// `name,owner,path`. A CASE is evaluated as far as it goes, so what stands in one is not read
/// before its condition holds.
macro_rules! group {
    ($name:literal) => {
        concat!(
            "(SELECT g.name || ',' || coalesce(g.owner, '') || ',' || coalesce( \
             (SELECT string_agg(p.above, ' ' ORDER BY p.depth DESC) \
             FROM meshauth_group_paths AS p WHERE p.below = g.name), '') \
             FROM meshauth_groups AS g WHERE g.name = ",
            $name,
            ")"
        )
    };
}

/// `name,owner,type,status`.
macro_rules! client {
    ($rest:expr) => {
        concat!(
            "(SELECT c.name || ',' || c.owner || ',' || c.type || ',' || c.verification_status FROM ",
            $rest,
            " LIMIT 1)"
        )
    };
}

/// All that one decision needs: `$3` is the executing group, and `$4` whether the client is needed.
pub(super) const DECISION: Statement = lookup!(both concat!(
        entity!(),
        ", CASE WHEN known.counts = 1 THEN ",
        group!("$3"),
        " END, CASE WHEN known.counts = 1 AND $4 = 1 THEN ",
        group!("known.owner"),
        " END, CASE WHEN known.counts = 1 AND $4 = 1 THEN ",
        client!(
            "meshauth_group_paths AS p JOIN meshauth_clients AS c ON c.owner = p.above \
             WHERE p.below = known.owner ORDER BY p.depth"
        ),
        " END"
    ),
    known!()
);
/// The last column of an entity.
pub(super) const ENTITY_COUNTS: usize = 8;
pub(super) const ENTITY: Statement = lookup!(both entity!(), known!());
pub(super) const GROUP: Statement = lookup!(both group!("$1"), "");
/// Of a hierarchy that is given, from the root down.
pub(super) const CLIENT: Statement = lookup!(
    sqlite client!(
        "json_each($1) AS above JOIN meshauth_clients AS c ON c.owner = above.value \
         ORDER BY above.key DESC"
    ),
    postgres client!(
        "meshauth_clients AS c WHERE c.owner = ANY($1) ORDER BY array_position($1, c.owner) DESC"
    ),
    ""
);
