use super::*;

const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
const GROUP: &str = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA";
const KEY_FORM: &str = "the field `api_key`: expected 43 characters of base64url without padding";
const GROUP_FORM: &str = "the field `group`: expected `groups/` and a ULID";

/// In the texts below, `@` stands for the key and `%` for the group.
fn filled(text: &str) -> String {
    text.replace('@', KEY).replace('%', GROUP)
}

#[track_caller]
fn refused(text: &str) -> String {
    let error = Credentials::from_json(text).expect_err(text);
    assert!(!error.is_not_found());
    assert_eq!(format!("{error:?} {error:#?}"), format!("{error} {error}"));
    assert!(std::error::Error::source(&error).is_none());
    error.to_string()
}

#[track_caller]
fn assert_refused(texts: &[&str], message: &str) {
    for text in texts {
        let error = refused(&filled(text));
        assert!(error.starts_with(message), "{text}: {error}");
    }
}

#[test]
fn a_key_and_a_group_in_any_order_and_with_any_space() {
    for text in [
        r#"{"api_key":"@","group":"%"}"#,
        r#"{"group": "%", "api_key": "@"}"#,
        "\r\n\t {\n \"api_key\" :\n \"@\" , \"group\": \"%\" } \n",
        r#"{"\u0061pi_key": "@", "group": "%"}"#,
    ] {
        let credentials = Credentials::from_json(&filled(text)).unwrap();
        assert_eq!(credentials.headers()["x-api-key"], KEY);
        assert_eq!(credentials.headers()["x-group"], GROUP);
    }
    // As some writers escape a slash.
    let escaped = filled(r#"{"api_key": "@", "group": "%"}"#).replace('/', r"\/");
    assert_eq!(Credentials::from_json(&escaped).unwrap().group().to_string(), GROUP);
}

#[test]
fn both_fields_have_to_be_there() {
    assert_refused(&[r#"{"group": "%"}"#, "{}"], "the field `api_key` is missing");
    assert_refused(&[r#"{"api_key": "@"}"#], "the field `group` is missing");
}

#[test]
fn a_field_that_is_there_twice_is_refused_even_with_equal_values() {
    assert_refused(
        &[
            r#"{"api_key": "@", "api_key": "@", "group": "%"}"#,
            r#"{"api_key": null, "group": "%", "\u0061pi_key": "@"}"#,
            r#"{"api_key": 1, "api_key": 2, "api_key": "@", "group": "%"}"#,
        ],
        "the field `api_key` is there twice",
    );
    assert_refused(
        &[r#"{"api_key": "@", "group": "%", "group": "%"}"#],
        "the field `group` is there twice",
    );
}

#[test]
fn an_unknown_field_is_refused_without_its_name() {
    assert_refused(
        &[
            r#"{"api_key": "@", "group": "%", "@": ""}"#,
            r#"{"api_key": "@", "group": "%", "": [{"api_key": "@"}]}"#,
            r#"{"api_key": "@", "group": "%", "API_KEY": "@"}"#,
            r#"{"apiKey": "@", "group": "%"}"#,
            r#"{"@": "%"}"#,
        ],
        "there is an unknown field: leave only `api_key` and `group`",
    );
}

#[test]
fn t_b03_t_b11_t_b13_a_key_has_one_form() {
    assert_refused(
        &[
            r#"{"api_key": "", "group": "%"}"#,
            r#"{"api_key": " @", "group": "%"}"#,
            r#"{"api_key": "@\n", "group": "%"}"#,
            r#"{"api_key": "@=", "group": "%"}"#,
            r#"{"api_key": "@@", "group": "%"}"#,
            r#"{"api_key": "%", "group": "@"}"#,
            r#"{"api_key": "\u005am9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE", "group": "%"}"#,
            r#"{"api_key": null, "group": "%"}"#,
            r#"{"api_key": 43, "group": "%"}"#,
            r#"{"api_key": ["@"], "group": "%"}"#,
            r#"{"api_key": {"api_key": "@"}, "group": "%"}"#,
        ],
        KEY_FORM,
    );
    for cut in 0..KEY.len() {
        let text = filled(r#"{"api_key": "@", "group": "%"}"#).replace(KEY, &KEY[..cut]);
        assert_eq!(refused(&text), KEY_FORM);
    }
}

#[test]
fn t_d01_a_group_has_one_form() {
    assert_refused(
        &[
            r#"{"api_key": "@", "group": ""}"#,
            r#"{"api_key": "@", "group": "@"}"#,
            r#"{"api_key": "@", "group": "% "}"#,
            r#"{"api_key": "@", "group": "groups/01jd8q5v9wxkz3t7b2n4m6p8ra"}"#,
            r#"{"api_key": "@", "group": "%/roles/1"}"#,
            r#"{"api_key": "@", "group": null}"#,
            r#"{"api_key": "@", "group": 7}"#,
            r#"{"api_key": "@", "group": ["%"]}"#,
            r#"{"api_key": "@", "group": "\ud800"}"#,
        ],
        GROUP_FORM,
    );
}

#[test]
fn what_is_no_json_is_told_by_its_place_alone() {
    for (text, message) in [
        (r#"{"api_key": "@", "group": "%"}x"#, "the JSON is not valid at line 1, column 105"),
        ("{\n  \"api_key\": @}", "the JSON is not valid at line 2, column 14"),
        (r#"{"api_key": "@", "group": "%",}"#, "the JSON is not valid at line 1, column 105"),
        (r#"{"api_key": "@"#, "the JSON ends too early at line 1, column 56"),
        (r#"{"api_key": "@", "group": "%""#, "the JSON ends too early at line 1, column 103"),
        (r#"{@: "%"}"#, "the JSON is not valid at line 1, column 2"),
        ("{'api_key': '@'}", "the JSON is not valid at line 1, column 2"),
    ] {
        assert_eq!(refused(&filled(text)), message, "{text}");
    }
    assert_refused(
        &["", " ", "@", "\"@\"", "[\"@\"]", "null", "42", "\u{feff}{}", "api_key: @"],
        "expected a JSON object, with the fields `api_key` and `group` and no other",
    );
}

/// What tells a key: no text that is shown has eight characters of it.
fn assert_without_key(shown: &str, key: &str) {
    for from in 0..=key.len() - 8 {
        assert!(!shown.contains(&key[from..from + 8]), "{shown}");
    }
}

#[test]
fn t_l01_t_b13_no_error_repeats_a_key_wherever_it_stands() {
    let template = r#"{"api_key": "@", "group": "%"}"#;
    let siblings = ['F', 'G', 'H'].map(|last| format!("{}{last}", &KEY[..42]));
    let keys = [KEY.to_owned()].into_iter().chain(siblings);
    for key in keys {
        let good = template.replace('@', &key).replace('%', GROUP);
        assert!(Credentials::from_json(&good).is_ok());
        // Cut off anywhere, and with any one character in place of another, or more.
        for at in 0..good.len() {
            for text in [
                good[..at].to_owned(),
                good[at..].to_owned(),
                format!("{}{key}{}", &good[..at], &good[at..]),
                format!("{}\"{key}\"{}", &good[..at], &good[at..]),
                format!("{}\\{}", &good[..at], &good[at..]),
                format!("{}\u{1f511}{}", &good[..at], &good[at + 1..]),
                format!("{}[{}", &good[..at], &good[at + 1..]),
            ] {
                if let Err(error) = Credentials::from_json(&text) {
                    assert_without_key(&format!("{error} {error:?} {error:#?}"), &key);
                }
            }
        }
        for text in ["@", "\"@\"", r#"{"@": 1}"#, r#"{"api_key": 1, "group": "@"}"#, r"[@]"] {
            assert_without_key(&refused(&text.replace('@', &key)), &key);
        }
    }
}
