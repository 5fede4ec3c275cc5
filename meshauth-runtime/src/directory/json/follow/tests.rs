#[cfg(unix)]
use std::os::unix::fs::symlink;

use futures_util::FutureExt;
use tempfile::TempDir;

use super::*;
use crate::{credential::KeyDigest, names::EntityName, records::Miss};

const KEY: [u8; 32] = [7; 32];

/// A directory with the root, and as many entities as there are keys.
fn text(keys: &[[u8; 32]]) -> String {
    let root = GroupName::from_ulid(1);
    let entities: Vec<_> = (1..)
        .zip(keys)
        .map(|(number, key)| {
            let key = key.map(|byte| format!("{byte:02x}")).concat();
            let name = EntityName::api_user(number);
            format!(
                r#"{{ "name": "{name}", "owner": "{root}", "state": "ACTIVE",
                      "credentials": [{{ "key_sha256": "{key}" }}], "roles": [] }}"#
            )
        })
        .collect();
    let entities = entities.join(",");
    format!(r#"{{ "groups": [{{ "name": "{root}" }}], "entities": [{entities}], "clients": [] }}"#)
}

fn knows(view: &LiveView, key: [u8; 32]) -> bool {
    let credential = KeyDigest::from_bytes(key).into();
    match view.entity(&credential).now_or_never() {
        Some(Ok(_)) => true,
        Some(Err(Miss::Unknown)) => false,
        other => panic!("{other:?}"),
    }
}

/// As if it had been written long ago.
fn age(file: &Path) {
    set_modified(file, SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
}

fn set_modified(file: &Path, time: SystemTime) {
    let file = fs::File::options().append(true).open(file).unwrap();
    file.set_modified(time).unwrap();
}

/// A file in a folder of its own, and the directory that follows it, looked at by the test.
fn followed() -> (TempDir, PathBuf, Followed) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("directory.json");
    fs::write(&path, text(&[KEY])).unwrap();
    let followed = Followed::open(Collections::new(), &path).unwrap();
    (folder, path, followed)
}

#[test]
fn a_changed_file_is_taken_however_it_was_changed() {
    let (folder, path, mut followed) = followed();
    let view = followed.writer.view();
    let mut last = KEY;
    let mut changed = |followed: &mut Followed, how: &str, change: &dyn Fn(&str)| {
        let key = [last[0] + 1; 32];
        change(&text(&[key]));
        followed.look();
        assert!(knows(&view, key) && !knows(&view, last), "{how}");
        assert_eq!(followed.read.refused, None, "{how}");
        last = key;
    };
    changed(&mut followed, "written in place", &|text| fs::write(&path, text).unwrap());
    let tick = SystemTime::now();
    for how in ["written in one tick of the clock", "written once more in it, as long as before"] {
        changed(&mut followed, how, &|text| {
            fs::write(&path, text).unwrap();
            set_modified(&path, tick);
        });
    }
    changed(&mut followed, "replaced", &|text| {
        let other = folder.path().join("other");
        fs::write(&other, text).unwrap();
        fs::rename(&other, &path).unwrap();
    });
    changed(&mut followed, "replaced by an older one", &|text| {
        let other = folder.path().join("other");
        fs::write(&other, text).unwrap();
        age(&other);
        fs::rename(&other, &path).unwrap();
    });
}

/// As Kubernetes mounts a configuration: the file is a link into a link that is switched.
#[cfg(unix)]
#[test]
fn a_volume_whose_link_is_switched_is_a_changed_file() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (version, key) in [("v1", KEY), ("v2", [8; 32])] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("directory.json"), text(&[key])).unwrap();
        age(&at(version).join("directory.json"));
    }
    symlink("v1", at("..data")).unwrap();
    symlink("..data/directory.json", at("directory.json")).unwrap();
    let mut followed = Followed::open(Collections::new(), &at("directory.json")).unwrap();
    let view = followed.writer.view();
    followed.look();
    assert!(knows(&view, KEY) && followed.read.stamp.is_some());
    symlink("v2", at("..data_tmp")).unwrap();
    fs::rename(at("..data_tmp"), at("..data")).unwrap();
    followed.look();
    assert!(knows(&view, [8; 32]) && !knows(&view, KEY));
}

#[test]
fn a_broken_file_changes_nothing_and_is_told_with_its_place() {
    let (_folder, path, mut followed) = followed();
    let view = followed.writer.view();
    let whole = text(&[[8; 32]]);
    let half = &whole[..whole.len() / 2];
    let twice = text(&[[8; 32], [8; 32]]);
    for (broken, place) in [
        (Some(half), "$.entities[0]"),
        (Some(&*twice), "$.entities[1].credentials[0]: is there twice"),
        (Some("[]"), "directory.json: $: "),
        (None, "directory.json: the directory file cannot be read"),
    ] {
        match broken {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        thread::sleep(Duration::from_millis(20));
        let looked = Instant::now();
        followed.look();
        assert!(view.age().unwrap() <= looked.elapsed(), "what was read before it counts");
        let told = followed.read.refused.clone().unwrap();
        assert!(told.contains(place) && !told.contains("0808"), "{told}");
        assert!(knows(&view, KEY) && !knows(&view, [8; 32]), "{place}");
    }
    fs::write(&path, whole).unwrap();
    followed.look();
    assert_eq!(followed.read.refused, None);
    assert!(knows(&view, [8; 32]) && !knows(&view, KEY));
}

#[test]
fn a_directory_follows_its_file_until_it_is_dropped() {
    let (_folder, path, _) = followed();
    let directory = JsonDirectory::open(&path).unwrap();
    let view = directory.view().unwrap().clone();
    fs::write(&path, text(&[[8; 32]])).unwrap();
    let waited = Instant::now();
    while !knows(&view, [8; 32]) {
        assert!(waited.elapsed() < INTERVAL * 10, "waited in vain");
        thread::sleep(Duration::from_millis(10));
    }
    drop(directory);
    let age = || view.age().unwrap();
    while age() < INTERVAL * 2 {
        assert!(waited.elapsed() < INTERVAL * 20, "it is followed still");
        thread::sleep(Duration::from_millis(10));
    }
    JsonDirectory::open(path.with_extension("none")).unwrap_err();
}
