//! The generator of the contract's vector file: always the same text.

mod frames;
mod images;
pub mod updates;

const HEAD: &str = "\
# The contract of motorSRNN in vectors: neuron updates, frames, images. The form of the lines: spec/src/vectors.rs.
# Written by spec/tests/main/vectors.rs under UPDATE_VECTORS=1; a change here is a change of the contract.
";

/// The whole file.
pub fn contract_text() -> String {
    let mut text = HEAD.to_owned();
    updates::write(&mut text);
    frames::write(&mut text);
    images::write(&mut text);
    text
}

/// Bytes in hexadecimal, `-` for none.
fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { bytes.iter().map(|byte| format!("{byte:02x}")).collect() }
}
