//! Names of groups, entities and clients: parsed once, canonical, compared exactly.

mod client;
mod collection;
mod collections;
mod entity;
mod error;
mod group;
mod ulid;

pub(crate) use self::ulid::write_ulid;
pub use self::{
    client::ClientName,
    collections::Collections,
    entity::{EntityKind, EntityName},
    error::ParseNameError,
    group::GroupName,
};

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA";

    #[test]
    fn a_name_survives_parsing_and_formatting() {
        for ulid in [0, 1, u128::MAX, 0x0193_510B_ED3C_ECFE_3D1D_6B15_2B4C_2300] {
            let name = GroupName::from_ulid(ulid);
            assert_eq!(name.to_string().parse(), Ok(name));
            assert_eq!(name.ulid(), ulid);
        }
        assert_eq!(CANONICAL.parse::<GroupName>().unwrap().to_string(), CANONICAL);
        let largest = "groups/7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
        assert_eq!(largest.parse(), Ok(GroupName::from_ulid(u128::MAX)));
    }

    #[test]
    fn names_of_groups_sort_by_their_ulids() {
        let ulids = [0, 1, u128::from(u64::MAX), 1 << 64, u128::MAX];
        assert!(ulids.map(GroupName::from_ulid).is_sorted_by(|before, after| before < after));
    }

    #[test]
    fn t_d01_another_spelling_is_refused_never_folded() {
        for position in 7..CANONICAL.len() {
            for other in ['a', 'i', 'I', 'L', 'O', 'U', ' ', '-', '/', '\n', '\0', '٣'] {
                let mut text: Vec<char> = CANONICAL.chars().collect();
                text[position] = other;
                let text: String = text.into_iter().collect();
                assert!(text.parse::<GroupName>().is_err(), "{text:?}");
            }
        }
    }

    #[test]
    fn t_d02_a_ulid_over_128_bits_is_refused() {
        for first in b"89ABCDEFGHJKMNPQRSTVWXYZ" {
            let text = format!("groups/{}ZZZZZZZZZZZZZZZZZZZZZZZZZ", char::from(*first));
            assert!(text.parse::<GroupName>().is_err(), "{text}");
        }
    }

    #[test]
    fn t_d03_another_length_or_an_extra_segment_is_refused() {
        for length in 0..CANONICAL.len() {
            assert!(CANONICAL[..length].parse::<GroupName>().is_err());
        }
        for suffix in ["\n", "\0", " ", "A", "/", "/roles/1"] {
            assert!(format!("{CANONICAL}{suffix}").parse::<GroupName>().is_err());
        }
        for prefix in [" ", "/", "Groups/", "groups//"] {
            assert!(CANONICAL.replace("groups/", prefix).parse::<GroupName>().is_err());
        }
        assert!(GroupName::parse(b"\xFFroups/01JD8Q5V9WXKZ3T7B2N4M6P8RA").is_err());
    }

    #[test]
    fn a_name_of_another_collection_is_refused() {
        assert!(CANONICAL.parse::<EntityName>().is_err());
        assert!("clients/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse::<ClientName>().is_ok());
        assert!("api_users/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse::<EntityName>().is_ok());
    }
}
