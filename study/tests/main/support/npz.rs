//! Arrays of NumPy's `.npz` files, as `numpy.savez` writes them: a ZIP archive without compression.

use std::collections::BTreeMap;
use std::path::Path;

/// An array of float or integer numbers.
pub struct Array {
    pub values: Vec<f32>,
    /// Bytes of an entry in the file.
    pub entry_bytes: usize,
}

/// Every array of a file by its name, without `.npy`.
pub fn read_npz(path: &Path) -> BTreeMap<String, Array> {
    let file = std::fs::read(path).expect("the file can be read");
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
    let u32_at = |at: usize| u16_at(at) | u16_at(at + 2) << 16;
    let end = file.len() - 22;
    assert_eq!(file[end..end + 4], *b"PK\x05\x06", "an archive without a comment");
    let mut arrays = BTreeMap::new();
    let mut entry = u32_at(end + 16);
    for _ in 0..u16_at(end + 10) {
        assert_eq!(file[entry..entry + 4], *b"PK\x01\x02");
        assert_eq!(u16_at(entry + 10), 0, "stored, not compressed");
        let (size, local) = (u32_at(entry + 24), u32_at(entry + 42));
        let (name_length, extra, comment) = (u16_at(entry + 28), u16_at(entry + 30), u16_at(entry + 32));
        let name = String::from_utf8(file[entry + 46..entry + 46 + name_length].to_vec()).expect("a name");
        let start = local + 30 + u16_at(local + 26) + u16_at(local + 28);
        arrays.insert(name.trim_end_matches(".npy").to_owned(), read_npy(&file[start..start + size]));
        entry += 46 + name_length + extra + comment;
    }
    arrays
}

fn read_npy(bytes: &[u8]) -> Array {
    assert_eq!(bytes[..8], *b"\x93NUMPY\x01\x00", "format 1.0");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..start]);
    assert!(header.contains("'fortran_order': False") || header.contains("()"), "{header}");
    let data = &bytes[start..];
    if header.contains("'<f4'") {
        let values = data.chunks_exact(4).map(|it| f32::from_le_bytes(it.try_into().expect("four bytes"))).collect();
        Array { values, entry_bytes: 4 }
    } else {
        assert!(header.contains("'<i8'"), "{header}");
        let integer = |it: &[u8]| i64::from_le_bytes(it.try_into().expect("eight bytes")) as f32;
        Array { values: data.chunks_exact(8).map(integer).collect(), entry_bytes: 8 }
    }
}
