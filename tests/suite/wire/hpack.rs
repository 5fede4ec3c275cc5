//! Headers as HTTP/2 packs them, in the form that changes nothing in them: literals, never indexed,
//! not Huffman-coded.

/// A block of headers.
pub(super) fn encode<'a>(headers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0x10);
        string(&mut block, name);
        string(&mut block, value);
    }
    block
}

/// A string behind its length: seven bits, and seven more in each byte that follows.
fn string(block: &mut Vec<u8>, bytes: &[u8]) {
    const PREFIX: usize = 127;
    if bytes.len() < PREFIX {
        block.push(bytes.len() as u8);
    } else {
        block.push(PREFIX as u8);
        let mut rest = bytes.len() - PREFIX;
        while rest >= 128 {
            block.push(rest as u8 | 128);
            rest >>= 7;
        }
        block.push(rest as u8);
    }
    block.extend_from_slice(bytes);
}

#[test]
fn a_decoder_reads_back_what_is_encoded() {
    for length in [0, 1, 126, 127, 128, 254, 255, 16_510, 16_511, 100_000] {
        let headers = [(b"name".to_vec(), vec![b'v'; length]), (b"other".to_vec(), b"x".to_vec())];
        let borrowed = headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
        let mut decoded = Vec::new();
        httlib_hpack::Decoder::default().decode(&mut encode(borrowed), &mut decoded).unwrap();
        let decoded: Vec<_> = decoded.into_iter().map(|(name, value, _)| (name, value)).collect();
        assert_eq!(decoded, headers);
    }
}
