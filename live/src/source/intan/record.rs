//! A spike as Intan RHX sends it.

/// Bytes of a record.
pub const RECORD_BYTES: usize = 14;

const MAGIC: u32 = 0x3ae2_710f;
const NAME_BYTES: usize = 5;
/// Set in the identity of what is likely no spike.
const ARTEFACT: u8 = 0x80;

/// A spike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Native name of the channel, for example `A-000`.
    pub name: String,
    /// Number of the sample; it goes on at 0 after 2^32.
    pub sample: u32,
    /// 1, 2, 4 or 8 for the units of the channel, 0x40 for none of them, 0x80 for an artefact.
    pub id: u8,
}

impl Record {
    /// Reads the record that bytes begin with; none if they end before it does.
    ///
    /// # Errors
    /// No record begins there.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, String> {
        let Some(record) = bytes.first_chunk::<RECORD_BYTES>() else { return Ok(None) };
        let number = |at: usize| u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]);
        let magic = number(0);
        let name = &record[4..4 + NAME_BYTES];
        let port = "connect to its spike port, usually 5002";
        if magic != MAGIC {
            return Err(format!("a record begins with {magic:#010x} and not with {MAGIC:#010x}; {port}"));
        }
        if !name.is_ascii() {
            return Err(format!("a record names no channel, but `{}`; {port}", name.escape_ascii()));
        }
        let name = String::from_utf8_lossy(name).trim_end_matches([' ', '\0']).to_owned();
        Ok(Some(Self { name, sample: number(4 + NAME_BYTES), id: record[RECORD_BYTES - 1] }))
    }

    /// The record as it is sent; of a name, the first bytes.
    pub(crate) fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [b' '; RECORD_BYTES];
        bytes[..4].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[4..4 + NAME_BYTES].iter_mut().zip(self.name.bytes()).for_each(|(byte, letter)| *byte = letter);
        bytes[4 + NAME_BYTES..RECORD_BYTES - 1].copy_from_slice(&self.sample.to_le_bytes());
        bytes[RECORD_BYTES - 1] = self.id;
        bytes
    }

    /// Whether it is likely no spike.
    #[must_use]
    pub fn is_artefact(&self) -> bool {
        self.id & ARTEFACT != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 14] = [0x0f, 0x71, 0xe2, 0x3a, b'C', b'-', b'1', b'2', b'7', 1, 2, 3, 4, 0x40];

    #[test]
    fn a_record_is_read_and_a_part_of_one_is_waited_for() {
        let record = Record { name: "C-127".to_owned(), sample: 0x0403_0201, id: 0x40 };
        assert_eq!(record.encode(), BYTES);
        assert_eq!(Record::decode(&BYTES), Ok(Some(record)));
        assert_eq!(Record::decode(&BYTES[..13]), Ok(None));
    }

    #[test]
    fn another_stream_is_no_record() {
        let waveform = [0x2e, 0xf0, 0x78, 0x5a].repeat(4);
        assert!(Record::decode(&waveform).unwrap_err().contains("spike port"));
        assert!(Record::decode(&[&BYTES[..4], &[0x80; 10]].concat()).is_err());
    }
}
