//! One thing, one name: other spellings, and directories that fold them.

use std::{collections::HashSet, sync::Arc};

use futures_util::FutureExt;
use meshauth_runtime::{
    ApiKey, Authoriser, Client, Credential, Denial, Directory, Entity, EntityFinding, EntityName,
    Grant, Group, GroupFinding, GroupName, Header, KeyDigest, Lookup, MethodPolicy, Miss,
    Operation, Presented, Read, Role, RoleNumber, Scope,
};
use meshauth_tests::worlds::{Rng, api_key, group_name};

use crate::exhaustive;

static POLICY: MethodPolicy =
    MethodPolicy::authorised("/p.S/M", Operation::Read, &[Role::new(1, "ROLE")]);

/// A store that compares as a careless one does, and holds one user who may do anything in one
/// group.
struct Folding {
    group: GroupName,
    key: KeyDigest,
}

impl Directory for Folding {
    /// Without regard to case, as if the digest were a text.
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        let Credential::ApiKey(key) = credential else { return Lookup::now(Err(Miss::Unknown)) };
        if !key.as_bytes().eq_ignore_ascii_case(self.key.as_bytes()) {
            return Lookup::now(Err(Miss::Unknown));
        }
        let grant = format!("{}/roles/1", self.group).parse::<Grant>().unwrap();
        let entity = Entity::new(EntityName::api_user(1), self.group).with_credential(self.key);
        Lookup::now(Ok(Arc::new(entity.with_grants([grant]))))
    }

    /// By a column that is too short for the last character.
    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::now(if name.to_string()[..32] == self.group.to_string()[..32] {
            Ok(Arc::new(Group::new(self.group, None, &[]).unwrap()))
        } else {
            Err(Miss::Unknown)
        })
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        Lookup::now(Err(Miss::Unknown))
    }
}

#[test]
fn t_d01_the_answer_of_a_directory_that_folds_is_refused() {
    let group: GroupName = group_name(1).parse().unwrap();
    // Bytes that are letters, which NOCASE folds.
    let key = KeyDigest::from_bytes([b'a'; 32]);
    let authoriser = Authoriser::new(Folding { group, key });
    let decide = |key: KeyDigest, group| {
        let presented = Presented::new(Header::Value(key.into()), Header::Value(group));
        authoriser.decide(Some(&POLICY), &presented).now_or_never().unwrap()
    };
    assert_eq!(decide(key, group).denial(), None);

    for at in 0..32 {
        let mut folded = [b'a'; 32];
        folded[at] = b'A';
        let decision = decide(KeyDigest::from_bytes(folded), group);
        assert_eq!(decision.denial(), Some(Denial::Internal));
        assert_eq!(decision.trace().entity(), EntityFinding::Missed(Miss::Mistaken));
    }
    for other in (1..32).map(|bits| GroupName::from_ulid(group.ulid() ^ bits)) {
        let decision = decide(key, other);
        assert_eq!(decision.denial(), Some(Denial::Internal));
        assert_eq!(decision.trace().group(), GroupFinding::Missed(other, Miss::Mistaken));
    }
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A second reading of a group name, digit by digit, that does not fit where it is too large.
fn naive(text: &[u8]) -> Option<u128> {
    let digits = text.strip_prefix(b"groups/").filter(|digits| digits.len() == 26)?;
    digits.iter().try_fold(0_u128, |value, byte| {
        let digit = ALPHABET.iter().position(|digit| digit == byte)?;
        value.checked_mul(32)?.checked_add(digit as u128)
    })
}

fn assert_read_as_naively(text: &[u8]) -> bool {
    let name = GroupName::parse(text).ok();
    assert_eq!(name.map(GroupName::ulid), naive(text), "{:?}", String::from_utf8_lossy(text));
    if let Some(name) = name {
        assert_eq!(name.to_string().as_bytes(), text);
    }
    name.is_some()
}

#[test]
fn t_d02_a_text_that_parses_is_the_text_that_its_name_formats_to() {
    let count = if exhaustive() { 1 << 26 } else { 1 << 18 };
    let mut rng = Rng(2);
    let (mut good, mut text) = (0_u32, *b"groups/00000000000000000000000000");
    for _ in 0..count {
        for byte in &mut text[7..] {
            *byte = ALPHABET[rng.below(32)];
        }
        good += u32::from(assert_read_as_naively(&text));
        let ulid = u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
        let name = GroupName::from_ulid(ulid);
        assert_eq!(GroupName::parse(name.to_string().as_bytes()), Ok(name));
    }
    // A quarter of them are 128 bits.
    assert!(good > count / 5 && good < count / 3, "{good}");
}

#[test]
fn t_d03_a_name_that_was_changed_in_any_way_is_read_as_by_a_second_reader() {
    const INSERTED: &[u8] = b"\n\0 /\t.%ILOUlo\xFF\xD9\xA0aAzZ07819-_";
    let count = if exhaustive() { 1 << 24 } else { 1 << 17 };
    let mut rng = Rng(3);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..count {
        let mut text = group_name(rng.below(1 << 20)).into_bytes();
        for _ in 0..rng.below(3) {
            let at = rng.below(text.len());
            match rng.below(4) {
                0 => text[at] = rng.pick(INSERTED),
                1 => text.insert(at, rng.pick(INSERTED)),
                2 => drop(text.remove(at)),
                _ => text.push(rng.pick(INSERTED)),
            }
        }
        *(if assert_read_as_naively(&text) { &mut good } else { &mut bad }) += 1;
    }
    assert!(good > count / 10 && bad > count / 10, "{good} {bad}");
}

#[test]
fn t_d04_a_group_is_one_value_of_one_type_wherever_the_api_speaks_of_one() {
    // What the API takes and gives is the parsed name, never a text.
    let _: fn(GroupName, RoleNumber) -> Grant = Grant::new;
    let _: fn(Grant) -> GroupName = Grant::group;
    let _: fn(&Group) -> GroupName = Group::name;
    let _: fn(&Group) -> &[GroupName] = Group::hierarchy;
    let _: fn(&Scope<Read>) -> GroupName = Scope::group;
    let _: fn(&Presented) -> Header<GroupName> = Presented::group;
    let _: fn(&Entity) -> GroupName = Entity::owner;
    let _: fn(&Client) -> GroupName = Client::owner;
    assert_eq!(size_of::<GroupName>(), 16);

    // As a key of a map, or of a cache, the group is one entry, and one text names it.
    let canonical = group_name(32);
    let spellings = [
        canonical.clone(),
        canonical.to_lowercase(),
        canonical.to_uppercase(),
        format!(" {canonical}"),
        format!("{canonical}\n"),
        format!("{canonical}/"),
        format!("{}O", &canonical[..32]),
        format!("{}l0", &canonical[..31]),
        canonical[7..].to_owned(),
    ];
    let parsed = || spellings.iter().filter_map(|text| text.parse::<GroupName>().ok());
    assert_eq!(parsed().collect::<HashSet<_>>().len(), 1);
    assert_eq!(parsed().map(|name| name.to_string()).collect::<Vec<_>>(), [canonical]);
}

#[test]
fn t_d04_a_key_is_one_value_too() {
    let key = api_key(1);
    let digest = ApiKey::parse(key.as_bytes()).unwrap().digest();
    let entries: HashSet<_> = [digest, digest].into();
    assert_eq!(entries.len(), 1);
    assert!(ApiKey::parse(format!("{key}=").as_bytes()).is_err());
}
