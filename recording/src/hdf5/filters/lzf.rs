//! LZF, as h5py writes it (filter 32000); the format is that of Marc Lehmann's liblzf.

use super::copy_match;

/// From this value on, a control byte starts a match.
const FIRST_MATCH: u8 = 32;
/// The length whose rest is in a further byte.
const LONG: usize = 7;

/// The decoded bytes; none if they make no sense or are more than `most_bytes`.
pub(super) fn decode(bytes: &[u8], most_bytes: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let mut rest = bytes;
    while let [control, tail @ ..] = rest {
        rest = tail;
        if *control < FIRST_MATCH {
            let (literals, tail) = rest.split_at_checked(usize::from(*control) + 1)?;
            output.extend(literals);
            rest = tail;
        } else {
            let mut length = usize::from(control >> 5);
            if length == LONG {
                let (&more, tail) = rest.split_first()?;
                length += usize::from(more);
                rest = tail;
            }
            let (&low, tail) = rest.split_first()?;
            rest = tail;
            let distance = (usize::from(control & 0x1f) << 8) + usize::from(low) + 1;
            copy_match(&mut output, distance, length + 2)?;
        }
        if output.len() > most_bytes {
            return None;
        }
    }
    Some(output)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn literals_and_matches_are_joined() {
        assert_eq!(decode(&[2, b'a', b'b', b'c', 0x20, 2, 0xe0, 1, 0], 100).unwrap(), b"abcabcccccccccccc"[..16]);
        assert_eq!(decode(&[2, b'a'], 100), None);
        assert_eq!(decode(&[0x20, 5], 100), None);
        assert_eq!(decode(&[0, b'a', 0xe0, 255, 0], 100), None);
    }
}
