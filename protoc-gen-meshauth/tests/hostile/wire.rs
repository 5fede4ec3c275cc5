//! Encoded messages as fields with numbers, known or not: nothing is lost on the way through.

use prost::encoding::{decode_varint, encode_varint};

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) number: u64,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Varint(u64),
    /// Four or eight bytes.
    Fixed(Vec<u8>),
    Bytes(Vec<u8>),
}

/// The fields, if it is a message without groups.
pub(crate) fn decode(mut message: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = decode_varint(&mut message).ok()?;
        let value = match key & 7 {
            0 => Value::Varint(decode_varint(&mut message).ok()?),
            1 => Value::Fixed(take(&mut message, 8)?),
            2 => {
                let length = decode_varint(&mut message).ok()?;
                Value::Bytes(take(&mut message, usize::try_from(length).ok()?)?)
            }
            5 => Value::Fixed(take(&mut message, 4)?),
            _ => return None,
        };
        fields.push(Field { number: key >> 3, value });
    }
    Some(fields)
}

fn take(message: &mut &[u8], length: usize) -> Option<Vec<u8>> {
    let (taken, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(taken.to_vec())
}

pub(crate) fn encode(fields: &[Field]) -> Vec<u8> {
    let mut message = Vec::new();
    for Field { number, value } in fields {
        let wire_type = match value {
            Value::Varint(_) => 0,
            Value::Fixed(bytes) => {
                if bytes.len() == 8 {
                    1
                } else {
                    5
                }
            }
            Value::Bytes(_) => 2,
        };
        encode_varint(number << 3 | wire_type, &mut message);
        match value {
            Value::Varint(number) => encode_varint(*number, &mut message),
            Value::Fixed(bytes) => message.extend(bytes),
            Value::Bytes(bytes) => {
                encode_varint(u64::try_from(bytes.len()).unwrap(), &mut message);
                message.extend(bytes);
            }
        }
    }
    message
}
