//! Consistent overhead byte stuffing (Cheshire and Baker 1999, IEEE/ACM Trans. Networking 7:159): bytes without 0.

/// Encodes `data`; no byte of the result is 0. The result has one more byte for every 254 bytes begun.
#[must_use]
pub fn encode(data: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(data.len() + data.len() / 254 + 1);
    let mut code_at = 0;
    encoded.push(1);
    for (index, byte) in data.iter().enumerate() {
        if *byte == 0 {
            code_at = encoded.len();
            encoded.push(1);
            continue;
        }
        encoded.push(*byte);
        encoded[code_at] += 1;
        let block_is_full = encoded[code_at] == u8::MAX;
        if block_is_full && index + 1 < data.len() {
            code_at = encoded.len();
            encoded.push(1);
        }
    }
    encoded
}

/// Decodes the result of [`encode`]; `None` if a block ends after the data or a byte is 0.
#[must_use]
pub fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((code, tail)) = rest.split_first() {
        let (block, next) = tail.split_at_checked(usize::from(code.checked_sub(1)?))?;
        if block.contains(&0) {
            return None;
        }
        data.extend(block);
        if *code != u8::MAX && !next.is_empty() {
            data.push(0);
        }
        rest = next;
    }
    Some(data)
}
