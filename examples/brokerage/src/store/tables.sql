-- The service's own tables. The directory's begin with meshauth_: a service reads
-- meshauth_group_paths, and changes none of them.

-- A row names the group that owns it. The path above that group is not here: the directory has it,
-- so that a moved group is not a rewritten table.
CREATE TABLE account (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    display_name TEXT NOT NULL
);
CREATE INDEX account_owner ON account (owner);

CREATE TABLE limit_order (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (name),
    state INTEGER NOT NULL
);
CREATE INDEX limit_order_owner ON limit_order (owner);
