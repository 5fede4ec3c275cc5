//! The generated tables against the facts of the API: all services, all methods, both ways.

use std::collections::{BTreeMap, BTreeSet};

use meshauth_runtime::{AccessLevel, MethodPolicy, Operation};
use meshauth_tests::{SERVICES, api::meshtrade as api};
use prost_reflect::DescriptorPool;
use serde_json::Value;

fn facts() -> Value {
    serde_json::from_str(include_str!("../mesh-api.json")).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap()
}

/// Each method of the facts with its path on the wire.
fn expected(facts: &Value) -> BTreeMap<String, &Value> {
    let methods = |service: &'_ Value| {
        let name = format!("{}.{}", text(service, "package"), text(service, "service"));
        move |method: &Value| format!("/{name}/{}", text(method, "method"))
    };
    list(facts, "services")
        .iter()
        .flat_map(|service| {
            let path = methods(service);
            list(service, "methods").iter().map(move |method| (path(method), method))
        })
        .collect()
}

fn generated() -> BTreeMap<String, &'static MethodPolicy> {
    let policies = SERVICES.iter().flat_map(|service| service.methods());
    policies.map(|policy| (policy.path().to_owned(), policy)).collect()
}

#[test]
fn every_method_has_the_policy_of_the_facts() {
    let facts = facts();
    let numbers: BTreeMap<&str, u64> = list(&facts, "roles")
        .iter()
        .map(|role| (text(role, "name"), role["number"].as_u64().unwrap()))
        .collect();
    let (expected, generated) = (expected(&facts), generated());
    assert_eq!(expected.len(), 69);
    assert_eq!(generated.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());

    for (path, fact) in expected {
        let policy = generated[&path];
        let operation = match text(fact, "type") {
            "METHOD_TYPE_READ" => Operation::Read,
            "METHOD_TYPE_WRITE" => Operation::Write,
            other => panic!("{other}"),
        };
        assert_eq!(policy.operation(), operation, "{path}");

        let roles: Vec<_> = list(fact, "roles").iter().map(|role| role.as_str().unwrap()).collect();
        let named: Vec<_> = policy.roles().map(|role| role.name()).collect();
        assert_eq!(named, roles, "{path}");
        for role in policy.roles() {
            assert_eq!(u64::from(role.number().value()), numbers[role.name()], "{path}");
        }

        let public = match text(fact, "access_level") {
            "METHOD_ACCESS_LEVEL_PUBLIC" => true,
            "METHOD_ACCESS_LEVEL_AUTHORISED" => false,
            other => panic!("{other}"),
        };
        assert_eq!(policy.access_level() == AccessLevel::Public, public, "{path}");

        let verified = match text(fact, "verification_status") {
            "VERIFICATION_STATUS_VERIFIED" => true,
            "VERIFICATION_STATUS_UNSPECIFIED" => false,
            other => panic!("{other}"),
        };
        assert_eq!(policy.requires_verification(), verified, "{path}");
    }
}

#[test]
fn role_to_methods_is_method_to_roles_read_the_other_way() {
    let facts = facts();
    let mut expected: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, fact) in self::expected(&facts) {
        for role in list(fact, "roles") {
            expected.insert((role.as_str().unwrap().to_owned(), path.clone()));
        }
    }
    let mut generated = BTreeSet::new();
    for service in SERVICES {
        let numbers: Vec<_> = service.roles().map(|row| row.role().number()).collect();
        assert!(numbers.is_sorted(), "{}", service.name());
        for row in service.roles() {
            for path in row.paths() {
                let pair = (row.role().name().to_owned(), path.to_owned());
                assert!(generated.insert(pair), "{path} stands twice");
            }
        }
    }
    assert_eq!(generated, expected);
}

#[test]
fn every_service_has_a_digest_of_its_own() {
    let digests: BTreeSet<_> = SERVICES.iter().map(|service| service.digest()).collect();
    assert_eq!(digests.len(), SERVICES.len());
    assert!(digests.iter().all(|digest| digest.len() == 64));
}

#[test]
fn every_owned_message_is_a_resource() {
    use meshauth_runtime::Resource;
    fn is_resource<R: Resource + Default>() -> usize {
        R::default().owner().len() + R::default().owners().len()
    }
    let resources = [
        is_resource::<api::compliance::client::v1::Client>(),
        is_resource::<api::trading::limit_order::v1::LimitOrder>(),
        is_resource::<api::wallet::account::v1::Account>(),
        is_resource::<api::wallet::transfer::v1::Transfer>(),
        is_resource::<api::iam::user::v1::User>(),
        is_resource::<api::iam::api_user::v1::ApiUser>(),
        is_resource::<api::iam::group::v1::Group>(),
        is_resource::<api::iam::user_profile::v1::UserProfile>(),
        is_resource::<api::studio::instrument::v1::Instrument>(),
    ];
    assert_eq!(resources.len(), list(&facts(), "owned_messages").len());
}

#[test]
fn the_protos_of_the_tests_are_the_facts() {
    let descriptors = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    let pool = DescriptorPool::decode(descriptors.as_slice()).unwrap();
    let facts = facts();

    let role = pool.get_enum_by_name(text(&facts, "role_enum")).unwrap();
    let roles: Vec<_> =
        role.values().map(|role| (role.name().to_owned(), i64::from(role.number()))).collect();
    let expected: Vec<_> = list(&facts, "roles")
        .iter()
        .map(|role| (text(role, "name").to_owned(), role["number"].as_i64().unwrap()))
        .collect();
    assert_eq!(roles, expected);

    for service in list(&facts, "services") {
        let name = format!("{}.{}", text(service, "package"), text(service, "service"));
        let declared = pool.get_service_by_name(&name).unwrap();
        assert_eq!(declared.methods().len(), list(service, "methods").len(), "{name}");
        for fact in list(service, "methods") {
            let method = declared.methods().find(|method| method.name() == text(fact, "method"));
            let method = method.unwrap();
            assert_eq!(method.input().full_name(), text(fact, "input"));
            assert_eq!(method.output().full_name(), text(fact, "output"));
            assert_eq!(method.is_server_streaming(), fact["server_streaming"].as_bool().unwrap());
            assert!(!method.is_client_streaming(), "{}", method.full_name());
        }
    }
    for fact in list(&facts, "owned_messages") {
        let message = pool.get_message_by_name(text(fact, "message")).unwrap();
        for field in ["name", "owner", "owners"] {
            let number = message.get_field_by_name(field).unwrap().number();
            assert_eq!(u64::from(number), fact[field].as_u64().unwrap(), "{fact} {field}");
        }
    }
}
