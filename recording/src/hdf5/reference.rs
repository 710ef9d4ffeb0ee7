//! Object references in attributes, which the HDF5 writer does not support: written as text of the same size, then
//! replaced in the finished bytes.
//!
//! The layouts are those of the HDF5 File Format Specification 3.0: IV.A.1.b (object header, version 2), IV.A.2.g
//! (link message), IV.A.2.m (attribute message, version 3), IV.A.2.d (datatype message).

/// An object reference is the address of an object header, so text of the same size keeps every other byte in place.
const ADDRESS_BYTES: usize = 8;
/// A datatype without properties, as text and references both are: class, flags, size.
const DATATYPE_BYTES: usize = 8;
/// A scalar dataspace, version 2: version, rank, flags, kind.
const SCALAR_DATASPACE: [u8; 4] = [2, 0, 0, 0];
const TEXT_CLASS: u8 = 0x13;
const REFERENCE_CLASS: u8 = 0x17;
const OBJECT_HEADER: [u8; 5] = *b"OHDR\x02";
const CHECKSUM_BYTES: usize = 4;

/// The references still to be resolved.
#[derive(Default)]
pub(super) struct References {
    pending: Vec<Pending>,
}

struct Pending {
    placeholder: String,
    group: String,
    holder: String,
    target: String,
}

impl References {
    /// The text to write for a reference to `target`, held by the dataset `holder` of the same group.
    pub(super) fn placeholder(&mut self, group: &str, holder: &str, target: &str) -> String {
        let placeholder = format!("@ref{:04x}", self.pending.len());
        self.pending.push(Pending {
            placeholder: placeholder.clone(),
            group: group.into(),
            holder: holder.into(),
            target: target.into(),
        });
        placeholder
    }

    /// The file with every placeholder replaced by its reference.
    pub(super) fn resolve(self, mut file: Vec<u8>) -> Result<Vec<u8>, String> {
        for pending in &self.pending {
            resolve(&mut file, pending).ok_or_else(|| {
                format!(
                    "the reference from /{0}/{1} to /{0}/{2} has no unambiguous place in the file",
                    pending.group, pending.holder, pending.target
                )
            })?;
        }
        Ok(file)
    }
}

fn resolve(file: &mut [u8], pending: &Pending) -> Option<()> {
    let target = linked_header(file, &pending.target)?;
    let header = linked_header(file, &pending.holder)?;
    let checksum = checksum_position(file, header)?;

    let within = &file[header..checksum];
    let value = header + only(find(within, pending.placeholder.as_bytes()))?;
    let dataspace = value - SCALAR_DATASPACE.len();
    let datatype = dataspace - DATATYPE_BYTES;
    let [size, ..] = ADDRESS_BYTES.to_le_bytes();
    let text_datatype = [TEXT_CLASS, file[datatype + 1], 0, 0, size, 0, 0, 0];
    if file[datatype..dataspace] != text_datatype || file[dataspace..value] != SCALAR_DATASPACE {
        return None;
    }
    file[datatype..datatype + 2].copy_from_slice(&[REFERENCE_CLASS, 0]);
    file[value..value + ADDRESS_BYTES].copy_from_slice(&(target as u64).to_le_bytes());
    let sum = lookup3(&file[header..checksum]);
    file[checksum..checksum + CHECKSUM_BYTES].copy_from_slice(&sum.to_le_bytes());
    Some(())
}

/// Address of the object header that the only link of this name points at.
fn linked_header(file: &[u8], name: &str) -> Option<usize> {
    let mut link = vec![u8::try_from(name.len()).ok()?];
    link.extend(name.as_bytes());
    let addresses = find(file, &link).filter_map(|position| {
        let address = file.get(position + link.len()..)?.first_chunk::<ADDRESS_BYTES>()?;
        let address = usize::try_from(u64::from_le_bytes(*address)).ok()?;
        file.get(address..)?.starts_with(&OBJECT_HEADER).then_some(address)
    });
    only(addresses)
}

/// The position of a header's checksum, if the header is whole: the checksum of one that continues elsewhere does not
/// match.
fn checksum_position(file: &[u8], header: usize) -> Option<usize> {
    let flags = *file.get(header + OBJECT_HEADER.len())?;
    let times = if flags & 0x20 != 0 { 16 } else { 0 };
    let phase_change = if flags & 0x10 != 0 { 4 } else { 0 };
    let size = header + OBJECT_HEADER.len() + 1 + times + phase_change;
    let size_bytes = 1 << (flags & 0x03);
    let mut chunk_bytes = [0; 8];
    chunk_bytes[..size_bytes].copy_from_slice(file.get(size..size + size_bytes)?);
    let checksum = (size + size_bytes).checked_add(usize::try_from(u64::from_le_bytes(chunk_bytes)).ok()?)?;
    let stored = file.get(checksum..)?.first_chunk::<CHECKSUM_BYTES>()?;
    (u32::from_le_bytes(*stored) == lookup3(&file[header..checksum])).then_some(checksum)
}

fn find<'a>(bytes: &'a [u8], pattern: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(pattern.len()).enumerate().filter(move |(_, window)| *window == pattern).map(|(position, _)| position)
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next();
    if items.next().is_some() { None } else { first }
}

/// Bob Jenkins' lookup3 `hashlittle` with initial value 0, the checksum of HDF5 metadata.
#[expect(clippy::cast_possible_truncation, reason = "the hash takes the length modulo 2^32")]
fn lookup3(bytes: &[u8]) -> u32 {
    let [mut a, mut b, mut c] = [0xdead_beef_u32.wrapping_add(bytes.len() as u32); 3];
    let mut blocks = bytes.chunks(12).peekable();
    while let Some(block) = blocks.next() {
        let word = |index: usize| {
            (0..4).fold(0, |word, byte| word | u32::from(*block.get(4 * index + byte).unwrap_or(&0)) << (8 * byte))
        };
        a = a.wrapping_add(word(0));
        b = b.wrapping_add(word(1));
        c = c.wrapping_add(word(2));
        if blocks.peek().is_some() {
            for rotation in [[4, 6, 8], [16, 19, 4]] {
                a = a.wrapping_sub(c) ^ c.rotate_left(rotation[0]);
                c = c.wrapping_add(b);
                b = b.wrapping_sub(a) ^ a.rotate_left(rotation[1]);
                a = a.wrapping_add(c);
                c = c.wrapping_sub(b) ^ b.rotate_left(rotation[2]);
                b = b.wrapping_add(a);
            }
        } else {
            for rotation in [[14, 11, 25], [16, 4, 14]] {
                c = (c ^ b).wrapping_sub(b.rotate_left(rotation[0]));
                a = (a ^ c).wrapping_sub(c.rotate_left(rotation[1]));
                b = (b ^ a).wrapping_sub(a.rotate_left(rotation[2]));
            }
            c = (c ^ b).wrapping_sub(b.rotate_left(24));
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::lookup3;

    /// The values in the comment of `lookup3.c`, driver5 (Bob Jenkins, May 2006, public domain).
    #[test]
    fn lookup3_gives_the_published_values() {
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
