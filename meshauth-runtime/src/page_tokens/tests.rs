//! Which tokens open, and that no other does.

use futures_util::FutureExt;
use http::HeaderMap;

use super::*;
use crate::{
    authoriser::{Authorised, Authoriser, Public},
    credential::ApiKey,
    directory::{MemoryDirectory, World},
    names::{EntityName, GroupName},
    policy::{MethodPolicy, Operation, Role, ServicePolicy},
    records::{Entity, Grant},
    scope::Read,
};

const A: GroupName = GroupName::from_ulid(1);
const B: GroupName = GroupName::from_ulid(2);

static SERVICE: ServicePolicy = ServicePolicy::new("p.S", "0", &[], &[]);

macro_rules! method {
    ($name:ident, $access:ident, $policy:expr) => {
        struct $name;

        impl Method for $name {
            const POLICY: &'static MethodPolicy = {
                static POLICY: MethodPolicy = $policy;
                &POLICY
            };
            const SERVICE: &'static ServicePolicy = &SERVICE;
            type Kind = Read;
            type Access = $access<Self>;
        }
    };
}

const ROLES: &[Role<'_>] = &[Role::new(1, "ROLE")];

method!(List, Authorised, MethodPolicy::authorised("/p.S/List", Operation::Read, ROLES));
method!(ListAll, Authorised, MethodPolicy::authorised("/p.S/ListAll", Operation::Read, ROLES));
method!(Prices, Public, MethodPolicy::public("/p.S/List", Operation::Read));

const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";

/// The access that an authoriser gives in this group.
fn access<M: Method>(group: GroupName) -> M::Access {
    let digest = ApiKey::parse(KEY.as_bytes()).unwrap().digest();
    let mut world = World::new();
    world.add_group(group, None);
    world.add_entity(
        Entity::new(EntityName::api_user(1), group)
            .with_credential(digest)
            .with_grants([Grant::new(group, Role::new(1, "ROLE").into())]),
    );
    let authoriser = Authoriser::new(MemoryDirectory::new(world).unwrap());
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", KEY.parse().unwrap());
    headers.insert("x-group", group.to_string().parse().unwrap());
    authoriser.authorise::<M>(&mut headers).now_or_never().unwrap().unwrap()
}

fn public() -> Public<Prices> {
    access::<Prices>(A)
}

fn tokens() -> PageTokens {
    PageTokens::new([7; 32])
}

#[test]
fn t_f05_a_token_opens_for_its_own_method_and_group() {
    let longest = vec![0xFF; MAX_CURSOR];
    for cursor in [b"".as_slice(), b"a", b"ab", b"abc", &[0; 100], &longest] {
        let token = tokens().seal(&access::<List>(A), cursor).unwrap();
        assert!(token.len() <= MAX_TOKEN);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(tokens().open(&access::<List>(A), &token), Ok(cursor.to_vec()));
        let token = tokens().seal(&public(), cursor).unwrap();
        assert_eq!(tokens().open(&public(), &token), Ok(cursor.to_vec()));
    }
    assert_eq!(tokens().seal(&public(), &vec![0; MAX_CURSOR + 1]), Err(CursorTooLong));
}

#[test]
fn t_f05_a_token_of_another_group_or_method_or_secret_is_refused() {
    let token = tokens().seal(&access::<List>(A), b"after 17").unwrap();
    assert_eq!(tokens().open(&access::<List>(B), &token), Err(PageTokenError));
    assert_eq!(tokens().open(&access::<ListAll>(A), &token), Err(PageTokenError));
    assert_eq!(tokens().open(&public(), &token), Err(PageTokenError));
    let other = PageTokens::new([8; 32]);
    assert_eq!(other.open(&access::<List>(A), &token), Err(PageTokenError));

    let token = tokens().seal(&public(), b"after 17").unwrap();
    assert_eq!(tokens().open(&access::<List>(A), &token), Err(PageTokenError));
}

#[test]
fn t_f05_parts_of_one_input_cannot_pass_for_parts_of_another() {
    // The cursor of a call without a group begins with all that comes before the cursor in a call
    // with one, with lengths and without.
    let (group, length) = ([&[1][..], &A.ulid().to_be_bytes()].concat(), 8_u64.to_be_bytes());
    for path in [b"".as_slice(), b"All"] {
        for prefix in [group.clone(), [group.as_slice(), &length].concat()] {
            let cursor = [path, &prefix, b"after 17"].concat();
            let token = tokens().seal(&public(), &cursor).unwrap();
            let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
            let forged = URL_SAFE_NO_PAD.encode([&bytes[..=TAG_LENGTH], b"after 17"].concat());
            assert_eq!(tokens().open(&access::<List>(A), &forged), Err(PageTokenError));
            assert_eq!(tokens().open(&access::<ListAll>(A), &forged), Err(PageTokenError));
        }
    }
}

#[test]
fn t_f05_a_token_that_was_changed_in_any_way_is_refused() {
    let list = access::<List>(A);
    let opens = |token: &str| tokens().open(&list, token).is_ok();
    // A cursor after which the last character has bits that encode nothing.
    for cursor in [b"after 17".as_slice(), b"after 7", b""] {
        let token = tokens().seal(&list, cursor).unwrap();
        assert!(opens(&token));
        for at in 0..token.len() {
            for other in
                "AEIQgw09-_=+/ \nä".chars().filter(|other| !token[at..].starts_with(*other))
            {
                let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
                assert!(!opens(&changed), "{at} {other:?}");
            }
            assert!(!opens(&token[..at]));
        }
        for suffix in ["=", "==", "A", "AA", "AAA", "AAAA", " ", "\n"] {
            assert!(!opens(&format!("{token}{suffix}")), "{suffix:?}");
        }
        for bit in 0..8 {
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            bytes[0] ^= 1 << bit;
            assert!(!opens(&URL_SAFE_NO_PAD.encode(bytes)), "another version");
        }
    }
    assert!(!opens(""));
    assert!(!opens(&"A".repeat(1 << 20)));
}

#[test]
fn t_f05_the_first_secret_seals_and_any_opens() {
    let list = access::<List>(A);
    let old = PageTokens::new([6; 32]);
    let both = tokens().with_previous([6; 32]).with_previous([5; 32]);
    for sealed_by in [&tokens(), &old, &PageTokens::new([5; 32]), &both] {
        let token = sealed_by.seal(&list, b"after 17").unwrap();
        assert_eq!(both.open(&list, &token), Ok(b"after 17".to_vec()));
        assert_eq!(both.open(&access::<List>(B), &token), Err(PageTokenError));
    }
    let token = both.seal(&list, b"after 17").unwrap();
    assert!(tokens().open(&list, &token).is_ok());
    assert!(old.open(&list, &token).is_err());
}

#[test]
fn t_f05_a_token_is_the_same_in_every_process_and_version() {
    let token = tokens().seal(&access::<List>(A), b"after 17").unwrap();
    // Made by another implementation of HMAC.
    assert_eq!(token, "ATpdRiVp4hMk58FZPlGXFdsia6QhJaq9soK-SQfX3pJhYWZ0ZXIgMTc");
}

#[test]
fn t_f05_secrets_do_not_show_and_a_refusal_tells_nothing() {
    assert_eq!(format!("{:?}", tokens()), "PageTokens(redacted)");
    assert_eq!(format!("{PageTokenError:?}"), "PageTokenError");
    assert!(!PageTokenError.to_string().contains("secret"));
}

#[cfg(feature = "tonic")]
#[test]
fn t_f05_a_refused_token_is_an_invalid_argument() {
    let status = tonic::Status::from(PageTokenError);
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_eq!(status.message(), PageTokenError.to_string());
    let status = tonic::Status::from(CursorTooLong);
    assert_eq!(status.code(), tonic::Code::Internal);
}
