use super::*;

const WORLD: &str = r#"{
  "groups": [
    { "name": "groups/00000000000000000000000001" },
    { "name": "groups/00000000000000000000000002", "owner": "groups/00000000000000000000000001" },
    { "name": "groups/00000000000000000000000003", "owner": "groups/00000000000000000000000002" }
  ],
  "entities": [
    {
      "name": "api_users/00000000000000000000000001",
      "owner": "groups/00000000000000000000000002",
      "state": "ACTIVE",
      "credentials": [
        { "key_sha256": "c80b8407e60f7dac56e4f8c3bb7b298df01454e12fbb92acf08b4bde0935db60" }
      ],
      "roles": [
        "groups/00000000000000000000000001/roles/1000000",
        "groups/00000000000000000000000002/roles/1000001"
      ]
    },
    {
      "name": "api_users/00000000000000000000000002",
      "owner": "groups/00000000000000000000000002",
      "state": "INACTIVE",
      "credentials": [
        { "key_sha256": "c80b8407e60f7dac56e4f8c3bb7b298df01454e12fbb92acf08b4bde0935db61" }
      ],
      "roles": []
    }
  ],
  "clients": [
    {
      "name": "clients/00000000000000000000000001",
      "owner": "groups/00000000000000000000000001",
      "type": "COMPANY",
      "verification_status": "VERIFIED"
    },
    {
      "name": "clients/00000000000000000000000002",
      "owner": "groups/00000000000000000000000002",
      "type": "COMPANY",
      "verification_status": "PENDING"
    }
  ]
}"#;

/// The error after the first occurrence of `from` has become `to`.
#[track_caller]
fn refused(from: &str, to: &str) -> (String, String) {
    assert!(WORLD.contains(from), "the world does not hold {from:?}");
    match MemoryDirectory::from_json(&WORLD.replacen(from, to, 1)) {
        Ok(_) => panic!("loaded in spite of {to:?}"),
        Err(error) => {
            // A program that ends with the error shows its `Debug`.
            assert_eq!(format!("{error:?}"), error.to_string());
            (error.path().unwrap(), error.to_string())
        }
    }
}

#[track_caller]
fn assert_refused(from: &str, to: &str, path: &str, says: &str) {
    let (at, message) = refused(from, to);
    assert_eq!(at, path, "{message}");
    assert!(message.starts_with(&format!("{path}: ")), "{message}");
    assert!(message.contains(says), "{message}");
}

#[test]
fn a_sound_file_loads() {
    MemoryDirectory::from_json(WORLD).unwrap();
}

#[test]
fn a_malformed_grant_is_refused_with_its_path() {
    for grant in ["roles/07", "roles/0", "roles/+1", "roles/2147483648", "role/7", "roles/7 "] {
        assert_refused("roles/1000001", grant, "$.entities[0].roles[1]", "groups/{ULID}/roles/");
    }
}

#[test]
fn a_malformed_name_is_refused_with_its_path() {
    let lower = "groups/0000000000000000000000000a";
    assert_refused("groups/00000000000000000000000003", lower, "$.groups[2].name", "ULID");
    assert_refused(
        "\"owner\": \"groups/00000000000000000000000001\"",
        "\"owner\": \"\"",
        "$.groups[1].owner",
        "ULID",
    );
    assert_refused("api_users/", "api_user/", "$.entities[0].name", "`api_users`");
    assert_refused("clients/", "client/", "$.clients[0].name", "`clients`");
}

#[test]
fn a_cycle_is_refused_with_its_path() {
    assert_refused(
        "\"groups/00000000000000000000000001\" },",
        "\"groups/00000000000000000000000001\", \"owner\": \"groups/00000000000000000000000003\" },",
        "$.groups[0].owner",
        "cycle",
    );
}

#[test]
fn an_unknown_parent_is_refused_with_its_path() {
    assert_refused(
        "\"owner\": \"groups/00000000000000000000000002\" }",
        "\"owner\": \"groups/00000000000000000000000009\" }",
        "$.groups[2].owner",
        "groups/00000000000000000000000009 is not among the groups",
    );
}

#[test]
fn an_owner_or_a_grant_in_an_unknown_group_is_refused_with_its_path() {
    let [known, unknown] = ["00000000000000000000000002", "0000000000000000000000000Z"];
    let owner = |name: &str| format!("\"owner\": \"groups/{name}\",\n      \"state\": \"ACTIVE\"");
    assert_refused(&owner(known), &owner(unknown), "$.entities[0].owner", "not among");
    let grant = |name: &str| format!("groups/{name}/roles/1000001");
    assert_refused(&grant(known), &grant(unknown), "$.entities[0].roles[1]", "not among");
    let client = |name: &str| format!("\"owner\": \"groups/{name}\",\n      \"type");
    assert_refused(&client(known), &client(unknown), "$.clients[1].owner", "not among");
}

#[test]
fn whatever_stands_twice_is_refused_with_its_path() {
    let twice = "is there twice";
    assert_refused("000003\"", "000002\"", "$.groups[2].name", twice);
    assert_refused("db61", "db60", "$.entities[1].credentials[0]", twice);
    let user = "api_users/00000000000000000000000002";
    assert_refused(user, &user.replace("02", "01"), "$.entities[1].name", twice);
    let client = "clients/00000000000000000000000002";
    assert_refused(client, &client.replace("02", "01"), "$.clients[1].name", twice);
    let owner = "\"owner\": \"groups/00000000000000000000000002\",\n      \"type";
    assert_refused(owner, &owner.replace("02", "01"), "$.clients[1].owner", twice);
    assert_refused(
        "{ \"name\": \"groups/00000000000000000000000001\"",
        "{ \"name\": \"groups/00000000000000000000000001\", \"name\": \"groups/00000000000000000000000001\"",
        "$.groups[0]",
        "duplicate field `name`",
    );
    assert_refused(
        "roles/1000001",
        "roles/1000001\",\"groups/00000000000000000000000002/roles/1000001",
        "$.entities[0].roles[2]",
        twice,
    );
}

#[test]
fn an_unknown_or_missing_field_is_refused_with_its_path() {
    assert_refused(
        "{ \"name\"",
        "{ \"title\": \"x\", \"name\"",
        "$.groups[0]",
        "a field whose name has 5 characters is not known here, expected `name` or `owner`",
    );
    assert_refused("\"state\": \"ACTIVE\",", "", "$.entities[0]", "missing field `state`");
    assert_refused("\"clients\"", "\"customers\"", "$", "a field whose name has 9 characters");
    assert_refused("\"roles\": []", "\"roles\": null", "$.entities[1].roles", "invalid type");
    assert_refused(
        "\"name\": \"groups/00000000000000000000000001\"",
        "\"name\": \"groups/00000000000000000000000001\", \"owner\": null",
        "$.groups[0].owner",
        "invalid type",
    );
}

/// It may be a key that was pasted in the wrong place.
#[test]
fn t_l01_an_unknown_field_is_not_repeated() {
    let key = "bWVzaGF1dGgtY2FuYXJ5LWtleS0wMDAwMDAwMDAwMDA";
    for name in [key.to_owned(), format!("{key}`, expected "), format!("a.{key}")] {
        for place in ["\"groups\"", "\"state\"", "\"key_sha256\""] {
            let text = WORLD.replacen(place, &format!("\"{name}\": 1, {place}"), 1);
            assert_ne!(text, WORLD);
            let error = MemoryDirectory::from_json(&text).unwrap_err();
            for shown in [error.to_string(), format!("{error:?}"), error.path().unwrap()] {
                assert!(!shown.contains(&key[..8]), "{shown}");
            }
            let length = format!("has {} characters", name.len());
            assert!(error.to_string().contains(&length), "{error}");
        }
    }
}

#[test]
fn another_word_for_a_state_is_refused_with_its_path() {
    assert_refused("\"ACTIVE\"", "\"active\"", "$.entities[0].state", "ACTIVE or INACTIVE");
    let path = "$.clients[0].verification_status";
    assert_refused("\"VERIFIED\"", "\"UNVERIFIED\"", path, "NOT_STARTED, PENDING, VERIFIED or");
    assert_refused("\"COMPANY\"", "\"COMPANIES\"", "$.clients[0].type", "NATURAL_PERSON, COMPANY");
}

#[test]
fn names_are_read_in_the_collections_of_the_service() {
    let own = WORLD.replace("api_users/", "iam/api_users/").replace("\"clients/", "\"kyc/clients/");
    let collections =
        Collections::new().with_api_users("iam/api_users").with_clients("kyc/clients");
    assert!(MemoryDirectory::from_json_in(collections, &own).is_ok());
    assert!(MemoryDirectory::from_json(&own).is_err());
    assert!(MemoryDirectory::from_json_in(collections, WORLD).is_err());
}

#[test]
fn the_times_of_a_credential_are_read_as_rfc_3339_writes_them() {
    let with = |times: &str| {
        let key = "db60\" }";
        assert!(WORLD.contains(key));
        MemoryDirectory::from_json(&WORLD.replace(key, &format!("db60\", {times} }}")))
    };
    assert!(with(r#""valid_from": "2026-01-01T00:00:00Z""#).is_ok());
    assert!(with(r#""valid_until": "2026-01-01T02:00:00+02:00""#).is_ok());
    let never = r#""valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z""#;
    let error = with(never).unwrap_err().to_string();
    assert!(error.starts_with("$.entities[0].credentials[0]: is never valid"), "{error}");
    for wrong in ["2026-01-01", "2026-01-01T00:00:00", "tomorrow", ""] {
        let error = with(&format!(r#""valid_until": "{wrong}""#)).unwrap_err();
        let path = error.path().unwrap();
        assert_eq!(path, "$.entities[0].credentials[0].valid_until", "{error}");
    }
}

#[test]
fn what_is_no_json_or_has_more_behind_it_is_refused() {
    assert!(MemoryDirectory::from_json("").is_err());
    assert!(MemoryDirectory::from_json(&WORLD[..WORLD.len() - 1]).is_err());
    assert!(MemoryDirectory::from_json(&format!("{WORLD} {{}}")).is_err());
    let deep = "[".repeat(100_000);
    assert!(MemoryDirectory::from_json(&deep).is_err());
}

#[test]
fn t_l01_a_key_in_the_wrong_place_is_not_repeated() {
    let key = "c2VjcmV0LWtleS1vZi10aGUtYnJva2Vycy1kZXNrLTE";
    for field in [
        "\"c80b8407e60f7dac56e4f8c3bb7b298df01454e12fbb92acf08b4bde0935db60\"",
        "\"api_users/00000000000000000000000001\"",
        "\"groups/00000000000000000000000001/roles/1000000\"",
        "\"ACTIVE\"",
        "\"VERIFIED\"",
        "[]",
        "[\n    { \"name\": \"groups/00000000000000000000000001\" },",
    ] {
        let (_, message) = refused(field, &format!("\"{key}\""));
        assert!(!message.contains(&key[..8]), "{message}");
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let error = MemoryDirectory::load("no/such/directory.json").unwrap_err();
    assert_eq!(error.path(), None);
    let says = "no/such/directory.json: the directory file cannot be read: ";
    assert!(error.to_string().starts_with(says), "{error}");
}

#[test]
fn what_is_wrong_in_a_file_names_the_file() {
    let file = std::env::temp_dir().join(format!("meshauth-{}.json", std::process::id()));
    std::fs::write(&file, "{}").unwrap();
    let error = MemoryDirectory::load(&file).unwrap_err();
    std::fs::remove_file(&file).unwrap();
    assert!(error.to_string().starts_with(&format!("{}: $", file.display())), "{error}");
}

#[test]
fn a_world_is_written_as_it_is_read() {
    let key = "key_sha256\": \"c80b8407e60f7dac56e4f8c3bb7b298df01454e12fbb92acf08b4bde0935db60\"";
    let times =
        r#"", "valid_from": "2026-01-01T00:00:00.25Z", "valid_until": "2027-01-01T00:00:00Z""#;
    for text in [WORLD.to_owned(), WORLD.replace(key, &format!("{}{times}", &key[..key.len() - 1]))]
    {
        let world = World::from_json(&text).unwrap();
        let written = world.to_json().unwrap();
        assert_eq!(World::from_json(&written).unwrap(), world);
        let as_value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(as_value(&written), as_value(&text));
    }
}

#[test]
fn a_time_that_no_file_can_write_is_refused() {
    use std::time::{Duration, SystemTime};

    use crate::{
        credential::{KeyDigest, Validity},
        names::EntityName,
        records::Entity,
    };

    let root = crate::names::GroupName::from_ulid(1);
    let far = SystemTime::now().checked_add(Duration::from_secs(400_000_000_000)).unwrap();
    let entity = Entity::new(EntityName::api_user(1), root)
        .with_credential_during(KeyDigest::from_bytes([1; 32]), Validity::ALWAYS.from(far));
    let mut world = World::new();
    world.add_group(root, None);
    world.add_entity(entity);
    let error = world.to_json().unwrap_err();
    assert_eq!(
        error.to_string(),
        "entities[0].credentials[0].valid_from: is a time past the year 9999"
    );
}
