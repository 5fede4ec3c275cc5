use std::panic::{self, AssertUnwindSafe};

use http::HeaderValue;
use meshauth_runtime::{
    Authorised, Check, Denial, Method, MethodPolicy, Operation, Public, Read, Resource, Role,
    RoleMethods, ServicePolicy, VerificationStatus, Write,
};

use crate::{matrix::RoleMatrix, role::role, world::TestWorld};

const ADMIN: Role<'_> = Role::new(1, "ROLE_ADMIN");
const VIEWER: Role<'_> = Role::new(2, "ROLE_VIEWER");

static SERVICE: ServicePolicy = ServicePolicy::new(
    "p.v1.S",
    "0",
    &[&GET, &PAY, &PING],
    &[
        RoleMethods::new(ADMIN, &["/p.v1.S/Get", "/p.v1.S/Pay"]),
        RoleMethods::new(VIEWER, &["/p.v1.S/Get"]),
    ],
);
static GET: MethodPolicy =
    MethodPolicy::authorised("/p.v1.S/Get", Operation::Read, &[ADMIN, VIEWER]);
static PAY: MethodPolicy =
    MethodPolicy::authorised("/p.v1.S/Pay", Operation::Write, &[ADMIN]).verified();
static PING: MethodPolicy = MethodPolicy::public("/p.v1.S/Ping", Operation::Read);

macro_rules! method {
    ($name:ident, $policy:ident, $kind:ty, $access:ident) => {
        #[derive(Debug)]
        enum $name {}
        impl Method for $name {
            const POLICY: &'static MethodPolicy = &$policy;
            const SERVICE: &'static ServicePolicy = &SERVICE;
            type Kind = $kind;
            type Access = $access<Self>;
        }
    };
}

method!(Get, GET, Read, Authorised);
method!(Pay, PAY, Write, Authorised);
method!(Ping, PING, Read, Public);

/// What a failing assertion shows.
fn failure<T>(fails: impl FnOnce() -> T) -> String {
    let failed = panic::catch_unwind(AssertUnwindSafe(|| drop(fails())));
    let caught = failed.expect_err("it should fail");
    *caught.downcast::<String>().expect("with a message")
}

const TABLE: &str = "\
p.v1.S ROLE_ADMIN 1 Get READ
p.v1.S ROLE_ADMIN 1 Pay WRITE verified
p.v1.S ROLE_VIEWER 2 Get READ
p.v1.S anyone Ping READ
";

const REPORT: &str = "\
p.v1.S
  1: ROLE_ADMIN (1)
  2: ROLE_VIEWER (2)
              1          2          every role other role no role    no key
  Get  READ   allow      allow      allow      deny       deny       deny
  Pay  WRITE  verified   deny       verified   deny       deny       deny
  Ping READ   allow      allow      allow      allow      allow      allow

267 calls, 0 decided otherwise than the tables say
";

#[test]
fn a_call_is_allowed_with_the_access_of_its_method() {
    let mut world = TestWorld::new();
    let root = world.group();
    let desk = world.group_below(root);
    let bot = world.api_user(desk);
    world.grant(bot, root, ADMIN);

    let access = world.call::<Get>(bot, desk).assert_allowed();
    assert_eq!((access.entity(), access.group()), (bot.name(), desk));
    assert!(access.scope().contains(&world.resource(desk)));
    assert!(!access.scope().contains(&world.resource(root)));
    assert!(world.anonymous().call::<Ping>().assert_allowed().entity().is_none());
    assert!(world.caller(bot).call::<Ping>().result().unwrap().entity().is_some());

    world.call::<Pay>(bot, desk).assert_denied(Denial::VerificationRequired);
    world.client(root, VerificationStatus::Verified);
    world.call::<Pay>(bot, desk).assert_allowed();
    world.client(root, VerificationStatus::Pending);
    world
        .call::<Pay>(bot, desk)
        .assert_denied_by(Check::Verification, Denial::VerificationRequired);
}

#[test]
fn every_form_of_a_caller_gets_its_answer() {
    let mut world = TestWorld::new();
    let desk = world.group();
    let [bot, retired] = [world.api_user(desk), world.api_user(desk)];
    world.grant(bot, desk, VIEWER);
    world.grant(retired, desk, VIEWER);
    world.deactivate(retired);
    let here = world.caller(bot).in_group(desk);
    here.call::<Get>().assert_allowed();

    for (caller, check, denial) in [
        (world.anonymous().in_group(desk), Check::Entity, Denial::CredentialsMissing),
        (world.stranger().in_group(desk), Check::Entity, Denial::CredentialsInvalid),
        (world.caller(retired).in_group(desk), Check::Entity, Denial::CredentialsInvalid),
        (here.with_key_twice(), Check::Entity, Denial::CredentialsInvalid),
        (here.with_malformed_key(), Check::Entity, Denial::CredentialsInvalid),
        (world.anonymous().with_key_twice(), Check::Entity, Denial::CredentialsInvalid),
        (world.caller(bot), Check::Group, Denial::GroupMissing),
        (here.with_group_twice(), Check::Group, Denial::GroupMalformed),
        (here.with_malformed_group(), Check::Group, Denial::GroupMalformed),
        (world.caller(bot).with_malformed_group(), Check::Group, Denial::GroupMalformed),
        (here.in_unknown_group(), Check::Group, Denial::RoleRequired),
    ] {
        caller.call::<Get>().assert_denied_by(check, denial);
        assert_eq!(caller.decide(None).denial(), Some(Denial::MethodUnknown));
    }
    world.revoke(bot);
    world.call::<Get>(bot, desk).assert_denied_by(Check::Role, Denial::RoleRequired);
}

#[test]
fn a_failing_assertion_shows_the_six_checks() {
    let mut world = TestWorld::new();
    let desk = world.group();
    let bot = world.api_user(desk);
    let denied = "denied with ROLE_REQUIRED by check 4 (role)";
    let explained = "FAIL none of these is granted in the executing group or above: ROLE_ADMIN";
    for message in [
        failure(|| world.call::<Get>(bot, desk).assert_allowed()),
        failure(|| world.call::<Get>(bot, desk).result().unwrap()),
        failure(|| world.call::<Get>(bot, desk).assert_denied(Denial::GroupMissing)),
        failure(|| {
            world.call::<Get>(bot, desk).assert_denied_by(Check::Group, Denial::RoleRequired);
        }),
    ] {
        assert!(message.contains(denied) && message.contains(explained), "{message}");
    }
    world.grant(bot, desk, VIEWER);
    let message = failure(|| world.call::<Get>(bot, desk).assert_denied(Denial::RoleRequired));
    assert!(message.contains("and was allowed") && message.contains("ROLE_VIEWER granted in"));
}

#[test]
fn no_debug_output_and_no_message_shows_a_key() {
    let mut world = TestWorld::new();
    let desk = world.group();
    let bot = world.api_user(desk);
    let caller = world.caller(bot).in_group(desk).with_key_twice();
    let headers = caller.headers();
    let keys: Vec<&HeaderValue> = headers.get_all("x-api-key").iter().collect();
    assert!(keys.len() == 2 && keys.iter().all(|key| key.is_sensitive()));
    let key = keys[0].to_str().unwrap();
    let denied = caller.call::<Get>().result().unwrap_err();
    for shown in [
        format!("{world:?} {:?} {:?}", world.records(), world.directory()),
        format!("{caller:?} {bot:?} {headers:?}"),
        format!("{denied:?} {denied} {:?}", caller.call::<Get>()),
        format!("{:?}", RoleMatrix::of(&[&SERVICE])),
    ] {
        assert!(!shown.contains(key));
    }
}

#[test]
fn a_resource_names_its_owner_last_of_the_path() {
    let mut world = TestWorld::new();
    let root = world.group();
    let desk = world.group_below(root);
    let resource = world.resource(desk);
    assert_eq!(resource.owner(), desk.to_string());
    assert_eq!(resource.owners(), [root.to_string(), desk.to_string()]);
}

#[test]
fn what_is_of_another_world_is_refused_where_it_is_used() {
    let mut other = TestWorld::new();
    let root = other.group();
    let foreign = other.group_below(root);
    let stranger = other.api_user(foreign);
    let mut world = TestWorld::new();
    assert!(failure(|| world.group_below(foreign)).contains("is of another world"));
    assert!(failure(|| world.api_user(foreign)).contains("is of another world"));
    assert!(failure(|| world.headers(stranger, foreign)).contains("is of another world"));
    assert!(failure(|| role(&SERVICE, "ROLE_BOSS")).contains("ROLE_ADMIN, ROLE_VIEWER"));
}

#[test]
fn the_matrix_of_a_right_table_holds_and_shows_it() {
    let report = RoleMatrix::of(&[&SERVICE]).decide();
    report.assert_holds();
    assert_eq!(report.to_string(), REPORT);
    assert_eq!(report.table().to_string(), TABLE);
    report.table().assert_matches(&TABLE.replace('\n', "\r\n"));
}

#[test]
fn a_table_that_contradicts_itself_is_a_mismatch() {
    // One grants by role what it does not by method, the other the reverse.
    static BY_ROLE: ServicePolicy = ServicePolicy::new(
        "p.v1.S",
        "0",
        &[&PAY],
        &[RoleMethods::new(ADMIN, &["/p.v1.S/Pay"]), RoleMethods::new(VIEWER, &["/p.v1.S/Pay"])],
    );
    static BY_METHOD: ServicePolicy =
        ServicePolicy::new("p.v1.S", "0", &[&GET], &[RoleMethods::new(ADMIN, &["/p.v1.S/Get"])]);
    static UNKNOWN: ServicePolicy =
        ServicePolicy::new("p.v1.S", "0", &[], &[RoleMethods::new(ADMIN, &["/p.v1.S/Gone"])]);

    for (service, shown) in [
        (
            &BY_ROLE,
            "ROLE_VIEWER granted in the executing group, a verified client: should be allowed, was denied with ROLE_REQUIRED by check 4 (role)",
        ),
        (
            &BY_METHOD,
            "ROLE_VIEWER granted in the root, no client: should be denied with ROLE_REQUIRED by check 4 (role), was allowed",
        ),
        (&UNKNOWN, "was denied with METHOD_UNKNOWN by check 1 (method)"),
    ] {
        let report = RoleMatrix::of(&[service]).decide();
        assert!(!report.mismatches().is_empty());
        let message = failure(|| report.assert_holds());
        assert!(message.contains(shown), "{message}");
    }
}

#[test]
fn a_method_that_nobody_can_call_has_its_line() {
    static ONLY_BY_ROLE: ServicePolicy =
        ServicePolicy::new("p.v1.S", "0", &[], &[RoleMethods::new(ADMIN, &["/p.v1.S/Gone"])]);
    let table = RoleMatrix::of(&[&ONLY_BY_ROLE]).decide().table();
    assert_eq!(table.to_string(), "p.v1.S nobody Gone -\n");
}

#[test]
fn roles_of_several_services_are_strangers_to_each_other_and_keep_their_names() {
    const OTHER: Role<'_> = Role::new(2, "ROLE_OTHER");
    const DOOR: Role<'_> = Role::new(7, "ROLE_DOOR");
    static DOORS: ServicePolicy = ServicePolicy::new(
        "p.v1.Doors",
        "0",
        &[&OPEN],
        &[
            RoleMethods::new(OTHER, &["/p.v1.Doors/Open"]),
            RoleMethods::new(DOOR, &["/p.v1.Doors/Open"]),
        ],
    );
    static OPEN: MethodPolicy =
        MethodPolicy::authorised("/p.v1.Doors/Open", Operation::Write, &[OTHER, DOOR]);

    let report = RoleMatrix::of(&[&SERVICE, &DOORS]).decide();
    report.assert_holds();
    let doors = "p.v1.Doors ROLE_OTHER 2 Open WRITE\np.v1.Doors ROLE_DOOR 7 Open WRITE\n";
    assert_eq!(report.table().to_string(), format!("{doors}{TABLE}"));
}

#[test]
fn a_matrix_without_a_method_does_not_hold() {
    assert!(failure_of_nothing(|| RoleMatrix::of(&[]).decide().assert_holds()));
}

/// A message without arguments is no `String`.
fn failure_of_nothing(fails: impl FnOnce()) -> bool {
    panic::catch_unwind(AssertUnwindSafe(fails)).is_err()
}

#[test]
fn a_change_of_access_shows_as_a_line() {
    let kept = TABLE.replace("ROLE_VIEWER 2 Get READ", "ROLE_VIEWER 2 Pay WRITE verified");
    let table = RoleMatrix::of(&[&SERVICE]).decide().table();
    let message = failure(|| table.assert_matches(&kept));
    assert!(message.contains("\n- p.v1.S ROLE_VIEWER 2 Pay WRITE verified\n"), "{message}");
    assert!(message.contains("\n+ p.v1.S ROLE_VIEWER 2 Get READ\n"), "{message}");
    assert!(message.ends_with(TABLE));
    assert!(
        !TABLE.replace('\n', "").contains(|byte: char| !byte.is_ascii_graphic() && byte != ' ')
    );
}
