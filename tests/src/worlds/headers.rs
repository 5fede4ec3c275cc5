//! Headers that are missing, malformed or wrong.

use super::{draft::Draft, names::*};

impl Draft {
    pub(super) fn spoil_credentials(&mut self) {
        let key = self.key.clone();
        let at = self.rng.below(43);
        let values: Vec<Vec<u8>> = match self.rng.below(40) {
            0 => vec![key.clone().into(), key.into()],
            1 => vec![key.into(), self.unknown_key().into()],
            2 => vec![self.unknown_key().into(), key.into()],
            3 => vec![Vec::new(), key.into()],
            4 => vec![key.into(), Vec::new()],
            5 => vec![key.clone().into(), key.clone().into(), key.into()],
            6 => vec![format!("{key},{key}").into()],
            7 => vec![format!("{key}, {}", self.unknown_key()).into()],
            8 => vec![Vec::new()],
            9 => vec![format!(" {key}").into()],
            10 => vec![format!("{key} ").into()],
            11 => vec![format!("\t{key}").into()],
            12 => vec![format!("{key}=").into()],
            13 => vec![key[..42].into()],
            14 => vec![format!("{key}A").into()],
            15 => vec![
                replaced(&key, at, ["+", "/", ".", "~", "=", "*", "%"][self.rng.below(7)]).into(),
            ],
            16 => vec![replaced(&key, at, " ").into()],
            17 => vec![replaced(&key, at, "\u{E9}").into()],
            18 => {
                let mut bytes = key.into_bytes();
                bytes[at] = 0x80 | self.rng.below(128) as u8;
                vec![bytes]
            }
            19 => vec![vec![0xFF; 43]],
            20 => vec![vec![b'A'; 44 + self.rng.below(5000)]],
            21 => vec![format!("Bearer {key}").into()],
            22 => vec![format!("\"{key}\"").into()],
            23 => vec![self.world.api_users[self.caller].key_sha256.clone().into()],
            24 => vec![format!("{key},").into()],
            25 => vec![replaced(&key, at, "\u{FF21}").into()],
            26 => vec![key.to_lowercase().into()],
            27..=29 => {
                // Another text of the same 32 bytes.
                let last = BASE64URL
                    .iter()
                    .position(|letter| *letter == key.as_bytes()[42])
                    .expect("a base64url letter");
                let sibling = BASE64URL[last ^ (1 + self.rng.below(3))];
                vec![replaced(&key, 42, &char::from(sibling).to_string()).into()]
            }
            30 | 31 => vec![self.unknown_key().into()],
            32 => {
                // The key of the caller is not on record any more.
                self.world.api_users[self.caller].key_sha256 =
                    key_sha256(self.unknown_key().as_bytes());
                vec![key.into()]
            }
            33 => {
                // The digest of the decoded bytes is on record, not that of the text.
                self.world.api_users[self.caller].key_sha256 = key_sha256(&self.key_bytes);
                vec![key.into()]
            }
            _ => {
                self.world.api_users[self.caller].active = false;
                vec![key.into()]
            }
        };
        self.call.api_key = values.into_iter().map(header_value).collect();
    }

    pub(super) fn spoil_group_header(&mut self) {
        let name = self.executing_name();
        let values: Vec<Vec<u8>> = match self.rng.below(24) {
            0 | 1 => vec![name.clone().into(), name.into()],
            2 => vec![name.into(), self.other_group().into()],
            3 => vec![self.other_group().into(), name.into()],
            4 => vec![Vec::new(), name.into()],
            5 => vec![
                name.into(),
                malformed_group(&mut self.rng, &self.names[self.executing]).into(),
            ],
            6 => vec![Vec::new()],
            7 => vec![format!("{name}, {}", self.other_group()).into()],
            8 => {
                let mut bytes = name.into_bytes();
                bytes[self.rng.below(33)] = 0x80 | self.rng.below(128) as u8;
                vec![bytes]
            }
            9 => vec![vec![0xFF; 33]],
            10 => vec![[name.as_bytes(), &[0xC3, 0x28]].concat()],
            11 => vec![format!("{name}{}", "0".repeat(1 + self.rng.below(5000))).into()],
            _ => vec![malformed_group(&mut self.rng, &name).into()],
        };
        self.call.group = values.into_iter().map(header_value).collect();
    }

    // Groups and roles.
}
