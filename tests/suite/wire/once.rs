//! Each header counts once (B01, B02): given twice or joined by a comma it is malformed, even if
//! the values are equal.

use std::iter::repeat_n;

use meshauth_runtime::Denial;
use meshauth_tests::worlds::{api_key, group_name};

use super::{answer::Told, call::Call, server::start};
use crate::service::{BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN};

const INVALID: Told = Told::Denied(Denial::CredentialsInvalid);
const MISSING: Told = Told::Denied(Denial::CredentialsMissing);
const MALFORMED: Told = Told::Denied(Denial::GroupMalformed);

/// The header this often: the right value, and for the largest number a short one, as HTTP limits
/// the size of all headers.
fn times<'a>(name: &'static str, value: &'a str, count: usize) -> Vec<(&'static str, &'a str)> {
    repeat_n((name, if count > 100 { "a" } else { value }), count).collect()
}

#[tokio::test]
async fn t_b01_a_header_counts_only_if_it_is_there_once() {
    let server = start().await;
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    for keys in [0, 1, 2, 50, 200] {
        for groups in [0, 1, 2, 50, 100] {
            let headers =
                [times("x-api-key", &key, keys), times("x-group", &group, groups)].concat();
            let with = |call: Call| {
                headers.iter().fold(call, |call, (name, value)| call.with(name, value))
            };
            let expected = match (keys, groups) {
                (0, _) => MISSING,
                (1, 0) => Told::Denied(Denial::GroupMissing),
                (1, 1) => Told::Allowed,
                (1, _) => MALFORMED,
                _ => INVALID,
            };
            let told = server.h2(&with(Call::get_desk())).await.told();
            assert_eq!(told, expected, "{keys} keys, {groups} groups");

            let answer = server.h2(&with(Call::r#match())).await;
            let expected = if keys > 1 { INVALID } else { Told::Allowed };
            assert_eq!(answer.told(), expected, "{keys} keys, {groups} groups");
            if keys == 0 {
                assert_eq!(answer.header("caller"), Some("anonymous"));
            }
        }
    }
}

#[tokio::test]
async fn t_b01_no_order_of_two_values_makes_one_of_them_count() {
    let server = start().await;
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    for other in ["", "?", &api_key(CORPORATE_ADMIN), &api_key(99)] {
        for [first, second] in [[&key, other], [other, &key]] {
            let desk = Call::get_desk().key(first).group(&group).key(second);
            let public = Call::r#match().key(first).key(second);
            for call in [desk, public] {
                assert_eq!(server.h2(&call).await.told(), INVALID);
                assert_eq!(server.h1(&call).await.told(), INVALID);
            }
        }
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
    for other in ["", "?", &group_name(BROKER), &group_name(99)] {
        for [first, second] in [[&group, other], [other, &group]] {
            let call = Call::get_desk().group(first).key(&key).group(second);
            assert_eq!(server.h2(&call).await.told(), MALFORMED);
            assert_eq!(server.h1(&call).await.told(), MALFORMED);
        }
    }
}

#[tokio::test]
async fn t_b02_values_joined_by_a_comma_are_told_as_two_headers_are() {
    let server = start().await;
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    for comma in [",", ", ", " , ", ",,"] {
        for (one, two) in
            [(&*key, &*key), (&key, &api_key(CORPORATE_ADMIN)), (&key, ""), ("", &key)]
        {
            for call in [Call::get_desk().group(&group), Call::r#match()] {
                let joined = call.clone().key(format!("{one}{comma}{two}"));
                let twice = call.key(one).key(two);
                assert_eq!(server.h2(&joined).await.told(), INVALID);
                assert_eq!(server.h2(&twice).await.told(), INVALID);
            }
        }
        for (one, two) in
            [(&*group, &*group), (&group, &group_name(BROKER)), (&group, ""), ("", &group)]
        {
            let call = Call::get_desk().key(&key);
            let joined = call.clone().group(format!("{one}{comma}{two}"));
            assert_eq!(server.h2(&joined).await.told(), MALFORMED);
            assert_eq!(server.h2(&call.group(one).group(two)).await.told(), MALFORMED);
        }
    }
}
