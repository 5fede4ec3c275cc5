//! How names, keys and times are written in a proposal that is stored.

macro_rules! as_text {
    ($module:ident, $type:ty, $write:expr, $read:expr) => {
        pub(super) mod $module {
            use std::borrow::Cow;

            use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

            pub(in crate::administration) fn serialize<S: Serializer>(
                value: &$type,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$write(value))
            }

            pub(in crate::administration) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$type, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                // The text may be anything, and is not repeated.
                $read(&text).ok_or_else(|| D::Error::custom("not canonical"))
            }
        }
    };
}

as_text!(
    entity,
    meshauth_runtime::EntityName,
    |name: &meshauth_runtime::EntityName| crate::store::entity_text(*name),
    |text: &str| text.parse().ok()
);
as_text!(
    client,
    meshauth_runtime::ClientName,
    |name: &meshauth_runtime::ClientName| crate::store::client_text(*name),
    |text: &str| text.parse().ok()
);
as_text!(digest, meshauth_runtime::KeyDigest, crate::store::hex, |text: &str| text.parse().ok());
as_text!(
    status,
    meshauth_runtime::VerificationStatus,
    |status: &meshauth_runtime::VerificationStatus| status.name().to_owned(),
    crate::store::verification
);

pub(super) mod validity {
    use meshauth_runtime::Validity;
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer, de::Error as _};

    use crate::store::{Rounding, micros, time};

    /// From and to, in microseconds: as the tables have them, so never longer than asked.
    type Stored = (Option<i64>, Option<i64>);

    pub(in crate::administration) fn serialize<S: Serializer>(
        validity: &Validity,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let from = validity.valid_from().map(|from| micros(from, Rounding::Later));
        let until = validity.valid_until().map(|until| micros(until, Rounding::Earlier));
        (from, until).serialize(serializer)
    }

    pub(in crate::administration) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Validity, D::Error> {
        let (from, until) = Stored::deserialize(deserializer)?;
        let read = |micros| time(micros).ok_or_else(|| D::Error::custom("out of range"));
        let mut validity = Validity::ALWAYS;
        if let Some(from) = from {
            validity = validity.from(read(from)?);
        }
        if let Some(until) = until {
            validity = validity.until(read(until)?);
        }
        Ok(validity)
    }
}
